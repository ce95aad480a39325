"""Which open deadlines a change of the calendar would move, before anybody makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.extensions import reading
from helpdesk.models import CalendarVersion, ServiceCalendar, Target
from helpdesk.services.hours import calendar_changes, calendars
from helpdesk.services.hours.calendar_changes import Change
from helpdesk.services.promises import clock_log, clocks, previews
from helpdesk.services.promises.previews import Move, Preview
from sla import clock as actions
from sla.calendar import Calendar
from sla.policy import Promise

MOST = 10_000
"""So many promises that the change touches are looked at; beyond them the count says "at least"."""
PAGE = 1000


def preview(calendar_id: int, change: Change, *, now: datetime) -> Preview:
    """Say what a change would move; raise Refusal where it cannot be made. Nothing is kept."""
    after = Calendar(calendar_changes.tried(calendar_id, change))
    with reading() as session:
        found, complete = _moves(session, calendar_id, after, now)
        return previews.gathered(session, found, complete=complete)


def _moves(
    session: Session, calendar_id: int, after: Calendar, now: datetime
) -> tuple[list[Move], bool]:
    """Return every move, and whether all promises that the change touches were looked at."""
    version = calendars.current_version(session, session.get_one(ServiceCalendar, calendar_id))
    touches = _touches(calendars.calendar_at(session, version.id), after) if version else None
    looked_at, found = 0, []
    for page in _pages(session, calendar_id):
        targets = [
            target
            for target in page
            if version is None
            or touches is None
            or target.calendar_version_id != version.id
            or touches(target)
        ]
        looked_at += len(targets)
        logs = clock_log.logs_of(session, [target.id for target in targets]) if targets else {}
        moves = (_move(target, logs[target.id], after, now) for target in targets)
        found += [move for move in moves if move is not None]
        if looked_at >= MOST:
            return found, False
    return found, True


def _touches(before: Calendar, after: Calendar) -> Callable[[Any], bool]:
    """Return whether a deadline may move: some day until it has other hours than before."""
    alike = before.zone == after.zone and before.workday_minutes() == after.workday_minutes()

    @cache
    def differs(ordinal: int) -> bool:
        day = date.fromordinal(ordinal)
        return before.spec.intervals(day) != after.spec.intervals(day)

    def touches(target: Any) -> bool:
        if not alike or target.due_at is None:
            return True
        first, last = before.local_date(target.started_at), before.local_date(target.due_at)
        return any(map(differs, range(first.toordinal(), last.toordinal() + 1)))

    return touches


def _pages(session: Session, calendar_id: int) -> Iterator[Sequence[Any]]:
    after = 0
    while True:
        targets = session.execute(
            select(
                Target.id,
                Target.ticket_id,
                Target.metric,
                Target.promise,
                Target.started_at,
                Target.due_at,
                Target.calendar_version_id,
            )
            .join(CalendarVersion, Target.calendar_version_id == CalendarVersion.id)
            .where(
                Target.id > after,
                Target.state.in_(clocks.UNFINISHED),
                CalendarVersion.calendar_id == calendar_id,
            )
            .order_by(Target.id)
            .limit(PAGE)
        ).all()
        if not targets:
            return
        yield targets
        after = targets[-1].id


def _move(
    target: Any, log: Sequence[actions.ClockEvent], calendar: Calendar, now: datetime
) -> Move | None:
    clock = actions.replay(log)
    after, _ = actions.reschedule(clock, Promise.from_json(target.promise), calendar, now)
    return previews.moved(target.ticket_id, target.metric, clock, after, now=now)
