"""Which workers are alive."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk.models import Heartbeat

SILENT = timedelta(seconds=60)
FORGOTTEN = timedelta(hours=1)


def beat(session: Session, worker: str, *, now: datetime) -> None:
    """Write down that a worker is alive and forget those that have been dead for long."""
    row = session.get(Heartbeat, worker)
    if row is None:
        session.add(Heartbeat(worker=worker, started_at=now, at=now))
    else:
        row.at = now
    # its own row may be that old: the machine slept
    others = Heartbeat.worker != worker
    session.execute(delete(Heartbeat).where(others, Heartbeat.at < now - FORGOTTEN))


def remove(session: Session, worker: str) -> None:
    """Forget a worker that stops as it should."""
    session.execute(delete(Heartbeat).where(Heartbeat.worker == worker))


def alive(session: Session, *, now: datetime) -> list[Heartbeat]:
    """Return the workers heard of within the last minute."""
    return list(session.scalars(select(Heartbeat).where(Heartbeat.at >= now - SILENT)))


def last(session: Session) -> datetime | None:
    """Return when any worker was last heard of."""
    return session.scalar(select(Heartbeat.at).order_by(Heartbeat.at.desc()).limit(1))
