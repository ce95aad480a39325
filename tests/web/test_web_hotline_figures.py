"""Every figure of the hotline opens the calls that it counts: as many rows as it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from helpdesk.extensions import db
from helpdesk.services.access import WALL
from helpdesk.services.hotline import calls as call_list
from helpdesk.services.hotline import telephone
from helpdesk.services.hours import calendars
from helpdesk.web.hotline_board import board
from tests.web.hotline_calls import offered, take_over, taken
from tests.web.pages import at, share

MANAGER = "wu@office.test"
LINK = re.compile(r'<a [^>]*href="(/calls/\?[^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


@pytest.fixture
def month(desk):
    """Three weeks of calls in all kinds: taken, missed, short, late, early, without an agent."""
    app_config = desk.extensions["helpdesk.config"]
    desk.extensions["helpdesk.config"] = replace(app_config, short_abandon_seconds=5)
    lines = []
    for day in (2, 3, 4, 5, 9, 10, 11, 16, 17, 20, 23):
        for minute in (5, 20, 50):
            lines += taken(at(f"{day} 9:{minute:02}"), wait=minute, agent="陈静")
        lines += taken(at(f"{day} 14:10"), queue="考务", agent="林晓")
        lines += offered(at(f"{day} 10:10"))
        lines += offered(at(f"{day} 10:15"), wait=2)
        lines += offered(at(f"{day} 12:40")) + taken(at(f"{day} 19:00"))
    lines += offered(at("7 10:00"))  # a Saturday
    take_over(lines, now=at("23 10:40"))
    return desk


def rows(client, href: str) -> int:
    """Count the rows of a list, page by page."""
    found = 0
    while href:
        page = client.get(unescape(href)).text
        found += page.count('<td class="nowrap"><time')
        more = re.search(r'href="([^"]+)" rel="next"', page)
        href = more[1] if more else ""
    return found


def figures(page: str) -> list[tuple[str, int]]:
    """Return each link to the calls whose text is a number, and that number."""
    found = []
    for href, text in LINK.findall(page):
        words = re.sub(r"<[^>]+>", " ", text).strip()
        number = re.fullmatch(r"(\d+)(?: (?:missed|hung up at once|outside service hours))?", words)
        if number:
            found.append((href, int(number[1])))
    return found


def assert_as_many(client, found: list[tuple[str, int]]) -> None:
    """Fail unless each figure is as many rows, or is told twice and differently."""
    figures = dict(found)
    assert set(found) == set(figures.items())
    for href, number in share(figures.items()):
        assert rows(client, href) == number, href


@pytest.mark.parametrize("period", ["today", "week", "month", "year", "2026-10"])
def test_the_dashboards_figures_are_as_many_rows(sign_in, month, period):
    client = sign_in(MANAGER)

    found = figures(client.get(f"/dashboard/?period={period}").text)

    assert len(found) > (10 if period in ("month", "year") else 0)
    assert_as_many(client, found)


@pytest.mark.parametrize("by", ["day", "hour", "queue", "agent"])
def test_the_rates_figures_are_as_many_rows(sign_in, month, by):
    client = sign_in(MANAGER)

    found = figures(client.get(f"/calls/rates?by={by}").text)

    assert len(found) > 10
    assert_as_many(client, found)


def test_the_days_of_the_trend_are_the_calls_of_these_days(sign_in, month):
    client = sign_in(MANAGER)
    page = client.get("/dashboard/").text

    bars = re.findall(r'<a href="([^"]+)" aria-label="[^"]+\(\d+ / (\d+)\)"', page)

    assert len(bars) == 11
    assert [rows(client, href) for href, _ in bars] == [int(number) for _, number in bars]


def test_the_expected_week_opens_the_calls_it_is_the_mean_of(sign_in, month):
    client = sign_in(MANAGER)
    page = client.get("/dashboard/ahead/").text

    cells = re.findall(r'<a href="([^"]+)" title="(\d+) calls on \d+ days"', page)

    assert len(cells) > 30
    for href, number in share(cells):
        assert rows(client, href) == int(number)


def test_the_kinds_of_calls_together_are_all_calls(month):
    counted = {
        which: len(call_list.listing(db.session(), WALL, call_list.Filter(which), limit=1000)[0])
        for which in call_list.WHICH
    }

    assert counted["offered"] == counted["answered"] + counted["missed"]
    apart = ("offered", "short", "outside", "others")
    assert sum(counted[which] for which in apart) == counted["all"]
    assert 0 < counted["within"] < counted["answered"]


def test_the_heat_map_adds_up_to_what_was_offered(month):
    with month.test_request_context():
        phone = telephone.read(db.session(), now=at("23 10:40"))
        calendar = calendars.default(db.session())
        from helpdesk.services.reports import period

        shown = board(phone, period("month", calendar, at("23 10:40")))

    assert sum(cell.value for cell in shown.heat.values()) == shown.tally.offered == 11 * 5


@pytest.mark.parametrize(
    "query",
    ["hour=24", "hour=x", "weekday=7", "weekday=-1", "without=id", "which=<script>", "queue=%00"],
)
def test_what_cannot_be_read_in_an_address_asks_for_nothing(sign_in, month, query):
    answer = sign_in(MANAGER).get(f"/calls/?{query}")

    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace("<script src", "")


def test_an_hour_without_days_is_that_hour_of_all_days(sign_in, month):
    assert rows(sign_in(MANAGER), "/calls/?which=answered&hour=14") == 11
    assert rows(sign_in(MANAGER), "/calls/?which=answered&hour=14&weekday=0") == 4


def test_what_is_chosen_is_shown_and_kept_over_the_other_choices(sign_in, month):
    page = sign_in(MANAGER).get("/calls/?which=offered&hour=10&weekday=2&without=agent").text

    assert "10:00–10:59" in page
    assert "Wednesday" in page
    assert 'name="hour" value="10"' in page
    assert "hour=10" in unescape(re.search(r'href="([^"]+which=missed[^"]*)"', page)[1])


def test_a_page_of_an_hour_goes_on_with_that_hour(sign_in, month, monkeypatch):
    monkeypatch.setattr(call_list.listing, "__kwdefaults__", {"before": None, "limit": 4})

    assert rows(sign_in(MANAGER), "/calls/?which=answered&hour=9") == 33


def test_a_month_that_is_over_says_what_was_left_of_its_budget(sign_in, desk):
    begin = at("23 10:00") - timedelta(days=35)  # Monday 19 October
    lines = [line for n in range(19) for line in taken(begin + timedelta(minutes=n))]
    take_over(lines + offered(begin), now=at("23 10:40"))

    page = sign_in(MANAGER).get("/dashboard/?period=2026-10").text

    assert "3 could be missed" in page
    assert "more could have been missed" in page
