"""Which human replies a ticket's requester was given, and when each of them counts.

A reply counts when it is written and leaves on its own. One that failed was no reply;
sent again, it counts from when it left that time (BEHAVIOURS 3, 23).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Event, Message, Outbox, Ticket

FAILED = "delivery.failed"


def times(session: Session, ticket: Ticket, *, but: int | None = None) -> Sequence[datetime]:
    """Return when replies were given, the earliest first; ``but`` is a message left out."""
    messages = session.execute(
        select(Message.id, Message.at, Message.delivery)
        .where(
            Message.ticket_id == ticket.id,
            Message.direction == "out",
            Message.automatic.is_(False),
            Message.delivery != "failed",
        )
        .order_by(Message.at)
    ).all()
    if not messages:
        return ()
    failed = _failed_before(session, ticket)
    again = _sent_again(session, failed)
    given = [again.get(id_) if id_ in failed else at for id_, at, _ in messages if id_ != but]
    return sorted(at for at in given if at is not None)


def _failed_before(session: Session, ticket: Ticket) -> frozenset[int]:
    rows = session.scalars(
        select(Event.data).where(Event.ticket_id == ticket.id, Event.kind == FAILED)
    )
    return frozenset(int(data["message"]) for data in rows)


def _sent_again(session: Session, messages: frozenset[int]) -> dict[int, datetime]:
    """Return when mails that had failed left after all."""
    if not messages:
        return {}
    rows = session.execute(
        select(Outbox.message_id, func.max(Outbox.sent_at))
        .where(Outbox.message_id.in_(messages), Outbox.state == "sent")
        .group_by(Outbox.message_id)
    )
    return {message: at for message, at in rows if message is not None and at is not None}
