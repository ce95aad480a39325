"""Which ticket a message belongs to (BEHAVIOURS 19, 20).

Earlier messages it names come first: only who was sent them knows their
identities. Then a ticket number in the subject, which anybody can guess, so the
sender must already belong to the ticket. Then the signed marker in the body.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.thread import body_markers, normalise_subject, ticket_tokens, without_tokens
from channels.message import IncomingMessage
from helpdesk.models import Message, Participant, Person, Ticket
from helpdesk.runtime import current_config
from helpdesk.services.database import memory
from helpdesk.services.desk import merged
from helpdesk.services.hotline import callbacks
from helpdesk.services.microblog import post_threads

MARKER_SALT = "ticket-marker"
MOST_KEYS = 50
SAID = "said"
LARGEST_NUMBER = 2**31 - 1


def find_ticket(session: Session, message: IncomingMessage, author: Person | None) -> Ticket | None:
    """Return the ticket that the message continues; None when it begins one."""
    if message.ticket is not None:
        return _after_merging(session, session.get(Ticket, message.ticket))
    if message.channel == "hotline":
        return callbacks.ticket_of(session, message.author.value)
    if message.channel == "microblog":
        return post_threads.ticket_of(session, message)
    if message.channel in ("web", "onsite"):
        return None  # anybody can write another's address into a form, and a number with it
    found = (
        _by_identity(session, keys_of(message))
        or _by_token(session, message, author)
        or _by_marker(session, message.text)
    )
    return _after_merging(session, found)


def marker(number: int) -> str:
    """Return the signed marker that the desk's mails carry at their end."""
    return f"[ref:{number}.{_signature(str(number))}]"


def subject_token(number: int) -> str:
    """Return the token that subjects carry: ``[#1042]``, or ``[MIEC #1042]`` with a prefix."""
    return f"[{_token_prefix()}{number}]"


def keys_of(message: IncomingMessage) -> tuple[str, ...]:
    """Return the identities that a message answers, nearest first, no more than make sense."""
    return tuple(message.thread_keys)[:MOST_KEYS]


def count_new(session: Session, messages: Sequence[IncomingMessage]) -> int:
    """Count the messages that will begin a ticket, as far as can be told beforehand."""
    here = {message.identity for message in messages}
    said = tickets_named(session, {key for message in messages for key in keys_of(message)})
    known = here | {key for key, ticket in said.items() if ticket is not None}
    return callbacks.count_new(session, messages) + sum(
        message.ticket is None
        and message.channel not in ("hotline", "microblog")  # known by other keys
        and message.auto is None
        and known.isdisjoint(keys_of(message))
        and not tokens_in(message.subject, message.text)
        for message in messages
    )


def continued(session: Session, messages: Sequence[IncomingMessage]) -> set[Ticket]:
    """Return the tickets that messages name by what was said there, as they go on now."""
    said = tickets_named(session, {key for message in messages for key in keys_of(message)})
    return {merged.current(session, ticket) for ticket in said.values() if ticket is not None}


def plain_subject(subject: str) -> str:
    """Return a subject for a new ticket: without reply prefixes and tokens of other tickets."""
    plain = without_tokens(normalise_subject(subject), _token_prefix())
    return normalise_subject(plain) or subject


def tokens_in(subject: str, text: str) -> list[int]:
    """Return the ticket numbers that tokens in a mail name, likeliest first."""
    found = ticket_tokens(subject, text, prefix=_token_prefix())
    return [number for number in found if number <= LARGEST_NUMBER]


def belongs(session: Session, ticket: Ticket, person: Person) -> bool:
    """Say whether a person is the requester, of the center, in copy, or has written there."""
    if ticket.requester_id == person.id:
        return True
    if ticket.center_id is not None and ticket.center_id == person.center_id:
        return True
    if session.get(Participant, (ticket.id, person.id)) is not None:
        return True
    wrote = select(Message.id).where(Message.ticket_id == ticket.id, Message.person_id == person.id)
    return session.scalar(wrote.limit(1)) is not None


def _by_identity(session: Session, keys: Iterable[str]) -> Ticket | None:
    wanted = list(keys)
    known = tickets_named(session, wanted)
    return next((ticket for key in wanted if (ticket := known[key]) is not None), None)


def tickets_named(session: Session, identities: Collection[str]) -> dict[str, Ticket | None]:
    """Return the ticket on which each identity was said; the first one of several."""

    def find(new: Collection[str]) -> dict[str, Ticket]:
        rows = session.execute(
            select(Message.identity, Ticket)
            .join(Message.ticket)
            .where(Message.identity.in_(new))
            .order_by(Message.id.desc())  # of the same key the last one stays
        )
        return {identity: ticket for identity, ticket in rows if identity is not None}

    return memory.each(session, SAID, identities, find)


def _by_token(session: Session, message: IncomingMessage, author: Person | None) -> Ticket | None:
    if author is None:
        return None
    numbers = tokens_in(message.subject, message.text)
    if numbers:
        session.flush()  # who belongs to a ticket is asked of the database
    for number in numbers:
        ticket = session.get(Ticket, number)
        if ticket is not None and belongs(session, ticket, author):
            return ticket
    return None


def _by_marker(session: Session, text: str) -> Ticket | None:
    for found in body_markers(text):
        number, _, signature = found.partition(".")
        genuine = hmac.compare_digest(_signature(number), signature)
        if genuine and (ticket := session.get(Ticket, int(number))) is not None:
            return ticket
    return None


def _after_merging(session: Session, ticket: Ticket | None) -> Ticket | None:
    """Follow a merge to where the matter is worked on now."""
    return merged.current(session, ticket) if ticket is not None else None


def _token_prefix() -> str:
    return f"{current_config().token_prefix} #".strip()


def _signature(number: str) -> str:
    # Mail programs may change the case of a text; hexadecimal survives that.
    key = current_config().secret_key.encode()
    return hmac.digest(key, f"{MARKER_SALT}:{number}".encode(), "sha256").hex()[:20]
