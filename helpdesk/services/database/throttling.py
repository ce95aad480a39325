"""How often something may be tried, counted in the database for all processes together."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk.errors import TooMany
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Throttle
from helpdesk.services.database.inserting import insert_into


def throttle(session: Session, key: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """Count one try and raise TooMany beyond ``limit`` in a window."""
    key = key[:200]
    session.execute(
        insert_into(session, Throttle)
        .values(key=key, window_start=now, count=0)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    session.execute(
        update(Throttle)
        .where(Throttle.key == key, Throttle.window_start < now - window)
        .values(window_start=now, count=0)
    )
    session.execute(update(Throttle).where(Throttle.key == key).values(count=Throttle.count + 1))
    count, start = session.execute(
        select(Throttle.count, Throttle.window_start).where(Throttle.key == key)
    ).one()
    if count > limit:
        minutes = max(1, int((start + window - now).total_seconds() // 60) + 1)
        raise TooMany(
            "too_many_tries",
            lazy_gettext("Too many tries. Wait %(n)s minutes and try again.", n=minutes),
        )


def give_back(session: Session, key: str) -> None:
    """Take back one counted try: it was right, and only failures are what is held against one."""
    session.execute(
        update(Throttle)
        .where(Throttle.key == key[:200], Throttle.count > 0)
        .values(count=Throttle.count - 1)
    )
