"""The work in hand: standing counts, what falls due next, and who holds how much."""

import pytest

from helpdesk.services import reports
from helpdesk.services.promises import enforcement
from helpdesk.services.reports import Figure
from tests.services.reports.conftest import SHANGHAI, at

NOW = at("11-23 10:40")


@pytest.fixture
def busy(desk):
    """Tickets in every state around Monday 10:40."""
    desk.ask("11-19 10:00", held_by="陈静")  # overdue
    desk.ask("11-20 11:10", held_by="陈静")  # due today 11:10, warned at 10:10
    desk.ask("11-20 14:00")  # due today 14:00
    desk.ask("11-20 18:00", held_by="王磊")  # due today 18:00, the last instant
    desk.ask("11-23 09:30")  # due tomorrow 09:30
    desk.ask("11-18 10:00", held_by="王磊", answered="11-18 11:00")
    resolved = desk.ask("11-18 14:00")
    desk.answer(resolved, "11-18 15:00", by="王磊", status="resolved")
    desk.set_status(desk.ask("11-17 10:00", answered="11-17 11:00"), "waiting", "11-17 11:00")
    enforcement.enforce_due(NOW)
    return desk


def test_standing_counts_are_exact(busy):
    standing = reports.in_hand(busy.session, busy.manager, now=NOW).standing

    assert (standing.open, standing.waiting) == (6, 1)
    assert (standing.owed, standing.at_risk, standing.overdue) == (4, 1, 1)


@pytest.mark.parametrize("name", ["open", "waiting", "owed", "at_risk", "overdue"])
def test_each_of_them_opens_its_tickets(busy, name):
    standing = reports.in_hand(busy.session, busy.manager, now=NOW).standing

    assert len(busy.behind(Figure(name), NOW)) == getattr(standing, name)


def test_a_breach_marked_as_spam_is_no_longer_overdue(busy):
    """BEHAVIOURS 11."""
    [overdue] = busy.behind(Figure("overdue"), NOW)

    busy.set_status(overdue, "spam", "11-23 10:40")

    assert reports.in_hand(busy.session, busy.manager, now=NOW).standing.overdue == 0


def test_what_falls_due_is_told_by_service_hours_then_the_next_workday(busy):
    buckets = reports.in_hand(busy.session, busy.manager, now=NOW).due

    told = [(_clock(b.opens), _clock(b.closes), b.tickets) for b in buckets]
    assert told == [
        ("23 10:40", "23 11:00", 0),
        ("23 11:00", "23 12:00", 1),
        ("23 13:30", "23 14:00", 1),  # at 14:00 sharp belongs to the hour that ends then
        ("23 14:00", "23 15:00", 0),
        ("23 15:00", "23 16:00", 0),
        ("23 16:00", "23 17:00", 0),
        ("23 17:00", "23 18:00", 1),
        ("24 09:00", "24 18:00", 1),
        (None, None, 0),
    ]


def test_all_buckets_together_are_what_is_owed(busy):
    buckets = reports.in_hand(busy.session, busy.manager, now=NOW).due
    behind = [number for bucket in buckets for number in busy.behind(bucket.figure, NOW)]

    assert sorted(behind) == busy.behind(Figure("owed"), NOW)
    assert [len(busy.behind(b.figure, NOW)) for b in buckets] == [b.tickets for b in buckets]


def test_on_a_sunday_the_hours_are_mondays(busy):
    buckets = reports.in_hand(busy.session, busy.manager, now=at("11-22 12:00")).due

    assert _clock(buckets[0].opens) == "23 09:00"
    assert [bucket.whole_day for bucket in buckets][-2:] == [True, False]


def test_before_a_holiday_the_next_workday_is_the_one_after_it(desk):
    buckets = reports.in_hand(desk.session, desk.manager, now=at("09-30 17:30")).due

    assert [bucket.opens for bucket in buckets] == [at("09-30 17:30"), at("10-08 09:00"), None]


def test_every_agent_has_a_row_and_so_has_nobody(busy):
    rows = _load(busy.session, busy.manager, busy.november())

    by_name = {row.agent.name if row.agent else None: row for row in rows}
    assert list(by_name)[-1] is None
    chen, wang, nobody = by_name["陈静"], by_name["王磊"], by_name[None]
    assert (chen.open, chen.at_risk, chen.overdue) == (2, 1, 1)
    assert (chen.kept, chen.missed, chen.rate) == (1, 1, 0.5)
    assert (wang.open, wang.replied, wang.rate) == (2, 2, 1.0)
    assert (nobody.open, nobody.replied, nobody.rate) == (2, 0, None)


@pytest.mark.parametrize("name", ["open", "at_risk", "overdue", "kept", "missed", "replied"])
def test_the_rows_add_up_to_the_desk_and_open_their_tickets(busy, name):
    span = busy.november()
    figure = Figure(name, span.start, span.end)
    rows = _load(busy.session, busy.manager, span)

    assert sum(getattr(row, name) for row in rows) == len(busy.behind(figure, NOW))
    for row in rows:
        assert len(busy.behind(figure.of(row.whose), NOW)) == getattr(row, name)


def _load(session, manager, span):
    hand = reports.in_hand(session, manager, now=NOW)
    return reports.load_by_agent(session, manager, span, hand, now=NOW)


def _clock(instant):
    return f"{instant.astimezone(SHANGHAI):%d %H:%M}" if instant else None
