"""Writing the append-only log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from helpdesk.models import Event, Target, Ticket
from helpdesk.services.access import Actor


def record(
    session: Session,
    kind: str,
    *,
    at: datetime,
    now: datetime,
    by: Actor,
    ticket: Ticket | None = None,
    target: Target | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Add an event to the transaction that makes it true."""
    event = Event(
        ticket_id=ticket.id if ticket else None,
        target_id=target.id if target else None,
        kind=kind,
        at=at,
        recorded_at=now,
        by=by.name,
        agent_id=by.agent_id,
        person_id=by.person_id,
        data=data or {},
    )
    session.add(event)
    return event
