"""Every figure of dashboard, wallboard and reports, found by walking the pages: it opens its rows.

Whoever may see figures finds behind each of them as many tickets, promises or calls as it
says; whoever may not is refused at the page and at each list that it leads to. All figures
are read on both databases and by both who lead; a list is opened on one and by one of them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Center, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies, tickets
from helpdesk.services.promises import clocks, enforcement, policies
from helpdesk.services.reports import folding
from sla.metrics import CALLBACK
from sla.policy import Promise
from tests.web.hotline_calls import offered, take_over, taken
from tests.web.pages import at, share

CHEN = Viewer(1, "agent", "陈静", "chen@office.test", agent_id=1)
PAGES = (
    "/dashboard/?period=today",
    "/dashboard/?period=month",
    "/dashboard/?period=year",
    "/dashboard/ahead/",
    "/dashboard/breaches?period=month",
    "/reports/?period=month&by=channel",
    "/reports/?period=month&by=day",
    "/reports/?period=month&by=region&priority=normal",
    "/reports/promises/?period=month&metric=next_reply&by=agent",
    "/reports/promises/?period=month&metric=resolution&by=week",
    "/reports/promises/?period=month&metric=callback&by=center",
    "/reports/calls?period=month&by=day",
    "/reports/calls?period=month&by=agent",
)
LISTS = {
    "/dashboard/tickets": r'<li class="item',
    "/dashboard/breaches": r'<td class="wide-text"><a class="link" href="/tickets/',
    "/reports/tickets": r'<li class="item',
    "/reports/promises/behind": r"data-promise",
    "/reports/calls/behind": r"<tr>\s*<td",
    "/calls/": r'<td class="nowrap"><time',
}
"""Each kind of list, and what one of its rows looks like."""
LINK = re.compile(r'<a [^>]*?href="([^"]+)"([^>]*)>(.*?)</a>', re.DOTALL)
NUMBER = re.compile(r"(?<![\d.:])(\d+)(?![\d.:]|\s*(?:%|h|min|s)\b|%)")
PROMISED = (
    Promise("first_reply", workdays=1, warn_percent=(50, 80)),
    Promise("next_reply", minutes=60),
    Promise("resolution", workdays=2),
    Promise("callback", minutes=60),
)


@pytest.fixture
def month(desk, open_ticket):
    """Three weeks in which a bit of everything happened."""
    with transaction() as session:
        draft = policies.Draft("default", {}, PROMISED)
        policies.save(session, policies.default(session), draft, by="test", now=at("1 9:00"))
        session.add(Center(id=1, code="C1", name="学院", region="广东", created_at=at("1 9:00")))
    numbers = [open_ticket(f"第{n}个问题", f"{day} 9:30") for n, day in enumerate(range(2, 24))]
    for place, number in enumerate(numbers):
        with transaction() as session:
            _life(session, session.get_one(Ticket, number), place)
    enforcement.enforce_due(at("23 10:30"))
    lines = []
    for day in (3, 10, 17, 20, 23):
        lines += taken(at(f"{day} 9:10")) + offered(at(f"{day} 9:20")) + offered(at(f"{day} 12:30"))
    take_over(lines, now=at("23 10:40"))
    db.session.rollback()


def _life(session, ticket, place):
    now, by = ticket.started_at + timedelta(minutes=(5, 90, 3000)[place % 3]), CHEN.actor
    if place % 2:
        tickets.assign(session, ticket, session.get(Agent, 1), now=now, by=by)
    if place % 4 == 0:
        tickets.set_center(session, ticket, session.get(Center, 1), now=now, by=by)
    ticket.immediate = place % 5 == 0
    if place % 6 == 5 or now > at("23 10:30"):
        return
    replies.reply(session, ticket, CHEN, "您好", now=now)
    tickets.reopen_for_answer(session, ticket, at=now, now=now, by=by)
    clocks.start(session, ticket, CALLBACK, at=now, now=now, by=by)
    now += timedelta(minutes=(20, 200)[place % 2])
    if now < at("23 10:30"):
        replies.reply(session, ticket, CHEN, "好的", now=now)
        clocks.meet(session, ticket, CALLBACK, at=now, now=now, by=by)
        if place % 3:
            tickets.set_status(session, ticket, "resolved", now=now, by=by)


def figures(page: str) -> Iterator[tuple[str, int | None]]:
    """Yield each link to a list, and the number that it stands for; None for a share or a span."""
    for href, attributes, inner in LINK.findall(page):
        address = unescape(href)
        if address.partition("?")[0] not in LISTS or "?" not in address:
            continue
        bar = re.search(r'aria-label="([^"]*)"', attributes)  # "3 Nov: 50% (1 / 2)"
        mean = re.search(r'title="([^"]*)"', attributes)  # "6 calls on 3 days"
        words = re.sub(r"<title>.*?</title>|<svg.*?</svg>|<[^>]+>", " ", inner, flags=re.DOTALL)
        found = NUMBER.findall(words)
        if not found and bar:
            found = NUMBER.findall(bar[1])
        if not found and mean:
            found = NUMBER.findall(mean[1])[:1]
        yield address, int(found[-1]) if found else None


def rows(client, href: str) -> int:
    """Return how many rows a list has, on all its pages."""
    row, found = LISTS[href.partition("?")[0]], 0
    while href:
        answer = client.get(href)
        assert answer.status_code == 200, href
        found += len(re.findall(row, answer.text))
        more = re.search(r'href="([^"]+)" rel="next"', answer.text)
        href = unescape(more[1]) if more else ""
    return found


def test_each_figure_of_each_page_opens_as_many_rows_as_it_says(admin, sign_in, month):
    folding.fold_all()
    db.session.rollback()
    leading = admin("en"), sign_in("wu@office.test")
    lists: dict[str, dict[str, tuple[str, str, int]]] = {kind: {} for kind in LISTS}
    for path in PAGES:
        # the same list may be linked again without its number ("All")
        pages = [list(figures(client.get(path).text)) for client in leading]
        assert pages[0] == pages[1], path
        counted = {href: number for href, number in pages[0] if number is not None}
        for href, number in counted.items():
            same = lists[href.partition("?")[0]]
            told = same.setdefault(re.sub(r"&?back=[^&]*", "", href), (path, href, number))
            assert told[2] == number, (path, href)
        if "/reports/" in path or "dashboard/?" in path:
            assert counted, path

    wrong = []
    for found in map(share, map(dict.values, lists.values())):
        assert found
        for client, (path, href, number) in zip(itertools.cycle(leading), found, strict=False):
            if (behind := rows(client, href)) != number:
                wrong.append((path, href, number, behind))
    assert wrong == []


def test_the_wallboard_tells_the_dashboards_figures(sign_in, month):
    client = sign_in("wu@office.test")
    wall = client.get("/wallboard/").text
    page = client.get("/dashboard/?period=month").text
    tiles = dict(
        re.findall(
            r'<a class="tile"[^>]*>.*?</svg>\s*([^<]+?)</span><b[^>]*>(\d+)</b>', page, re.DOTALL
        )
    )
    shown = re.findall(
        r'<div class="wall-tile[^>]*><span>.*?</svg>\s*([^<]+?)</span><b>(\d+)</b>', wall, re.DOTALL
    )

    assert len(tiles) > 5
    assert {name: number for name, number in shown if name in tiles} == {
        name: tiles[name] for name, _ in shown if name in tiles
    }
    assert len({name for name, _ in shown} & set(tiles)) >= 5
    kept = re.search(r"figure=kept[^>]+>(\d+)</a> / <a[^>]+figure=judged[^>]+>(\d+)</a>", page)
    assert f"<small>{kept[1]} / {kept[2]}</small>" in wall


def test_who_may_not_see_figures_is_refused_at_pages_and_lists(sign_in, month):
    manager = sign_in("wu@office.test")
    behind = {href for path in PAGES for href, _ in figures(manager.get(path).text)}
    # the list of calls is the agents' own work; figures of people and promises are not
    closed = sorted(href for href in behind if not href.startswith("/calls/"))

    assert len(closed) > 100
    for email in ("chen@office.test", "zhou@college.test"):
        client = sign_in(email)
        for href in (*PAGES, "/wallboard/", *closed[::5]):
            assert client.get(href).status_code == 403, (email, href)
