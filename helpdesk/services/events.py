"""Writing the append-only log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from helpdesk.models import Event
from helpdesk.services import bulk_rows, memory, waiting_rows
from helpdesk.services.access import Actor
from helpdesk.services.rows import AnyTarget, AnyTicket


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
    row = {
        "ticket_id": ticket.id if ticket else None,
        "target_id": target.id if target else None,
        "kind": kind,
        "at": at,
        "recorded_at": now,
        "by": by.name,
        "agent_id": by.agent_id,
        "person_id": by.person_id,
        "data": data or {},
    }
    batch = memory.current(session)
    if batch is None:
        session.add(Event(**row))
    else:
        batch.events.append(row)


def write(session: Session) -> None:
    """Write what was recorded so far, for whoever reads the log in the same transaction."""
    waiting_rows.write(session)
    session.flush()  # first what the events are about
    batch = memory.current(session)
    if batch is not None and batch.events:
        rows = [list(event.values()) for event in batch.events]
        bulk_rows.write(session.connection(), _event, list(batch.events[0]), rows)
        batch.events.clear()


_event: Any = Event.__table__
