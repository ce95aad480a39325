"""Editing hours and days off: open deadlines follow, judged ones stay, nonsense is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import CalendarVersion, Notification, PolicyRecord, Target, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hours import calendars
from helpdesk.services.operations import housekeeping, setup
from helpdesk.services.promises import enforcement, policies, recalculation
from helpdesk.services.promises.verification import verify_targets
from sla.china import DEFAULT_HOURS
from tests.services.mails import arrive, mail
from tests.services.people import agent

DUE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Tuesday 10:00 in Shanghai: one working day after Monday 10:00."""
LATER = dict.fromkeys(DEFAULT_HOURS, ((600, 1080),))
"""10:00 to 18:00 without a break."""


def _ticket(session, now, name="q1", **more) -> Ticket:
    outcome = arrive(session, mail(date=now, message_id=f"<{name}@x.example>"), now=now, **more)
    return session.get_one(Ticket, outcome.ticket)


def _target(session, ticket) -> Target:
    session.rollback()
    return session.scalars(
        select(Target).where(Target.ticket_id == ticket.id),
        execution_options={"populate_existing": True},
    ).one()


def _open_later(session, now) -> int:
    return _set_hours(session, LATER, now)


def _set_hours(session, hours, now) -> int:
    with transaction():
        calendar = calendars.default_calendar(session)
        calendars.set_hours(calendar, hours)
        return recalculation.follow_calendar(session, calendar, now=now)


def test_editing_hours_moves_open_deadlines(session, now):
    """BEHAVIOURS 12."""
    ticket = _ticket(session, now)

    assert _open_later(session, now) == 1

    # Monday 10:00 and one working day of the new hours: Monday 18:00
    target = _target(session, ticket)
    assert target.due_at == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert session.get_one(Ticket, ticket.id).queue_at == target.due_at
    assert list(verify_targets()) == []


@pytest.mark.parametrize("judged", ["met", "breached"])
def test_editing_hours_leaves_what_was_judged(session, now, judged):
    """BEHAVIOURS 12."""
    chen = agent(session, now)
    ticket = _ticket(session, now)
    if judged == "met":
        with transaction():
            replies.reply(session, ticket, chen, "好", now=now)
            tickets.set_status(session, ticket, "closed", now=now, by=chen.actor)
    else:
        enforcement.enforce_due(DUE + timedelta(minutes=1))
    version = _target(session, ticket).calendar_version_id

    assert _open_later(session, now) == 0

    target = _target(session, ticket)
    assert (target.state, target.due_at, target.calendar_version_id) == (judged, DUE, version)


def test_a_waiting_ticket_follows_too_and_stays_paused(session, now):
    """BEHAVIOURS 8, 12."""
    chen = agent(session, now)
    ticket = _ticket(session, now)
    with transaction():
        tickets.set_status(session, ticket, "waiting", now=now + timedelta(hours=1), by=chen.actor)
    paused = _target(session, ticket).state

    _open_later(session, now + timedelta(hours=2))

    assert _target(session, ticket).state == paused
    assert list(verify_targets()) == []


def test_saving_hours_that_did_not_change_makes_no_new_version(session, now):
    _ticket(session, now)
    versions = len(session.scalars(select(CalendarVersion)).all())

    with transaction():
        calendar = calendars.default_calendar(session)
        assert recalculation.follow_calendar(session, calendar, now=now) == 0

    assert len(session.scalars(select(CalendarVersion)).all()) == versions


def test_a_calendar_that_is_never_open_is_refused_when_it_is_saved(session, now):
    """BEHAVIOURS 2."""
    ticket = _ticket(session, now)

    with pytest.raises(Refusal):
        _set_hours(session, {}, now)

    assert _target(session, ticket).due_at == DUE
    assert calendars.default_calendar(session).hours


def test_a_holiday_entered_late_moves_the_deadline(session, now):
    ticket = _ticket(session, now)

    with transaction():
        calendar = calendars.default_calendar(session)
        days = {
            e.date: e.name
            for e in calendar.exceptions
            if e.kind == "holiday" and e.date.year == 2026
        }
        work = {
            e.date: e.name
            for e in calendar.exceptions
            if e.kind == "makeup" and e.date.year == 2026
        }
        closed = {**days, date(2026, 11, 24): "停电"}
        calendars.replace_year(session, calendar, 2026, closed=closed, makeup=work, source="hand")
        recalculation.follow_calendar(session, calendar, now=now)

    assert _target(session, ticket).due_at == DUE + timedelta(days=1)


@pytest.mark.parametrize(
    ("weekdays", "hours"),
    [(range(5), ((600, 1080),)), (range(1, 6), ((600, 1080),)), (range(5, 7), ((540, 720),))],
    ids=["Monday to Friday", "closed on Mondays", "weekends alone"],
)
def test_a_makeup_day_has_the_hours_of_the_first_working_day(session, now, weekdays, hours):
    """2026-10-10, a Saturday, is worked for a day off of the National Day's week."""
    _set_hours(session, dict.fromkeys(weekdays, hours), now)

    assert calendars.default(session).spec.intervals(date(2026, 10, 10)) == hours


def test_a_day_of_another_year_is_refused(session, now):
    with pytest.raises(Refusal), transaction():
        calendars.replace_year(
            session,
            calendars.default_calendar(session),
            2027,
            closed={date(2026, 12, 31): "?"},
            makeup={},
            source="hand",
        )


NEW_YEARS_EVE = datetime(2026, 12, 31, 8, 0, tzinfo=UTC)
"""Thursday 2026-12-31 16:00 in Shanghai; the promise ends in 2027."""


def test_a_deadline_in_an_unknown_year_is_provisional_and_follows_when_the_year_is_entered(session):
    ticket = _ticket(session, NEW_YEARS_EVE)
    target = _target(session, ticket)
    assert target.provisional
    assert target.due_at == datetime(2027, 1, 1, 8, 0, tzinfo=UTC)  # as if it were a weekday

    with transaction():
        calendar = calendars.default_calendar(session)
        closed = {date(2027, 1, day): "元旦" for day in (1, 2, 3)}
        calendars.replace_year(session, calendar, 2027, closed=closed, makeup={}, source="hand")
        assert recalculation.follow_calendar(session, calendar, now=NEW_YEARS_EVE) == 1

    target = _target(session, ticket)
    assert not target.provisional
    assert target.due_at == datetime(2027, 1, 4, 8, 0, tzinfo=UTC)


def test_administrators_are_told_once_a_day_that_a_year_is_missing(session, now):
    agent(session, now, "admin@miec.example.cn", role="admin")
    agent(session, now)

    housekeeping.run(now=now)
    housekeeping.run(now=now + timedelta(hours=1))
    assert [(n.kind, n.text) for n in session.scalars(select(Notification))] == [
        ("calendar", "2027")
    ]
    housekeeping.run(now=now + timedelta(days=1))
    assert len(session.scalars(select(Notification)).all()) == 2


def test_there_is_exactly_one_default_policy(session, now):
    """BEHAVIOURS 13."""
    with transaction():
        setup.ensure_defaults(session, now=now)
    assert len(session.scalars(select(PolicyRecord).where(PolicyRecord.is_default)).all()) == 1

    another = policies.Draft("another", {}, ())
    with pytest.raises(Refusal, match="both the default"), transaction():
        policies.save(session, None, another, is_default=True, by="x", now=now)


def test_a_policy_without_conditions_does_not_swallow_every_ticket(session, now):
    """BEHAVIOURS 13."""
    with transaction():
        session.add(
            PolicyRecord(
                name="empty",
                position=-1,
                conditions={},
                promises=[],
                calendar_id=calendars.default_calendar(session).id,
            )
        )

    assert _target(session, _ticket(session, now)).policy_name == "default"
