"""A ticket as it is read: messages of all channels and events in one line of time.

What was said on tickets that were merged into it is read where it was said in that line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from helpdesk.models import Event, Message, Ticket
from helpdesk.services.access import Viewer, visible_messages
from helpdesk.services.desk.merged import readable_on

# A page shows the newest messages; a quarrel of years is one click away.
PAGE = 60
MOST_EVENTS = 300
OPEN_STATES = ("open", "waiting")


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, or one event or several in a row between two messages."""

    at: datetime
    message: Message | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Entries oldest first; ``earlier`` continues to the messages before, if there are any."""

    entries: Sequence[Entry]
    earlier: int | None


def read(
    session: Session,
    viewer: Viewer,
    ticket: Ticket,
    *,
    before: int | None = None,
    silent: frozenset[str] = frozenset(),
) -> Conversation:
    """Return the newest messages (older than ``before``) and the events among them.

    ``silent`` are kinds of events that say nothing a reader needs; others than
    staff see no events at all.
    """
    found = _messages(session, viewer, ticket, before)
    more = len(found) > PAGE
    messages = found[:PAGE][::-1]
    events: Sequence[Event] = ()
    if viewer.is_staff:
        since = messages[0].at if more else None
        until = messages[-1].at if before is not None and messages else None
        events = _events(session, ticket, since, until, silent)
    return Conversation(_merged(messages, events), messages[0].id if more else None)


def open_tickets_of_center(session: Session, center_id: int, *, cap: int) -> int:
    """Count a center's unresolved tickets, no further than one beyond the cap."""
    rows = (
        select(Ticket.id)
        .where(Ticket.center_id == center_id, Ticket.status.in_(OPEN_STATES))
        .limit(cap + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(rows)) or 0


def others_of_requester(session: Session, ticket: Ticket, *, limit: int = 5) -> Sequence[Ticket]:
    """Return the requester's latest other tickets."""
    return session.scalars(
        select(Ticket)
        .where(Ticket.requester_id == ticket.requester_id, Ticket.id != ticket.id)
        .order_by(Ticket.id.desc())
        .limit(limit)
    ).all()


def _messages(
    session: Session, viewer: Viewer, ticket: Ticket, before: int | None
) -> Sequence[Message]:
    statement = (
        select(Message)
        .where(readable_on(session, viewer, ticket), visible_messages(viewer))
        .options(selectinload(Message.attachments))
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(PAGE + 1)
    )
    edge = (
        session.scalar(
            select(Message).where(Message.id == before, readable_on(session, viewer, ticket))
        )
        if before is not None
        else None
    )
    if edge is not None:
        older = (Message.at < edge.at) | ((Message.at == edge.at) & (Message.id < edge.id))
        statement = statement.where(older)
    return session.scalars(statement).all()


def _events(
    session: Session,
    ticket: Ticket,
    since: datetime | None,
    until: datetime | None,
    silent: frozenset[str],
) -> Sequence[Event]:
    statement = select(Event).where(Event.ticket_id == ticket.id, Event.kind.not_in(silent))
    if since is not None:
        statement = statement.where(Event.at >= since)
    if until is not None:
        statement = statement.where(Event.at <= until)
    newest = statement.order_by(Event.id.desc()).limit(MOST_EVENTS)
    newest = newest.options(selectinload(Event.target))
    return session.scalars(newest).all()


def _merged(messages: Sequence[Message], events: Sequence[Event]) -> list[Entry]:
    """Put both in the order of time; events that follow each other become one entry."""
    rows: list[tuple[datetime, int, int, Message | Event]] = [
        *((event.at, 0, event.id, event) for event in events),
        *((message.at, 1, message.id, message) for message in messages),
    ]
    entries: list[Entry] = []
    for at, _kind, _number, what in sorted(rows, key=lambda row: row[:3]):
        if isinstance(what, Message):
            entries.append(Entry(at, message=what))
        elif entries and entries[-1].events:
            entries[-1] = Entry(at, events=(*entries[-1].events, what))
        else:
            entries.append(Entry(at, events=(what,)))
    return entries
