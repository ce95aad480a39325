"""How often something may be tried, counted for all web processes at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from helpdesk.models import Throttle

MOST_KEY = 200


def allowed(session: Session, key: str, *, most: int, window: timedelta, now: datetime) -> bool:
    """Count one more try under ``key``; False when the window has had its ``most`` already.

    A window begins with its first try. The count is raised by the database
    itself, so that tries at the same moment are all counted.
    """
    key = key[:MOST_KEY]
    begun = now - window
    session.execute(delete(Throttle).where(Throttle.key == key, Throttle.window_start <= begun))
    while True:
        count = session.scalar(
            update(Throttle)
            .where(Throttle.key == key)
            .values(count=Throttle.count + 1)
            .returning(Throttle.count)
        )
        if count is not None:
            return count <= most
        try:
            with session.begin_nested():
                session.add(Throttle(key=key, window_start=now, count=0))
                session.flush()
        except IntegrityError:  # somebody began the window a moment before
            session.expire_all()


def forget(session: Session, key: str) -> None:
    """Forget the tries under ``key``: it worked."""
    session.execute(delete(Throttle).where(Throttle.key == key[:MOST_KEY]))


def sweep(session: Session, *, older_than: datetime) -> None:
    """Remove windows that began before that instant."""
    session.execute(delete(Throttle).where(Throttle.window_start < older_than))
