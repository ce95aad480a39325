"""The automatic answer that says when a person will: never to a machine, never in a loop."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Handle, IncomingMessage
from helpdesk.errors import TooMany
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Message, Person, Target, Ticket
from helpdesk.presentation.dates import stamp
from helpdesk.runtime import current_config
from helpdesk.services.database import memory, waiting_rows
from helpdesk.services.database.throttling import throttle
from helpdesk.services.desk import tickets
from helpdesk.services.hours import calendars
from helpdesk.services.identity import people
from helpdesk.services.sending import outgoing
from sla.metrics import FIRST_REPLY

# A mailbox connected for the first time may hold years of old mail.
TOO_OLD = timedelta(days=1)
CAP_WINDOW = timedelta(days=1)
SENT = "acknowledgements sent"


def acknowledge(
    session: Session, ticket: Ticket, incoming: IncomingMessage, author: Person, *, now: datetime
) -> Message | None:
    """Queue the acknowledgement of a new ticket with the promised time; None if none is due.

    None goes out to a machine, to an address that bounced, to who had enough of
    them today (BEHAVIOURS 22), or for a mail from long ago.
    """
    if incoming.channel == "hotline":
        return None  # whoever hung up wrote nothing that could have been received
    to = _mail_address(incoming, author)
    if to is None or incoming.auto is not None or now - incoming.happened_at > TOO_OLD:
        return None
    if not outgoing.can_write_to(session, to):
        return None
    reader = people.find_person(session, Handle("email", to))
    readers = [author] if reader is None or reader is author else [author, reader]
    if _muted(reader, to) or _had_enough(session, readers, now):
        return None
    if incoming.reply_to and to != incoming.author.value and _got_enough(session, to, now):
        return None
    with speaking(author.locale or people.guess_locale(incoming.text)):
        message = waiting_rows.make(
            session,
            Message,
            direction="out",
            channel="email",
            automatic=True,
            author_address="",
            author_name=current_config().office_name,
            at=now,
            subject=ticket.subject,
            text=text_for(session, ticket, now=now),
            recipients=[to],
            cc=[],
            delivery="queued",
        )
    tickets.add_message(session, ticket, message, (), now)
    outgoing.queue_message(
        session,
        ticket,
        message,
        kind="acknowledgement",
        now=now,
        automatic=True,
        thread=_thread(incoming),
    )
    for known in readers:
        memory.note(session, SENT, known.id, sent_today(session, readers, now)[known.id] + 1)
    return message


def sent_today(session: Session, readers: Iterable[Person], now: datetime) -> dict[int, int]:
    """Count the acknowledgements on each person's new tickets, by the person's id."""

    def find(new: Collection[int]) -> dict[int, int]:
        met_before = known_ids.intersection(new)
        if not met_before:
            return {}
        # by the index on requester and number
        rows = session.execute(
            select(Ticket.requester_id, func.count())
            .join(Message, Message.ticket_id == Ticket.id)
            .where(
                Ticket.requester_id.in_(met_before),
                Ticket.created_at > now - CAP_WINDOW,
                Message.automatic,
                Message.direction == "out",
            )
            .group_by(Ticket.requester_id)
        )
        return {row[0]: row[1] for row in rows}

    ids = {person.id: person for person in readers}
    known_ids = {number for number, person in ids.items() if not waiting_rows.waits(person)}
    known = memory.each(session, SENT, ids, find)
    return {person: count or 0 for person, count in known.items()}


def text_for(session: Session, ticket: Ticket, *, now: datetime) -> str:
    """Return the words of the acknowledgement, in the language that is spoken now."""
    target = next((t for t in ticket.targets if t.metric == FIRST_REPLY and t.due_at), None)
    lines = [
        gettext("Hello,"),
        "",
        gettext(
            "we have received your message. Its number is #%(number)s: %(subject)s",
            number=ticket.id,
            subject=ticket.subject,
        ),
        _promise(session, target, now) if target else gettext("We will reply as soon as we can."),
        "",
        gettext("To add something, simply answer this mail."),
        "",
        current_config().office_name,
    ]
    return "\n".join(lines)


def _promise(session: Session, target: Target, now: datetime) -> str:
    assert target.due_at is not None
    if target.due_at <= now:
        return gettext("We will reply as soon as we can.")
    calendar = calendars.calendar_at(session, target.calendar_version_id)
    return gettext(
        "We will reply to you by %(when)s.", when=stamp(target.due_at, now=now, zone=calendar.zone)
    )


def _mail_address(incoming: IncomingMessage, author: Person) -> str | None:
    if incoming.reply_to:
        return incoming.reply_to[0].value
    if incoming.author.kind == "email":
        return incoming.author.value or None
    return author.email


def _thread(incoming: IncomingMessage) -> list[str]:
    """Name what is answered; what stands for a Message-ID elsewhere names nothing."""
    named = incoming.channel == "email" and incoming.identity.startswith("<")
    return [incoming.identity] if named else []


def _muted(reader: Person | None, address: str) -> bool:
    addresses = reader.addresses if reader is not None else ()
    return any(a.value == address and a.muted_at is not None for a in addresses)


def _got_enough(session: Session, address: str, now: datetime) -> bool:
    """Count what goes to an address that others name as theirs for answers.

    Many senders could let the desk write to somebody who never wrote to it.
    """
    most = current_config().acknowledgements_per_sender_per_day
    try:
        throttle(session, f"acknowledged {address}", limit=most, window=CAP_WINDOW, now=now)
    except TooMany:
        return True
    return False


def _had_enough(session: Session, readers: Iterable[Person], now: datetime) -> bool:
    most = current_config().acknowledgements_per_sender_per_day
    return any(sent >= most for sent in sent_today(session, readers, now).values())
