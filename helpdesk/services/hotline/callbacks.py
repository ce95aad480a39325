"""Callbacks: the tickets on which the desk owes somebody a ring back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session

from channels.hotline.channel import MISSED
from channels.message import IncomingMessage
from helpdesk.models import Call, Callback, Target, Ticket
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import SYSTEM
from helpdesk.services.database import memory
from helpdesk.services.database.among import among
from helpdesk.services.promises import clocks
from sla.metrics import CALLBACK

WAITING = "waiting for a callback"
OWED = "a callback is owed"


def ticket_of(session: Session, number: str) -> Ticket | None:
    """Return the ticket on which this number waits to be rung back already."""
    return tickets_of(session, [number])[number]


def tickets_of(session: Session, numbers: Collection[str]) -> dict[str, Ticket | None]:
    """Return the tickets on which numbers wait to be rung back, the latest of several."""

    def find(new: Collection[str]) -> dict[str, Ticket]:
        session.flush()
        owed = exists().where(
            Target.ticket_id == Ticket.id,
            Target.metric == CALLBACK,
            Target.met_at.is_(None),
            Target.state != "cancelled",
        )
        rows = session.execute(
            select(Callback.number, Ticket, owed)
            .join(Callback, Callback.ticket_id == Ticket.id)
            .where(among(session, Callback.number, new), Callback.open, Ticket.status.in_(ACTIVE))
            .order_by(Ticket.id)  # of the same number the last one stays
        ).all()
        for _number, ticket, is_owed in rows:
            memory.note(session, OWED, ticket.id, value=is_owed)
        return {number: ticket for number, ticket, _owed in rows}

    return memory.each(session, WAITING, numbers, find)


def count_new(session: Session, messages: Sequence[IncomingMessage]) -> int:
    """Count the tickets that missed calls will open."""
    numbers = {message.author.value for message in messages if message.channel == "hotline"}
    return sum(ticket is None for ticket in tickets_of(session, numbers).values())


def missed(
    session: Session,
    ticket: Ticket,
    message: IncomingMessage,
    account_id: int,
    *,
    opened: bool,
    now: datetime,
) -> None:
    """Let a missed call ask for a callback on its ticket, which it may have opened."""
    if opened:
        number = message.author.value
        waiting = Callback(ticket_id=ticket.id, number=number, open=True, tries=0, next_try_at=now)
        session.add(waiting)
        memory.note(session, WAITING, number, ticket)
    if not _is_owed(session, ticket):
        at = min(message.happened_at, now)
        clocks.start(session, ticket, CALLBACK, at=at, now=now, by=SYSTEM)
        memory.note(session, OWED, ticket.id, value=True)
    link = {
        "account": account_id,
        "call": message.identity.removeprefix(MISSED),
        "ticket": ticket.id,
        "person": ticket.requester_id or ticket.requester.id,
    }
    batch = memory.current(session)
    if batch is None:
        session.flush()
        session.execute(_LINK, link)
    else:
        batch.links.append(link)


def _is_owed(session: Session, ticket: Ticket) -> bool:
    """Say whether a batch knows that a callback is promised already.

    So that the ticket's promises need not be read. Nothing that arrives takes it back.
    """
    batch = memory.current(session)
    return batch is not None and bool(batch.known.get((OWED, ticket.id)))


def write(session: Session) -> None:
    """Write down which ticket each missed call of a batch is on."""
    batch = memory.current(session)
    if batch is not None and batch.links:
        session.connection().execute(_LINK, batch.links)
        batch.links.clear()


_call: Any = Call.__table__
_LINK = (
    update(_call)
    .where(
        _call.c.account_id == bindparam("account"),
        _call.c.external_id == bindparam("call"),
    )
    .values(ticket_id=bindparam("ticket"), person_id=bindparam("person"))
)
