"""What an account used of its day at the far end, counted where all workers see it."""

from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from channels.microblog.budget import CHINA
from helpdesk.extensions import reading, transaction
from helpdesk.models import RequestMeter
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.hours import calendars

KEPT = timedelta(days=90)


class DeskMeter:
    """Counts the calls of one account; each is written down before it is made."""

    def __init__(self, account_id: int) -> None:
        self._account_id = account_id

    def used(self, *, now: datetime) -> tuple[int, int]:
        """Return how many calls read and how many wrote today."""
        with reading() as session:
            return used(session, self._account_id, now=now)

    def count(self, *, reading: bool, now: datetime) -> None:
        """Count a call that is about to be made."""
        with transaction() as session:
            _count(session, self._account_id, reading=reading, now=now)


class DeskHours:
    """The desk's service time, read when it is asked for."""

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Return the service minutes between two instants."""
        with reading() as session:
            return calendars.default(session).elapsed(start, end)


def used(session: Session, account_id: int, *, now: datetime) -> tuple[int, int]:
    """Return how many calls of an account read and how many wrote today."""
    row = session.get(RequestMeter, (account_id, _day(now)), populate_existing=True)
    return (row.reads, row.writes) if row is not None else (0, 0)


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget the days that nobody asks about any more."""
    session.execute(delete(RequestMeter).where(RequestMeter.day < _day(now - KEPT)))


def _count(session: Session, account_id: int, *, reading: bool, now: datetime) -> None:
    day = _day(now)
    row = {"account_id": account_id, "day": day, "reads": 0, "writes": 0}
    session.execute(insert_into(session, RequestMeter).values(row).on_conflict_do_nothing())
    more = {"reads": RequestMeter.reads + 1} if reading else {"writes": RequestMeter.writes + 1}
    session.execute(
        update(RequestMeter)
        .where(RequestMeter.account_id == account_id, RequestMeter.day == day)
        .values(more)
        .execution_options(synchronize_session=False)
    )


def _day(now: datetime) -> dt.date:
    return now.astimezone(CHINA).date()
