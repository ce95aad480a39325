"""Tickets that nobody has touched for some working days come to an end by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Event, Ticket
from helpdesk.services.access import SYSTEM
from helpdesk.services.automations import quiet
from helpdesk.services.desk import tickets
from helpdesk.services.hours import calendars
from helpdesk.services.promises.verification import verify_targets
from sla.calendar import Calendar, CalendarSpec
from tests.services.automations.automating import automation, looks
from tests.services.mails import arrive, mail

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def waits(session, at=MONDAY, status="waiting", **fields) -> int:
    name = session.query(Ticket).count()
    raw = mail(date=at, message_id=f"<{name}@x.example>", **fields)
    number = arrive(session, raw, now=at).ticket
    with transaction():
        ticket = session.get_one(Ticket, number)
        tickets.set_status(session, ticket, status, now=at, by=SYSTEM)
    return number


@pytest.mark.parametrize(
    ("days", "on", "before"),
    [
        (1, (2026, 11, 25), (2026, 11, 24)),  # Wednesday: all of Tuesday lies between
        (1, (2026, 11, 24), (2026, 11, 23)),
        (1, (2026, 11, 29), (2026, 11, 27)),  # Sunday: Friday was the last working day
        (5, (2026, 11, 25), (2026, 11, 18)),
        (3, (2026, 10, 9), (2026, 9, 29)),  # the holidays of October lie between
    ],
)
def test_whole_working_days_are_counted(app, session, days, on, before):
    calendar = calendars.default(session)
    at = datetime(*on, 3, tzinfo=UTC)

    found = quiet.untouched_before(calendar, days, at)

    assert found == datetime(*before, tzinfo=calendar.zone)


def test_a_desk_that_was_not_open_for_years_ends_nothing():
    opens = {date(2035, 1, 2): ((540, 1020),)}
    assert quiet.untouched_before(Calendar(CalendarSpec("UTC", {}, open=opens)), 1, MONDAY) is None


def test_what_waits_without_an_answer_is_resolved_by_its_name(session):
    automation(session, "无回音", "waiting", workdays=2, status="resolved")
    number = waits(session)

    assert quiet.run_due(now=MONDAY + 2 * DAY) == 0
    assert quiet.run_due(now=MONDAY + 3 * DAY) == 1
    assert quiet.run_due(now=MONDAY + 3 * DAY) == 0

    assert looks(session, number, "status") == ("resolved",)
    last = session.scalars(
        select(Event).where(Event.kind == "ticket.status").order_by(Event.id.desc()).limit(1)
    ).one()
    assert (last.by, last.data) == ("无回音", {"from": "waiting", "to": "resolved"})
    assert list(verify_targets()) == []


def test_one_takes_up_what_another_has_ended(session):
    automation(session, "one", "waiting", workdays=1, status="resolved")
    automation(session, "two", "resolved", workdays=1, status="closed")
    number = waits(session)

    quiet.run_due(now=MONDAY + 2 * DAY)
    assert looks(session, number, "status") == ("resolved",)
    quiet.run_due(now=MONDAY + 4 * DAY)
    assert looks(session, number, "status") == ("closed",)


def test_an_answer_opens_it_again(session):
    automation(session, "one", "waiting", workdays=1, status="closed")
    number = waits(session)
    quiet.run_due(now=MONDAY + 2 * DAY)

    later = MONDAY + 3 * DAY
    answer = mail(date=later, message_id="<more@x.example>", In_Reply_To="<0@x.example>")
    arrive(session, answer, now=later)

    assert looks(session, number, "status") == ("open",)


def test_what_was_touched_since_is_left_alone(session):
    automation(session, "one", "waiting", workdays=2, status="resolved")
    number = waits(session)
    with transaction():
        ticket = session.get_one(Ticket, number)
        tickets.set_property(session, ticket, "priority", "high", now=MONDAY + DAY, by=SYSTEM)

    quiet.run_due(now=MONDAY + 3 * DAY)

    assert looks(session, number, "status") == ("waiting",)


@pytest.mark.parametrize("status", ["open", "resolved", "spam"])
def test_other_statuses_are_none_of_its_business(session, status):
    automation(session, "one", "waiting", workdays=1, status="closed")
    number = waits(session, status=status)

    assert quiet.run_due(now=MONDAY + 10 * DAY) == 0
    assert looks(session, number, "status") == (status,)


@pytest.mark.parametrize(
    "conditions",
    [
        {"channel": ["email"]},
        {"requester": ["lijianguo@cdxx.example.cn"]},
        {"requester": ["@cdxx.example.cn"]},
        {"requester": ["@example.cn"]},
        {"priority": ["normal"]},
        {"group": ["客服组", "默认组", "Support"]},
    ],
    ids=str,
)
def test_only_tickets_that_meet_every_condition_are_ended(session, conditions):
    if "group" in conditions:
        number = waits(session)
        conditions = {"group": [session.get_one(Ticket, number).group.name]}
    else:
        number = waits(session)
    other = waits(session, sender="wang@other.example")
    with transaction():
        changed = session.get_one(Ticket, other)
        changed.channel, changed.priority, changed.group = "web", "high", None
    automation(session, "one", "waiting", conditions=conditions, workdays=1, status="closed")

    assert quiet.run_due(now=MONDAY + 3 * DAY) == 1
    assert looks(session, number, "status") == ("closed",)


@pytest.mark.parametrize("name", ["center", "region", "topic", "request_type"])
def test_who_has_none_of_what_is_asked_is_not_meant(session, name):
    waits(session)
    automation(session, "one", "waiting", conditions={name: ["x"]}, workdays=1, status="closed")

    assert quiet.run_due(now=MONDAY + 3 * DAY) == 0


def test_many_are_ended_a_page_at_a_time(session, monkeypatch):
    monkeypatch.setattr(quiet, "BATCH", 2)
    automation(session, "one", "waiting", workdays=1, status="closed")
    for _ in range(5):
        waits(session)

    assert quiet.run_due(now=MONDAY + 3 * DAY) == 5


def test_one_that_fails_holds_up_no_other(session, monkeypatch, caplog):
    monkeypatch.setattr(quiet, "BATCH", 2)
    automation(session, "one", "waiting", workdays=1, status="closed")
    numbers = [waits(session) for _ in range(3)]
    as_ever = tickets.set_status

    def fails(session, ticket, *args, **more):
        if ticket.id == numbers[0]:
            raise ValueError("broken")
        as_ever(session, ticket, *args, **more)

    monkeypatch.setattr(tickets, "set_status", fails)

    assert quiet.run_due(now=MONDAY + 3 * DAY) == 2
    assert looks(session, numbers[0], "status") == ("waiting",)
    assert "automation.failed" in caplog.text


@pytest.mark.parametrize(
    ("code", "occasion", "does"),
    [
        ("wrong_workdays", "waiting", {"status": "closed"}),
        ("wrong_workdays", "waiting", {"status": "closed", "workdays": 0}),
        ("wrong_workdays", "waiting", {"status": "closed", "workdays": 366}),
        ("unknown_value", "waiting", {"workdays": 1}),
        ("unknown_value", "resolved", {"workdays": 1, "status": "resolved"}),
        ("unknown_value", "open", {"workdays": 1, "status": "closed"}),
        (
            "words_on_arrival",
            "waiting",
            {"workdays": 1, "status": "closed", "conditions": {"words": ["x"]}},
        ),
    ],
)
def test_what_makes_no_sense_is_refused(session, code, occasion, does):
    with pytest.raises(Refusal) as refused:
        automation(session, "one", occasion, **does)
    assert refused.value.code == code
