"""Callbacks: the tickets on which the desk owes somebody a ring back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.hotline.channel import MISSED
from channels.message import IncomingMessage
from helpdesk.models import Call, Callback, Ticket
from helpdesk.models.ticket import ACTIVE


def ticket_of(session: Session, number: str) -> Ticket | None:
    """Return the ticket on which this number waits to be rung back already."""
    session.flush()
    return session.scalar(
        select(Ticket)
        .join(Callback, Callback.ticket_id == Ticket.id)
        .where(Callback.number == number, Callback.open, Ticket.status.in_(ACTIVE))
        .order_by(Ticket.id.desc())
        .limit(1)
    )


def missed(
    session: Session, ticket: Ticket, message: IncomingMessage, account_id: int, *, now: datetime
) -> None:
    """Let a missed call ask for a callback on its ticket."""
    session.flush()
    waiting = session.get(Callback, ticket.id)
    if waiting is None:
        waiting = Callback(
            ticket_id=ticket.id,
            number=message.author.value,
            open=True,
            tries=0,
            next_try_at=now,
        )
        session.add(waiting)
    waiting.open = True
    session.execute(
        update(Call)
        .where(
            Call.account_id == account_id,
            Call.external_id == message.identity.removeprefix(MISSED),
        )
        .values(ticket_id=ticket.id, person_id=ticket.requester_id)
    )
