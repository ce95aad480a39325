"""What an understood message does to the desk: which ticket, which clocks, which answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Bounce, IncomingMessage
from helpdesk import row_ids
from helpdesk.models import (
    ChannelAccount,
    Inbound,
    Message,
    Outbox,
    Participant,
    Person,
    Ticket,
)
from helpdesk.services.access import Actor
from helpdesk.services.arrivals import bounces, threads
from helpdesk.services.database import memory, waiting_rows
from helpdesk.services.database.among import among
from helpdesk.services.database.events import record
from helpdesk.services.desk import merged, notices, tickets
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.hotline import callbacks
from helpdesk.services.identity import people
from helpdesk.services.microblog import post_threads
from helpdesk.services.onsite import visit_requests
from helpdesk.services.promises import clock_log
from helpdesk.services.sending import acknowledgements, outgoing

MOST_PARTICIPANTS = 50
ACCEPTED = "accepted"
FROM_PEOPLE = (None, "list")
"""Through a list, such as a group's own address, people write as well: no machine answers
them, but on a ticket somebody waits for the office."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it reaches the desk: from which account, with which stored files, when.

    ``by_hand``: a person looked at it and wants it on a ticket.
    """

    account_id: int
    inbound_id: int
    message: IncomingMessage
    files: Sequence[StoredFile]
    now: datetime
    by_hand: bool = False

    @property
    def key(self) -> tuple[int, str]:
        """What makes a second copy in the same account a duplicate."""
        return self.account_id, self.message.identity


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message."""

    status: Literal["created", "appended", "duplicate", "suppressed"]
    ticket: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Accepted:
    inbound_id: int
    ticket: int | None


def receive(session: Session, arrival: Arrival) -> Received:
    """Bring one message to its ticket, in the caller's transaction.

    A duplicate of this account's earlier message, our own mail coming back and a
    machine's answer to nothing are not let in; their raw copy stays.
    """
    twin = _accepted(session, [arrival])[arrival.key]
    if twin is not None and twin.inbound_id != arrival.inbound_id:
        return Received("duplicate", twin.ticket, "the same message arrived before")
    received = _receive(session, arrival)
    memory.note(session, ACCEPTED, arrival.key, _Accepted(arrival.inbound_id, received.ticket))
    return received


def foresee(session: Session, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Ask at once what receiving a batch of arrivals is going to ask."""
    messages = [arrival.message for arrival in arrivals]
    known_before = _accepted(session, arrivals)
    _sent_by_us(session, [message.identity for message in messages])
    writers = [m.author for m in messages] + [m.reply_to[0] for m in messages if m.reply_to]
    known = people.foresee(session, writers)
    new = [arrival.message for arrival in arrivals if known_before[arrival.key] is None]
    row_ids.reserve(session, Ticket, threads.count_new(session, new))
    clock_log.hold_all(session, threads.continued(session, new))
    acknowledgements.sent_today(session, known, now)


def _receive(session: Session, arrival: Arrival) -> Received:
    message = arrival.message
    if not arrival.by_hand and _is_ours(session, message):
        return Received("suppressed", None, "one of the desk's own messages came back")
    if message.bounce is not None:
        return _bounced(session, arrival, message.bounce)
    author = people.find_person(session, message.author)
    ticket = threads.find_ticket(session, message, author)
    if ticket is None and message.auto == "auto-reply" and not arrival.by_hand:
        return Received("suppressed", None, "an automatic reply that belongs to no ticket")
    if author is None or (message.author.name and not author.name):
        author = people.person_for(
            session,
            message.author,
            now=arrival.now,
            locale=people.guess_locale(message.reply_text),
        )
    if ticket is None:
        return _created(session, arrival, author)
    return _appended(session, arrival, author, ticket)


def _created(session: Session, arrival: Arrival, author: Person) -> Received:
    message, now = arrival.message, arrival.now
    ticket = tickets.open_ticket(
        session,
        subject=threads.plain_subject(message.subject),
        channel=message.channel,
        requester=author,
        started_at=message.happened_at,
        now=now,
        by=_actor(author),
        account=_account(session, arrival.account_id),
        topic=message.topic,
        request_type=message.request_type,
        text=message.reply_text,
    )
    _keep_message(session, ticket, arrival, author)
    _keep_copies(session, ticket, message, now)
    if message.channel == "hotline":
        callbacks.missed(session, ticket, message, arrival.account_id, opened=True, now=now)
    visit_requests.received(session, ticket, message, _actor(author), now=now)
    acknowledgements.acknowledge(session, ticket, message, author, now=now)
    return Received("created", ticket.id)


def _account(session: Session, account_id: int) -> ChannelAccount:
    def find() -> ChannelAccount:
        return session.get_one(ChannelAccount, account_id)

    return memory.once(session, ("account", account_id), find)


def _appended(session: Session, arrival: Arrival, author: Person, ticket: Ticket) -> Received:
    kept = _keep_message(session, ticket, arrival, author)
    if arrival.message.auto in FROM_PEOPLE and ticket.status != "spam":
        _keep_copies(session, ticket, arrival.message, arrival.now)
        happened_at = arrival.message.happened_at
        tickets.reopen_for_answer(
            session, ticket, at=happened_at, now=arrival.now, by=_actor(author)
        )
        if arrival.message.channel == "hotline":
            callbacks.missed(
                session,
                ticket,
                arrival.message,
                arrival.account_id,
                opened=False,
                now=arrival.now,
            )
        visit_requests.received(session, ticket, arrival.message, _actor(author), now=arrival.now)
        notices.answered(session, ticket, kept, now=arrival.now)
    return Received("appended", ticket.id)


def _bounced(session: Session, arrival: Arrival, bounce: Bounce) -> Received:
    """A delivery report belongs to the mail it speaks of (BEHAVIOURS 23)."""
    message = arrival.message
    ours = bounces.original(session, arrival.message)
    if ours is None and arrival.by_hand:
        author = people.person_for(session, message.author, now=arrival.now)
        return _created(session, arrival, author)
    if ours is None:
        return Received("suppressed", None, "a delivery report about no mail of ours")
    # Anybody can make up a report; one about a mail of ours knows what only its way saw.
    bounces.mute(session, ours, bounce, now=arrival.now)
    bounces.apply(session, ours, bounce, now=arrival.now)
    _keep_message(session, ours.ticket, arrival, None)
    # it stays beside that mail; of a merged ticket the matter goes on in another one
    return Received("appended", merged.current(session, ours.ticket).id)


def _keep_message(
    session: Session, ticket: Ticket, arrival: Arrival, author: Person | None
) -> Message:
    message = arrival.message
    kept = waiting_rows.make(
        session,
        Message,
        direction="in",
        channel=message.channel,
        automatic=message.auto in ("auto-reply", "bounce"),
        person_id=author.id if author else None,
        author_name=_name(message, author)[:200],
        author_address=message.author.value[:320],
        reply_to=message.reply_to[0].value[:320] if message.reply_to else None,
        at=message.happened_at,
        subject=message.subject[:500],
        text=message.reply_text,
        full_text=message.text if message.text != message.reply_text else None,
        html=message.html,
        identity=message.identity[:998],
        in_reply_to=message.in_reply_to[:998] if message.in_reply_to else None,
        recipients=[handle.value for handle in message.to][:MOST_PARTICIPANTS],
        cc=[handle.value for handle in message.cc][:MOST_PARTICIPANTS],
        delivery="none",
        inbound_id=arrival.inbound_id,
    )
    tickets.add_message(session, ticket, kept, arrival.files, arrival.now)
    memory.note(session, threads.SAID, kept.identity, ticket)
    if message.channel == "microblog":
        post_threads.remember(session, ticket, post_threads.keys_of(message))
    record(
        session,
        "message.received",
        at=message.happened_at,
        now=arrival.now,
        by=_actor(author) if author else Actor(kept.author_name),
        ticket=ticket,
        data={"message": kept.id, "channel": message.channel},
    )
    return kept


def _name(message: IncomingMessage, author: Person | None) -> str:
    """Return the writer's name; a private message on a microblog brings only a number."""
    if not message.author.name and author is not None and message.channel == "microblog":
        return author.display_name
    return message.author.name or message.author.value


def _keep_copies(session: Session, ticket: Ticket, message: IncomingMessage, now: datetime) -> None:
    """Whoever was in copy belongs to the ticket and may answer on it."""
    if message.channel != "email":
        return
    ours = outgoing.own_addresses(session)
    for handle in (*message.to, *message.cc)[:MOST_PARTICIPANTS]:
        if handle.value in ours or handle.value == message.author.value:
            continue
        person = people.person_for(session, handle, now=now)
        if person.id == ticket.requester_id:
            continue
        if session.get(Participant, (ticket.id, person.id)) is None:
            session.add(Participant(ticket_id=ticket.id, person_id=person.id))
            session.flush()


def _accepted(
    session: Session, arrivals: Iterable[Arrival]
) -> dict[tuple[int, str], _Accepted | None]:
    """Return which of the arrivals' messages were accepted before, by account and identity."""

    def find(new: Collection[tuple[int, str]]) -> dict[tuple[int, str], _Accepted]:
        rows = session.execute(
            select(Inbound.id, Inbound.account_id, Inbound.identity, Inbound.ticket_id).where(
                Inbound.account_id.in_({account for account, _ in new}),
                among(session, Inbound.identity, {identity for _, identity in new}),
            )
        )
        return {
            (row.account_id, row.identity or ""): _Accepted(row.id, row.ticket_id) for row in rows
        }

    return memory.each(session, ACCEPTED, {arrival.key for arrival in arrivals}, find)


def _is_ours(session: Session, message: IncomingMessage) -> bool:
    """Tell the desk's own mail: by its Message-ID, or sent from one of its mailboxes."""
    if message.auto == "own":
        return True
    if message.channel != "email":
        return False
    if message.author.value in outgoing.own_addresses(session):
        return True
    return bool(_sent_by_us(session, [message.identity])[message.identity])


def _sent_by_us(session: Session, identities: Iterable[str]) -> dict[str, bool | None]:
    def find(new: Collection[str]) -> dict[str, bool]:
        ours = session.scalars(select(Outbox.identity).where(among(session, Outbox.identity, new)))
        return dict.fromkeys(ours, True)

    return memory.each(session, "sent by us", set(identities), find)


def _actor(person: Person) -> Actor:
    return Actor(person.display_name, person_id=person.id)
