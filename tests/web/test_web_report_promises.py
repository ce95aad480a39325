"""Reports of every promise: each figure opens the promises that it counts, for who may see it."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest

from helpdesk.extensions import db, transaction
from helpdesk.models import Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.promises import clocks, policies
from helpdesk.services.reports import folding
from sla.metrics import CALLBACK
from sla.policy import Promise
from tests.web.pages import at
from tests.web.test_web_reports import CHEN, MANAGER, links

PROMISED = (
    Promise("first_reply", workdays=1),
    Promise("next_reply", minutes=120),
    Promise("resolution", workdays=1),
    Promise("callback", minutes=60),
)
METRICS = ("next_reply", "resolution", "callback", "first_reply")


@pytest.fixture
def promising(desk, open_ticket):
    """Six tickets, each asked about three times and rung back twice, in time or late."""
    with transaction() as session:
        draft = policies.Draft("default", {}, PROMISED)
        policies.save(session, policies.default(session), draft, by="test", now=at("2 9:00"))
    numbers = [open_ticket(f"第{n}个问题", f"{day} 9:30") for n, day in enumerate(range(9, 15))]
    with transaction() as session:
        for place, number in enumerate(numbers):
            _life(session, session.get_one(Ticket, number), place)
    db.session.rollback()
    return numbers


def _life(session, ticket, place):
    now, by = ticket.started_at, CHEN.actor
    for exchange in range(3):
        now += timedelta(hours=(1, 3)[(place + exchange) % 2])
        replies.reply(session, ticket, CHEN, "您好", now=now)
        now += timedelta(minutes=10)
        tickets.reopen_for_answer(session, ticket, at=now, now=now, by=by)
    for missed in range(2):
        clocks.start(session, ticket, CALLBACK, at=now, now=now, by=by)
        now += timedelta(minutes=(20, 300)[(place + missed) % 2])
        clocks.meet(session, ticket, CALLBACK, at=now, now=now, by=by)
    if place % 3:
        tickets.set_status(session, ticket, "resolved", now=now + timedelta(hours=1), by=by)


def shown(client, href):
    """Return how many promises the list behind a figure has, on all its pages."""
    rows = 0
    while href:
        page = client.get(href).text
        rows += page.count("data-promise")
        following = re.search(r'href="([^"]+)" rel="next"', page)
        href = following[1].replace("&amp;", "&") if following else None
    return rows


def test_every_figure_opens_as_many_promises_as_it_says(sign_in, promising):
    client = sign_in(MANAGER)
    address = "/reports/promises/?period=month&metric={}&by=priority"

    def told(metric):
        return links(client.get(address.format(metric)).text, "/reports/promises/behind")

    unfolded = {metric: told(metric) for metric in METRICS}
    folding.fold_all()
    db.session.rollback()

    for metric in METRICS:
        found = told(metric)
        assert len(found) > 5
        assert found == unfolded[metric]
        for href, text in found:
            if text.isdecimal():
                assert shown(client, href) == int(text), href


def test_a_ticket_counts_for_each_of_its_promises(sign_in, promising):
    client = sign_in(MANAGER)
    address = "/reports/table.csv?about=promises&metric={}&by=month&period=month"

    def done(metric):
        rows = list(
            csv.reader(StringIO(client.get(address.format(metric)).data.decode("utf-8-sig")))
        )
        return int(rows[-1][rows[0].index("Done")])

    assert done("next_reply") == 12
    assert done("callback") == 12
    assert done("first_reply") == 6
    assert done("resolution") == 4


@pytest.mark.parametrize("by", ["channel", "day"])
def test_rows_add_up_to_the_total(sign_in, promising, by):
    address = f"/reports/table.csv?about=promises&metric=callback&by={by}&period=month"
    rows = list(csv.reader(StringIO(sign_in(MANAGER).get(address).data.decode("utf-8-sig"))))
    heads, *lines, total = rows

    for name in ("Done", "Missed promises", "Kept", "Judged"):
        place = heads.index(name)
        assert sum(int(line[place]) for line in lines) == int(total[place]), name
    assert int(total[heads.index("Judged")]) == 12


def test_filters_are_kept_and_can_be_taken_away(sign_in, promising):
    page = sign_in(MANAGER).get("/reports/promises/?metric=callback&by=day&priority=normal").text

    assert "Without: Priority: Normal" in page
    for href, _ in links(page, "/reports/promises/behind"):
        assert "metric=callback" in href
        assert "priority=normal" in href


def test_agents_and_centers_see_neither_report_nor_list(sign_in, promising):
    behind = "/reports/promises/behind?figure=kept&metric=callback"
    behind += "&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z"
    for email in ("chen@office.test", "zhou@college.test"):
        client = sign_in(email)
        for path in ("/reports/promises/", behind, "/reports/table.csv?about=promises"):
            assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/reports/promises/?metric=<script>",
        "/reports/promises/behind?figure=kept&metric=nothing&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z",
        "/reports/promises/behind?figure=came&metric=callback&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z",
        "/reports/promises/behind?figure=kept&metric=callback",
    ],
)
def test_addresses_that_nobody_linked_to_are_refused(sign_in, path):
    answer = sign_in(MANAGER).get(path)

    assert answer.status_code == 400
    assert "<script>" not in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_desk_says_so(sign_in, language):
    page = sign_in(MANAGER, language).get("/reports/promises/?metric=callback").text

    assert 'class="empty"' in page
