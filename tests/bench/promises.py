"""Promises by the ten thousand: one sweep over those due, and a calendar that changes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from helpdesk.extensions import db, transaction
from helpdesk.models import (
    Agent,
    CalendarException,
    CalendarHours,
    Event,
    Group,
    Notification,
    Outbox,
    PolicyRecord,
    ServiceCalendar,
    Target,
    Ticket,
)
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clock_log, enforcement, recalculation
from helpdesk.services.reports import folding
from sla import clock as actions
from sla.events import Clock, ClockEvent, apply
from sla.policy import Promise
from tests.bench import desks, tickets
from tests.bench.report import Figure, timed

OPEN, DUE, FOLLOWING = 100_000, 10_000, 50_000
"""Open tickets; of these, those with a point reached, and those of the calendar that changes."""
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""Wednesday 17:00 in Shanghai."""
TOMORROW = date(2026, 11, 26)
SWEEP_SECONDS, NOTHING_MS, FOLLOW_SECONDS = 3, 5, 5
EVERY = 199
Row = dict[str, Any]


def measure(kind: str) -> Iterator[Figure]:
    """Sweep what is due, sweep again, and let half of the open tickets follow a calendar."""
    with desks.desk(kind) as app, app.app_context():
        tickets.add_cast()
        desks.add_people()
        _fill()
        yield _swept(kind)
        middle, _slow = timed(lambda: enforcement.enforce_due(NOW))
        what = f"nothing due, {OPEN:,} open"
        yield Figure("promises", kind, what, middle, "ms", at_most=NOTHING_MS)
        yield _followed(kind)
        _prove()


def _swept(kind: str) -> Figure:
    seconds, report = _timed_once(lambda: enforcement.enforce_due(NOW))
    told = db.session.scalar(select(func.count(Notification.id)))
    mails = db.session.scalar(select(func.count(Outbox.id)))
    db.session.remove()
    if report.warned + report.breached != DUE or told != report.told or not mails:
        raise RuntimeError(f"not everything was recorded: {report}, {told=}, {mails=}")
    what = f"{DUE:,} due of {OPEN:,} open, {told:,} notices"
    return Figure("promises", kind, what, seconds, "s", at_most=SWEEP_SECONDS)


def _followed(kind: str) -> Figure:
    """Close tomorrow: every deadline moves."""

    def follow() -> int:
        with transaction() as session:
            calendar = session.scalars(
                select(ServiceCalendar).where(~ServiceCalendar.is_default)
            ).one()
            session.add(
                CalendarException(
                    calendar_id=calendar.id, date=TOMORROW, kind="holiday", name="closed"
                )
            )
            session.flush()
            session.expire(calendar)
            return recalculation.follow_calendar(session, calendar, now=NOW)

    seconds, moved = _timed_once(follow)
    if moved != FOLLOWING:
        raise RuntimeError(f"{moved} deadlines moved")
    what = f"{FOLLOWING:,} open tickets follow a calendar"
    return Figure("promises", kind, what, seconds, "s", at_most=FOLLOW_SECONDS)


def _prove() -> None:
    """A fast sweep that writes nonsense would be no figure: compare some with their logs."""
    session = db.session()
    for number in range(1, OPEN, EVERY):
        target = session.get_one(Target, number)
        ticket = target.ticket
        told = clock_log.projection(clock_log.clock_of(session, target))
        kept = {name: getattr(target, name) for name in told}
        stood = ticket.queue_at, ticket.at_risk
        clock_log.refresh_queue(ticket)
        if kept != told or stood != (ticket.queue_at, ticket.at_risk):
            raise RuntimeError(f"target {number} is not what its log tells: {kept}, {told}")
    db.session.remove()


def _timed_once(do: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = do()
    return time.perf_counter() - started, found


def _fill() -> None:
    """Open the tickets; each has a clock that started within the last service day or two."""
    with transaction() as session:
        regional = _regional(session)
    maker = _Maker(regional)
    for start in range(1, OPEN + 1, tickets.BLOCK):
        clocks_of = {n: maker.clock(n) for n in range(start, min(start + tickets.BLOCK, OPEN + 1))}
        with db.engine.begin() as connection:
            connection.execute(insert(Ticket), [maker.ticket(*item) for item in clocks_of.items()])
            rows = [maker.target(n, clock) for n, (clock, _) in clocks_of.items()]
            connection.execute(insert(Target), rows)
            rows = [
                maker.event(n, event) for n, (_, events) in clocks_of.items() for event in events
            ]
            connection.execute(insert(Event), rows)
    tickets._restart_numbers("ticket", "target", "event")
    folding.fold_all()
    tickets.settle()


def _regional(session: Session) -> int:
    """Make a second calendar with the hours and days off of the first; return its version."""
    first = calendars.default_calendar(session)
    second = ServiceCalendar(name="south", tz=first.tz)
    second.hours = [
        CalendarHours(weekday=row.weekday, opens=row.opens, closes=row.closes)
        for row in first.hours
    ]
    second.exceptions = [
        CalendarException(date=row.date, kind=row.kind, name=row.name) for row in first.exceptions
    ]
    session.add(second)
    return calendars.save_version(session, second, now=NOW).id


class _Maker:
    """Makes a ticket's rows from its number: one in ten has reached a point of its promise."""

    def __init__(self, regional: int) -> None:
        self.chance, self.regional = random.Random(OPEN), regional
        session = db.session()
        policy = session.scalars(select(PolicyRecord).where(PolicyRecord.is_default)).one()
        self.policy, self.promises = policy.id, [Promise.from_json(p) for p in policy.promises]
        self.promise = next(p for p in self.promises if p.metric == "first_reply")
        version, self.calendar = calendars.default_version(session), calendars.default(session)
        self.version = version.id
        self.calendars = {
            number: calendars.calendar_at(session, number) for number in (regional, version.id)
        }
        self.agents = session.scalars(select(Agent.id).where(Agent.role == "agent")).all()
        self.groups = session.scalars(select(Group.id)).all()
        db.session.remove()
        minutes = (NOW - timedelta(minutes=n) for n in range(3 * 24 * 60))
        self.minutes = [at for at in minutes if self.calendar.is_open(at)]

    def of(self, number: int) -> int:
        """Return the calendar's version: odd numbers have the second calendar's."""
        return self.regional if number % 2 else self.version

    def clock(self, number: int) -> tuple[Clock, list[ClockEvent]]:
        """Return a clock that breaks its promise, reaches a warning, or has time left."""
        chance = self.chance
        used = chance.randint(1, 200)
        if number % (OPEN // DUE) == 0:
            used = chance.randint(460, 700) if number % 20 else chance.randint(230, 350)
        started = self.minutes[used] - timedelta(seconds=chance.randint(0, 59))
        clock, events = actions.start(self.promise, self.calendars[self.of(number)], started)
        if used > 450:
            for at in clock.warnings:
                events.append(ClockEvent("warn", at))
                clock = apply(clock, events[-1])
        return clock, events

    def ticket(self, number: int, clock: tuple[Clock, list[ClockEvent]]) -> Row:
        due, started = clock[0].due_at, clock[0].started_at
        return {
            "id": number,
            "subject": f"ticket {number}",
            "status": "open",
            "priority": "normal",
            "channel": "email",
            "immediate": False,
            "requester_id": self.chance.randint(1, tickets.PEOPLE),
            "center_id": self.chance.randint(1, tickets.CENTERS),
            "assignee_id": self.chance.choice(self.agents) if number % 4 else None,
            "group_id": self.chance.choice(self.groups),
            "started_at": started,
            "created_at": started,
            "updated_at": started,
            "queue_at": due,
            "at_risk": False,
            "last_message_id": 0,
            "awaiting_reply": True,
            "reply_count": 0,
        }

    def target(self, number: int, clock: Clock) -> Row:
        return {
            "id": number,
            "ticket_id": number,
            "metric": self.promise.metric,
            "round": 1,
            "policy_id": self.policy,
            "policy_name": "default",
            "promise": self.promise.to_json(),
            "calendar_version_id": self.of(number),
            **clock_log.projection(clock),
        }

    def event(self, number: int, event: ClockEvent) -> Row:
        judged_by = {
            "promise": self.promise.to_json(),
            "calendar_version": self.of(number),
            "policy_version": None,
        }
        return {
            "ticket_id": number,
            "target_id": number,
            "kind": clock_log.PREFIX + event.kind,
            "at": event.at,
            "recorded_at": event.at,
            "by": "system",
            "data": {**event.data, **(judged_by if event.kind == "start" else {})},
        }
