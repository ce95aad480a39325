"""The automatic answer that says when a person will: never to a machine, never in a loop."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import IncomingMessage
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Address, Message, Person, Target, Ticket
from helpdesk.presentation.dates import stamp
from helpdesk.runtime import current_config
from helpdesk.services import calendars, outgoing, people, tickets
from helpdesk.services.policies import FIRST_REPLY

# A mailbox connected for the first time may hold years of old mail.
TOO_OLD = timedelta(days=1)
CAP_WINDOW = timedelta(days=1)


def acknowledge(
    session: Session, ticket: Ticket, incoming: IncomingMessage, author: Person, *, now: datetime
) -> Message | None:
    """Queue the acknowledgement of a new ticket with the promised time; None if none is due.

    None goes out to a machine, to an address that bounced, to who had enough of
    them today (BEHAVIOURS 22), or for a mail from long ago.
    """
    to = _mail_address(incoming, author)
    if to is None or incoming.auto is not None or now - incoming.happened_at > TOO_OLD:
        return None
    if not outgoing.can_write_to(session, to):
        return None
    if _muted(session, to) or _had_enough(session, to, now):
        return None
    with speaking(author.locale or people.guess_locale(incoming.text)):
        message = Message(
            direction="out",
            channel="email",
            automatic=True,
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
        session, ticket, message, kind="acknowledgement", now=now, automatic=True
    )
    return message


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


def _muted(session: Session, address: str) -> bool:
    muted = select(Address.muted_at).where(Address.kind == "email", Address.value == address)
    return session.scalar(muted) is not None


def _had_enough(session: Session, address: str, now: datetime) -> bool:
    # counted over the person's tickets: the index on requester and number bounds the look
    sent = session.scalar(
        select(func.count())
        .select_from(Message)
        .join(Ticket, Message.ticket_id == Ticket.id)
        .join(Address, Address.person_id == Ticket.requester_id)
        .where(
            Address.kind == "email",
            Address.value == address,
            Ticket.created_at > now - CAP_WINDOW,
            Message.automatic,
            Message.direction == "out",
        )
    )
    return (sent or 0) >= current_config().acknowledgements_per_sender_per_day
