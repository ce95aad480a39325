"""Sweeps over what somebody has to be reminded of: the rows whose ``next_at`` has come.

Each row is claimed by a conditional update, as promises are: of several workers one wins, and
what it tells is told once. One that cannot be told of does not hold up the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import Center, Visit
from helpdesk.services.database.claiming import won

BATCH = 100
AFTER_A_FAILURE = timedelta(hours=1)
log = structlog.get_logger(__name__)
Row = TypeVar("Row", Center, Visit)
Remind = Callable[[Session, Row, datetime, datetime], None]
"""Reminds of a row, given when that was due and the present instant, and plans the next one."""


def remind_each(model: type[Row], remind: Remind[Row], *, now: datetime) -> int:
    """Remind of every row that is due, a batch at a time; return how many were claimed."""
    reminded = 0
    while True:
        with reading() as session:
            due = select(model.id).where(model.next_at <= now)
            ids = list(session.scalars(due.order_by(model.next_at, model.id).limit(BATCH)))
        if not ids:
            return reminded
        with transaction() as session:
            claimed = list(_claimed(session, model, ids, now))
            for row, due_at in claimed:
                _remind(session, row, due_at, now, remind)
        reminded += len(claimed)
        if not claimed:  # another worker is at them
            return reminded


def _claimed(
    session: Session, model: type[Row], ids: list[int], now: datetime
) -> Iterator[tuple[Row, datetime]]:
    """Lock the rows that nobody else works on (SKIP LOCKED; SQLite has one writer)."""
    free = (
        select(model)
        .where(model.id.in_(ids), model.next_at <= now)
        .order_by(model.next_at)
        .with_for_update(skip_locked=True, of=model)
        .execution_options(populate_existing=True)
    )
    for row in session.scalars(free).all():
        due_at = row.next_at
        assert due_at is not None
        claim = (
            update(model)
            .where(model.id == row.id, model.next_at == due_at)
            .values(next_at=None)
            .execution_options(synchronize_session=False)
        )
        if won(session, claim):
            row.next_at = None
            yield row, due_at


def _remind(
    session: Session, row: Row, due_at: datetime, now: datetime, remind: Remind[Row]
) -> None:
    try:
        with session.begin_nested():
            remind(session, row, due_at, now)
    except OperationalError:
        raise  # the database is in trouble, not this row: all of them wait
    except Exception:
        log.exception("reminder.failed", table=row.__tablename__, id=row.id)
        row.next_at = now + AFTER_A_FAILURE
