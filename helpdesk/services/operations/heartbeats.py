"""Which workers are alive."""

from __future__ import annotations

from collections.abc import Callable
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


def bury(session: Session, names: str, *, running: Callable[[int], bool]) -> list[str]:
    """Forget the workers of a machine whose processes are gone; return their names.

    ``names`` is how the names of that machine's workers begin; a process id follows.
    """
    found = session.scalars(
        select(Heartbeat.worker).where(Heartbeat.worker.startswith(names, autoescape=True))
    )
    gone = [name for name in found if not running(int(name[len(names) :].partition(":")[0]))]
    session.execute(delete(Heartbeat).where(Heartbeat.worker.in_(gone)))
    return gone


def remove(session: Session, worker: str) -> None:
    """Forget a worker that stops as it should."""
    session.execute(delete(Heartbeat).where(Heartbeat.worker == worker))


def alive(session: Session, *, now: datetime) -> list[Heartbeat]:
    """Return the workers heard of within the last minute."""
    return list(session.scalars(select(Heartbeat).where(Heartbeat.at >= now - SILENT)))


def last(session: Session) -> datetime | None:
    """Return when any worker was last heard of."""
    return session.scalar(select(Heartbeat.at).order_by(Heartbeat.at.desc()).limit(1))
