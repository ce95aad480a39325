"""When hours or days off change, open deadlines follow; closed ones stay (BEHAVIOURS 12).

All of them in the transaction that changes the calendar: page by page, past the session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import CalendarVersion, ServiceCalendar, Target, Ticket
from helpdesk.runtime import uncollected
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.database import events, memory
from helpdesk.services.database.among import among
from helpdesk.services.database.rows import TargetRow
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clock_log, clocks, judging, target_rows

PAGE = 10_000
"""Targets that are written at once, in the order in which they fall due: of the indexes of
queue and targets, which change most, neighbours then follow one another."""
PART = 2000
"""Targets whose logs are read at once."""


def follow_calendar(
    session: Session, calendar: ServiceCalendar, *, now: datetime, by: Actor = SYSTEM
) -> int:
    """Keep the calendar's new version and recompute unfinished targets; return how many."""
    version = calendars.save_version(session, calendar, now=now)
    moved = 0
    for page in _counting_in_older(session, calendar, version):
        moved += follow(session, dict.fromkeys(page, version.id), now=now, by=by)
    return moved


def catch_up(session: Session, *, now: datetime) -> int:
    """Let targets follow that were made while somebody edited their calendar; return how many.

    Their transaction had read the version before, and the edit could not see them yet.
    """
    moved = 0
    for calendar in session.scalars(select(ServiceCalendar).order_by(ServiceCalendar.id)).all():
        version = calendars.current_version(session, calendar)
        if version is None:
            continue
        for page in _counting_in_older(session, calendar, version):
            moved += follow(session, dict.fromkeys(page, version.id), now=now)
    return moved


def follow(
    session: Session, versions: Mapping[int, int], *, now: datetime, by: Actor = SYSTEM
) -> int:
    """Let unfinished targets count in other calendar versions, by target; return how many do."""
    numbers, moved = iter(versions), 0
    while page := list(islice(numbers, PAGE)):
        _hold(session, page)
        targets: list[TargetRow] = []
        with uncollected():
            for start in range(0, len(page), PART):
                part = _unfinished(session, page[start : start + PART])
                _judge(session, part, versions, now=now, by=by)
                targets += part
            target_rows.write(session, targets)
        moved += len(targets)
    return moved


def _judge(
    session: Session,
    targets: Sequence[TargetRow],
    versions: Mapping[int, int],
    *,
    now: datetime,
    by: Actor,
) -> None:
    """Move targets and write down why; their logs are read and forgotten together."""
    with memory.remembering(session):
        clock_log.foresee(session, targets)
        for target in targets:
            promise = clock_log.promise_of(session, target)
            judging.reschedule(session, target, promise, versions[target.id], now=now, by=by)
        events.write(session)


def _counting_in_older(
    session: Session, calendar: ServiceCalendar, version: CalendarVersion
) -> Iterator[Sequence[int]]:
    """Yield the targets that another version of the calendar judges, page by page."""
    others = select(CalendarVersion.id).where(
        CalendarVersion.calendar_id == calendar.id, CalendarVersion.id != version.id
    )
    older = list(session.scalars(others))
    after = 0
    while older:
        page = session.scalars(
            select(Target.id)
            .where(
                Target.id > after,
                Target.state.in_(clocks.UNFINISHED),
                Target.calendar_version_id.in_(older),
            )
            .order_by(Target.id)
            .limit(PAGE)
        ).all()
        if not page:
            return
        after = page[-1]
        yield page


def _hold(session: Session, numbers: Sequence[int]) -> None:
    """Lock targets' tickets, as everybody who acts on their clocks does first."""
    if session.get_bind().dialect.name != "postgresql":
        return  # SQLite has one writer
    theirs = select(Target.ticket_id).where(among(session, Target.id, numbers))
    held = select(Ticket.id).where(Ticket.id.in_(theirs))
    session.execute(held.order_by(Ticket.id).with_for_update(key_share=True))


def _unfinished(session: Session, numbers: Sequence[int]) -> list[TargetRow]:
    """Read targets and return those that are still unfinished, in the order of the log."""
    found = [row for row in target_rows.read(session, numbers) if row.state in clocks.UNFINISHED]
    return sorted(found, key=lambda row: row.id)
