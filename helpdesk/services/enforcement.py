"""Enforcing promises: one sweep records every warning and breach that is due.

The sweep reads one index, the targets' next instant, so it costs what is due
and not what exists. Each target is claimed by a conditional update: of several
workers one wins, and state, event and notices are written in its transaction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import Target
from helpdesk.services import clocks, escalation, notices

BATCH = 100
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class EnforcementReport:
    """What a sweep did: targets warned and breached, agents told."""

    warned: int = 0
    breached: int = 0
    told: int = 0

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
            claimed = _claimed(session, ids, now)
            for target in claimed:
                _record(session, target, now, report)
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


def _claimed(session: Session, ids: list[int], now: datetime) -> list[Target]:
    """Lock the targets that nobody else works on (SKIP LOCKED; SQLite has one writer)."""
    statement = (
        select(Target)
        .where(Target.id.in_(ids), Target.next_at <= now)
        .order_by(Target.next_at)
        .with_for_update(skip_locked=True, of=Target)
        .execution_options(populate_existing=True)
    )
    mine = []
    for target in session.scalars(statement):
        won = session.execute(
            update(Target)
            .where(Target.id == target.id, Target.next_at == target.next_at)
            .values(next_at=None)
            .execution_options(synchronize_session=False)
        )
        if won.rowcount == 1:  # type: ignore[attr-defined]
            mine.append(target)
    return mine


def _record(session: Session, target: Target, now: datetime, report: EnforcementReport) -> None:
    for due in clocks.record_due(session, target, now=now):
        event = due.event
        if event.kind == "warn":
            report.warned += 1
            report.told += notices.due_soon(session, target, now=now)
        elif event.kind == "breach":
            report.breached += 1
            report.told += notices.breached(session, target, now=now)
        report.told += escalation.take(session, target, due.points, now=now)
        log.info(
            "promise.recorded",
            kind=event.kind,
            ticket=target.ticket_id,
            metric=target.metric,
            at=event.at.isoformat(),
        )
    clocks.refresh_queue(target.ticket)
    session.flush()
