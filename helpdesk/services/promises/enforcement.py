"""Enforcing promises: one sweep records every warning and breach that is due.

The sweep reads one index, the targets' next instant, so it costs what is due
and not what exists. Each target is claimed under its lock: of several workers one
wins, and state, event and notices are written in its transaction.

Most promises only warn and tell: these are moved many at a time, past the session. A
ticket on which a promise has actions to take (another group, a higher priority) is
worked on as an agent would, by the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload, selectinload

from helpdesk.extensions import reading, transaction
from helpdesk.models import Target, Ticket
from helpdesk.runtime import uncollected
from helpdesk.services.database import events, memory, waiting_rows
from helpdesk.services.database.among import among
from helpdesk.services.database.rows import AnyTarget
from helpdesk.services.promises import clock_log, clocks, escalation, promise_notices, target_rows
from helpdesk.services.promises.clocks import Due
from helpdesk.services.promises.promise_notices import Telling

BATCH = 2000
AFTER_A_FAILURE = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class EnforcementReport:
    """What a sweep did: targets warned and breached, agents told."""

    warned: int = 0
    breached: int = 0
    told: int = 0

    def add(self, other: EnforcementReport) -> None:
        """Add what another part of the sweep did."""
        self.warned += other.warned
        self.breached += other.breached
        self.told += other.told

    def as_json(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def enforce_due(now: datetime) -> EnforcementReport:
    """Record everything that is due at ``now``, a batch at a time."""
    report = EnforcementReport()
    while True:
        with reading() as session:
            ids = _due(session, now)
        if not ids:
            return report
        with transaction() as session:
            claimed = _claim(session, ids, now)
            _record_all(session, claimed, now, report)
        if not claimed:  # another worker is at them
            return report


def next_due(session: Session) -> datetime | None:
    """Return when the next sweep has something to do."""
    return session.scalar(
        select(Target.next_at).where(Target.next_at.is_not(None)).order_by(Target.next_at).limit(1)
    )


def _due(session: Session, now: datetime) -> list[int]:
    return list(
        session.scalars(
            select(Target.id).where(Target.next_at <= now).order_by(Target.next_at).limit(BATCH)
        )
    )


def _claim(session: Session, ids: list[int], now: datetime) -> Sequence[int]:
    """Take the targets that nobody else works on (SKIP LOCKED; SQLite has one writer).

    The locks are the claim, for as long as the transaction that moves ``next_at`` on: to
    write it down as well would touch each index of the row twice. Whoever acts on a ticket
    holds its row, so the ticket is taken along; one that an agent works on just now is left
    for the next look.
    """
    free = (
        select(Target.id)
        .join(Target.ticket)
        .where(among(session, Target.id, ids), Target.next_at <= now)
        .with_for_update(skip_locked=True, key_share=True, of=(Target, Ticket))
    )
    return session.scalars(free).all()


def _record_all(
    session: Session, claimed: Sequence[int], now: datetime, report: EnforcementReport
) -> None:
    """Record what is due, all in one go; a target that fails holds up no other promise.

    A batch that fails is tried again by halves until the target at fault is alone.
    """
    done = EnforcementReport()
    try:
        with session.begin_nested(), memory.remembering(session), uncollected():
            _record(session, claimed, now, done)
    except OperationalError:
        raise  # the database is in trouble, not a target: all of them wait
    except Exception as error:  # noqa: BLE001 - whatever it is, the other promises go on
        trouble = error
    else:
        report.add(done)
        return
    if len(claimed) > 1:
        half = len(claimed) // 2
        _record_all(session, claimed[:half], now, report)
        _record_all(session, claimed[half:], now, report)
        return
    log.error("promises.failed", target=claimed[0], exc_info=trouble)
    later = update(Target).where(Target.id == claimed[0])
    session.execute(later.values(next_at=now + AFTER_A_FAILURE))


def _record(
    session: Session, claimed: Sequence[int], now: datetime, report: EnforcementReport
) -> None:
    """Record what is due of each target, act on it, and tell whom it concerns."""
    telling = Telling()
    people = target_rows.people_of(session)
    rows = target_rows.read(session, claimed, people)
    acting = {row.ticket_id for row in rows if row.promise.get("actions")}
    plain = [row for row in rows if row.ticket_id not in acting]
    clock_log.foresee(session, rows)
    for row in plain:
        _note(session, telling, row, now, report)
    target_rows.write(session, plain)
    for target in _tracked(session, [row.id for row in rows if row.ticket_id in acting]):
        for due in _note(session, telling, target, now, report):
            escalation.take(session, telling, target, due.points, now=now)
        clock_log.refresh_queue(target.ticket)
    events.write(session)
    report.told += promise_notices.tell(session, telling, now=now)
    waiting_rows.write(session)
    log.info("promises.recorded", targets=len(rows), warned=report.warned, breached=report.breached)


def _note(
    session: Session, telling: Telling, target: AnyTarget, now: datetime, report: EnforcementReport
) -> Sequence[Due]:
    """Record what is due of a target and collect who is told of it."""
    target.next_at = None  # whatever is found, it has been looked at
    found = clocks.record_due(session, target, now=now)
    for due in found:
        if due.event.kind == "warn":
            report.warned += 1
            promise_notices.due_soon(session, telling, target, now=now)
        else:
            report.breached += 1
            promise_notices.breached(session, telling, target, now=now)
    return found


def _tracked(session: Session, ids: Sequence[int]) -> Sequence[Target]:
    """Return targets with their tickets and all of the tickets' targets."""
    if not ids:
        return []
    targets = session.scalars(
        select(Target)
        .where(Target.id.in_(ids))
        .options(
            joinedload(Target.ticket).joinedload(Ticket.assignee),
            joinedload(Target.ticket).joinedload(Ticket.group),
        )
        .order_by(Target.due_at, Target.id)
        .execution_options(populate_existing=True)
    ).all()
    # not with the same statement: it would read these targets again, without their tickets
    numbers = {target.ticket_id for target in targets}
    session.scalars(
        select(Ticket).where(Ticket.id.in_(numbers)).options(selectinload(Ticket.targets))
    ).all()
    clock_log.holds(session, (target.ticket for target in targets))
    return targets
