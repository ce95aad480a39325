"""Outgoing mail: written down first, then left to the outbox (BEHAVIOURS 30)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.compose import Mail, Mailbox, new_message_id
from channels.email.compose_headers import address_field
from helpdesk.models import AttachmentRecord, ChannelAccount, Message, Outbox, Ticket
from helpdesk.runtime import current_config
from helpdesk.services.arrivals import threads
from helpdesk.services.database import memory, waiting_rows
from helpdesk.services.database.rows import AnyTarget, AnyTicket
from helpdesk.services.sending import outgoing_mail

REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Sender:
    """The mailbox that a mail leaves from; without one it waits until there is one."""

    account_id: int | None
    address: str
    name: str


def sender_for(session: Session, account_id: int | None) -> Sender:
    """Return the ticket's own mailbox, else the default one."""
    accounts = [row for row in _mailboxes(session) if row.state != "retired" and row.address]
    own = next((account for account in accounts if account.id == account_id), None)
    chosen = own or next((account for account in accounts if account.is_default), None)
    chosen = chosen or (accounts[0] if accounts else None)
    office = current_config().office_name
    if chosen is None:
        return Sender(None, f"helpdesk@{current_config().mail_domain}", office)
    return Sender(chosen.id, chosen.address, chosen.settings.get("from_name") or office)


def queue_message(
    session: Session,
    ticket: Ticket,
    message: Message,
    *,
    kind: str,
    now: datetime,
    automatic: bool = False,
    thread: Sequence[str] | None = None,
    below: str = "",
) -> Outbox:
    """Put the mail that a ticket's message makes into the outbox.

    Sets the message's identity, which every try keeps and answers will name.
    ``thread`` are the identities that it answers, where the caller knows them; ``below``
    is what the mail alone says under the message.
    """
    sender = sender_for(session, ticket.account_id)
    identity = new_message_id(_domain(sender.address), ticket=ticket.id)
    earlier = _references(session, ticket) if thread is None else thread
    mail = Mail(
        message_id=identity,
        date=now,
        sender=Mailbox(sender.address, sender.name),
        to=tuple(Mailbox(address) for address in message.recipients),
        cc=tuple(Mailbox(address) for address in message.cc),
        subject=f"Re: {ticket.subject} {threads.subject_token(ticket.id)}",
        text="\n\n".join(filter(None, (message.text, below, threads.marker(ticket.id)))) + "\n",
        in_reply_to=earlier[-1] if earlier else None,
        references=tuple(earlier),
        auto_submitted="auto-replied" if automatic else None,
        extra={"X-Helpdesk-Ticket": str(ticket.id)},
    )
    message.identity = identity
    message.in_reply_to = mail.in_reply_to
    message.delivery = "queued"
    return _enqueue(session, mail, sender, kind=kind, now=now, ticket=ticket, message=message)


def queue_notice(
    session: Session,
    to: str,
    *,
    subject: str,
    text: str,
    kind: str,
    now: datetime,
    ticket: AnyTicket | None = None,
    identity: str | None = None,
    not_before: datetime | None = None,
    target: AnyTarget | None = None,
    html: str | None = None,
    files: Sequence[AttachmentRecord] = (),
) -> Outbox | None:
    """Put a mail from the desk itself (a warning, a password link) into the outbox.

    ``files`` lie in the storage already and belong to no message. With an ``identity``
    of its own it is sent once however often it is asked for; ``not_before`` is when it
    may leave at the earliest. It leaves only while the ``target`` that it speaks of is
    owed (BEHAVIOURS 15).
    """
    sender = sender_for(session, None)
    if identity is not None and queued_before(session, [identity]):
        return None
    identity = identity or new_message_id(_domain(sender.address))
    mail = Mail(
        message_id=identity,
        date=now,
        sender=Mailbox(sender.address, current_config().site_name),
        to=(Mailbox(to),),
        subject=subject,
        text=text,
        html=html,
        auto_submitted="auto-generated",
    )
    row = _enqueue(
        session, mail, sender, kind=kind, now=now, ticket=ticket, message=None, files=files
    )
    row.target_id = target.id if target else None
    if not_before is not None and not_before > now:
        row.next_try_at = not_before
    return row


def queued_before(session: Session, identities: Collection[str]) -> set[str]:
    """Return which of these mails were put into the outbox already."""

    def find(new: Collection[str]) -> dict[str, bool]:
        if memory.current(session) is None:
            session.flush()
        rows = session.scalars(select(Outbox.identity).where(Outbox.identity.in_(new)))
        return dict.fromkeys(rows, True)

    found = memory.each(session, "queued before", identities, find)
    return {identity for identity, known in found.items() if known}


def notice_identity(session: Session, occasion: str, to: str) -> str:
    """Return the one Message-ID that a notice of this occasion to this address ever has."""
    reader = sha256(to.encode()).hexdigest()[:16]
    return f"<{occasion}.{reader}@{_domain(sender_for(session, None).address)}>"


def can_write_to(session: Session, address: str) -> bool:
    """Say whether mail can go to an address: well formed, and none of the desk's own."""
    try:
        address_field("To", [("", address)])
    except ValueError:
        return False
    return address.lower() not in own_addresses(session)


def own_addresses(session: Session) -> set[str]:
    """Return the addresses of the desk's mailboxes, the retired ones too."""

    def find() -> set[str]:
        return {row.address.lower() for row in _mailboxes(session) if row.address}

    return memory.once(session, "own addresses", find)


def _mailboxes(session: Session) -> Sequence[ChannelAccount]:
    def find() -> Sequence[ChannelAccount]:
        query = select(ChannelAccount).where(ChannelAccount.channel == "email")
        return session.scalars(query.order_by(ChannelAccount.id)).all()

    return memory.once(session, "mailboxes", find)


def _enqueue(
    session: Session,
    mail: Mail,
    sender: Sender,
    *,
    kind: str,
    now: datetime,
    ticket: AnyTicket | None,
    message: Message | None,
    files: Sequence[AttachmentRecord] = (),
) -> Outbox:
    row = waiting_rows.make(
        session,
        Outbox,
        kind=kind,
        account_id=sender.account_id,
        ticket_id=ticket.id if ticket else None,
        message_id=message.id if message else None,
        identity=mail.message_id,
        sender=sender.address,
        recipients=[mailbox.address for mailbox in (*mail.to, *mail.cc)],
        subject=mail.subject[:500],
        mail=outgoing_mail.to_json(mail, message.attachments if message else files),
        state="queued",
        attempts=0,
        next_try_at=now,
        created_at=now,
    )
    waiting_rows.add(session, row)
    return row


def _references(session: Session, ticket: Ticket) -> Sequence[str]:
    """Return the identities of the ticket's mails, oldest first, so that threads hold."""
    rows = session.scalars(
        select(Message.identity)
        .where(
            Message.ticket_id == ticket.id,
            Message.channel == "email",
            Message.identity.like("<%>"),
            Message.direction != "note",
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(REFERENCES)
    ).all()
    return [identity for identity in reversed(rows) if identity]


def _domain(address: str) -> str:
    return address.rpartition("@")[2] or current_config().mail_domain
