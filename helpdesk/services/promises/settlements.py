"""When a ticket was settled, whether it had to be worked on again, and how many replies it took.

These are kept on the ticket in the transaction that changes them, because reports
over a year cannot read a million logs. ``recount`` derives them anew from the log of
events and from the messages; both must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Event, Message, Reopening, Ticket
from helpdesk.models.ticket import ACTIVE

OVER = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a ticket was settled, all UTC.

    ``gaps`` are pairs of when it was settled and when it was worked on again;
    ``resolved_at`` is the settlement that still stands.
    """

    settled_at: datetime | None = None
    resolved_at: datetime | None = None
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    replies: int = 0


def follow(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Keep what the ticket's new status means; spam in between changes nothing."""
    if ticket.status in OVER:
        ticket.resolved_at = ticket.resolved_at or now
        ticket.settled_at = ticket.settled_at or now
    elif ticket.status in ACTIVE and ticket.resolved_at is not None:
        session.add(Reopening(ticket_id=ticket.id, resolved_at=ticket.resolved_at, reopened_at=now))
        ticket.resolved_at = None


def count_reply(ticket: Ticket, message: Message) -> None:
    """Count what an agent said to the requester; one that bounced was still written."""
    if message.direction == "out" and not message.automatic:
        ticket.reply_count += 1


def kept(session: Session, ticket: Ticket) -> Settlement:
    """Return what is kept of a ticket."""
    rows = session.execute(
        select(Reopening.resolved_at, Reopening.reopened_at)
        .where(Reopening.ticket_id == ticket.id)
        .order_by(Reopening.id)
    )
    gaps = tuple((row.resolved_at, row.reopened_at) for row in rows)
    return Settlement(ticket.settled_at, ticket.resolved_at, gaps, ticket.reply_count)


def recount(session: Session, ticket: Ticket) -> Settlement:
    """Return the same from the event log and the messages alone."""
    replies = session.scalar(
        select(func.count()).where(
            Message.ticket_id == ticket.id,
            Message.direction == "out",
            Message.automatic.is_(False),
        )
    )
    events = session.execute(
        select(Event.at, Event.data)
        .where(Event.ticket_id == ticket.id, Event.kind == "ticket.status")
        .order_by(Event.id)
    )
    steps = ((row.at, str(row.data.get("to"))) for row in events)
    return folded(steps, replies=replies or 0)


def folded(steps: Iterable[tuple[datetime, str]], *, replies: int = 0) -> Settlement:
    """Return what changes of status, each with its instant, come to."""
    settled = resolved = None
    gaps = []
    for at, status in steps:
        if status in OVER:
            resolved, settled = resolved or at, settled or at
        elif status in ACTIVE and resolved is not None:
            gaps.append((resolved, at))
            resolved = None
    return Settlement(settled, resolved, tuple(gaps), replies)


def differences(session: Session) -> Iterator[tuple[int, Settlement, Settlement]]:
    """Yield each ticket whose kept facts differ from its log: number, kept, recounted."""
    for number in session.scalars(select(Ticket.id).order_by(Ticket.id)).all():
        ticket = session.get_one(Ticket, number)
        found, told = kept(session, ticket), recount(session, ticket)
        if found != told:
            yield number, found, told
        session.expunge(ticket)
