"""The dashboard: how the promise is kept, each figure opening the tickets behind it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Notification, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies
from tests.web.hotline_calls import offered, take_over, taken
from tests.web.pages import at, post

CHEN = Viewer(1, "agent", "陈静", "chen@office.test", agent_id=1)
MANAGER = "wu@office.test"


@pytest.fixture
def month(open_ticket):
    """Three questions of a month: answered in time, answered late, and not yet."""
    kept, late, owed = (
        open_ticket("按时的", "2 10:00"),
        open_ticket("晚了的", "4 10:00"),
        open_ticket("还没回的", "23 10:00"),
    )
    with transaction() as session:
        for number, when in ((kept, "2 11:00"), (late, "6 11:00")):
            ticket = session.get_one(Ticket, number)
            replies.reply(session, ticket, CHEN, "您好", now=at(when))
    db.session.rollback()
    return {"kept": kept, "late": late, "owed": owed}


def test_the_promise_is_told_with_what_it_is_made_of(sign_in, month):
    page = sign_in(MANAGER).get("/dashboard/").text

    assert "50%" in page
    assert re.search(r"figure=kept[^>]+>1</a> / <a[^>]+figure=judged[^>]+>2</a>", page)
    assert "workday 16 of 21" in page
    assert "晚了的" in page
    assert "8 h 30 min late" in page


def test_every_figure_opens_the_tickets_that_it_counts(sign_in, month):
    client = sign_in(MANAGER)
    page = client.get("/dashboard/").text
    links = [unescape(link) for link in re.findall(r'href="(/dashboard/tickets[^"]+)"', page)]

    assert len(links) > 8
    assert {client.get(link).status_code for link in links} == {200}


def test_the_late_ones_are_one_click_away(sign_in, month):
    page = sign_in(MANAGER).get("/dashboard/breaches?period=month").text

    assert "晚了的" in page
    assert "按时的" not in page


def test_figures_of_the_present_open_their_tickets(sign_in, month):
    page = sign_in(MANAGER).get("/dashboard/tickets?figure=owed").text

    assert "还没回的" in page
    assert "按时的" not in page


@pytest.mark.parametrize("period", ["today", "week", "month", "year"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_desk_has_no_rate_and_says_so(sign_in, period, language):
    page = sign_in(MANAGER, language).get(f"/dashboard/?period={period}").text

    assert "—" in page
    assert "100%" not in page


def test_last_month_is_one_click_away(sign_in, month):
    page = sign_in(MANAGER).get("/dashboard/").text

    assert '<a href="/dashboard/?period=2026-10">Last month</a>' in page
    assert "October 2026" in sign_in(MANAGER).get("/dashboard/?period=2026-10").text


def test_where_nothing_was_judged_no_promise_is_called_kept(sign_in):
    client = sign_in(MANAGER)

    for path in ("/dashboard/", "/dashboard/breaches"):
        page = client.get(path).text
        assert "Nothing was late in this period" in page
        assert "All promises are kept" not in page


def test_agents_and_centers_do_not_see_it(sign_in):
    for path in ("/dashboard/", "/dashboard/breaches", "/dashboard/tickets?figure=open"):
        assert sign_in().get(path).status_code == 403
        assert sign_in("zhou@college.test").get(path).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/?period=<script>",
        "/dashboard/tickets?figure=<script>",
        "/dashboard/tickets?figure=kept",
        "/dashboard/tickets?figure=open&after=x",
        "/dashboard/breaches?after=x",
    ],
)
def test_addresses_that_nobody_linked_to_are_refused(sign_in, path):
    answer = sign_in(MANAGER).get(path)

    assert answer.status_code == 400
    assert "<script>" not in answer.text


def test_the_dashboard_cannot_be_posted_to(sign_in):
    assert post(sign_in(MANAGER), "/dashboard/", {}).status_code == 405


def test_word_of_a_burning_budget_leads_to_the_dashboard(sign_in, month):
    with transaction() as session:
        manager = session.query(Agent).filter_by(email=MANAGER).one()
        told = Notification(
            agent_id=manager.id,
            kind="burn_fast",
            occasion="x",
            text="8 / 8",
            created_at=at("23 9:00"),
        )
        session.add(told)
        session.flush()
        number = told.id

    client = sign_in(MANAGER)

    assert "Too many calls are being missed" in client.get("/notifications/").text
    assert client.get(f"/notifications/{number}").location == "/dashboard/"


def test_without_earlier_weeks_the_dashboard_says_what_the_calls_so_far_allow(sign_in, month):
    take_over(
        [line for n in range(20) for line in taken(at(f"23 9:{n:02}"))] + offered(at("23 9:30")),
        now=at("23 10:00"),
    )

    page = sign_in(MANAGER).get("/dashboard/").text

    assert '<p class="left"><b>2</b> <span>may still be missed this month' in page
    assert "earlier weeks do not say yet what is to come" in page


def test_a_broken_promise_says_what_brings_it_back(sign_in, month):
    calls = [line for n in range(10) for line in taken(at(f"20 9:{n:02}"))]
    calls += [line for n in range(10) for line in offered(at(f"20 10:{n:02}"))]
    take_over(calls, now=at("23 10:00"))

    page = sign_in(MANAGER).get("/dashboard/").text

    assert "47 calls answered in a row bring back 85%" in page
    assert "broken" in page


def test_each_period_shows_both_promises_and_the_months_budget(sign_in, month):
    take_over(taken(at("16 9:30")) + offered(at("23 9:30")), now=at("23 10:00"))

    today = sign_in(MANAGER).get("/dashboard/?period=today").text
    whole = sign_in(MANAGER).get("/dashboard/?period=month").text

    assert ">0%" in re.sub(r"\s+", "", today)
    assert "50%" in whole
    for page in (today, whole):
        assert "which=missed&amp;first=2026-11-01&amp;last=2026-11-30" in page
