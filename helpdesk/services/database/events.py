"""Writing the append-only log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from helpdesk.models import Event
from helpdesk.services.access import Actor
from helpdesk.services.database import bulk_rows, memory, waiting_rows
from helpdesk.services.database.rows import AnyTarget, AnyTicket


def record(
    session: Session,
    kind: str,
    *,
    at: datetime,
    now: datetime,
    by: Actor,
    ticket: AnyTicket | None = None,
    target: AnyTarget | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add an event to the transaction that makes it true."""
    row = (
        ticket.id if ticket else None,
        target.id if target else None,
        kind,
        at,
        now,
        by.name,
        by.agent_id,
        by.person_id,
        data or {},
    )
    batch = memory.current(session)
    if batch is None:
        session.add(Event(**dict(zip(_COLUMNS, row, strict=True))))
    else:
        batch.events.append(row)


def write(session: Session) -> None:
    """Write what was recorded so far, for whoever reads the log in the same transaction."""
    waiting_rows.write(session)
    session.flush()  # first what the events are about
    batch = memory.current(session)
    if batch is not None and batch.events:
        bulk_rows.write(session.connection(), _EVENT, _COLUMNS, batch.events)
        batch.events.clear()


_EVENT: Table = Event.__table__  # type: ignore[assignment]
_COLUMNS = (
    "ticket_id",
    "target_id",
    "kind",
    "at",
    "recorded_at",
    "by",
    "agent_id",
    "person_id",
    "data",
)
