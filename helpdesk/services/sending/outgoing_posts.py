"""Outgoing posts: written down first, then left to the outbox like mail.

A long answer is one row whose parts leave one after the other: ``done`` are the
identities of those that the network has taken, so that a crash repeats none of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Receipt
from channels.microblog.outgoing import OutgoingPost
from helpdesk.models import ChannelAccount, Message, Outbox, Ticket
from helpdesk.services.database import waiting_rows
from helpdesk.services.microblog import post_threads

Json = dict[str, Any]


def is_post(stored: Json) -> bool:
    """Say whether a row of the outbox is a post, not a mail."""
    return "post" in stored


def compose_stored(stored: Json) -> bytes:
    """Return what the sender takes: the next part that has not left."""
    post = stored["post"]
    return OutgoingPost(post["parts"][len(post["done"])], post["answers"]).to_bytes()


def queue_reply(
    session: Session,
    ticket: Ticket,
    message: Message,
    account: ChannelAccount,
    parts: Sequence[str],
    *,
    now: datetime,
) -> Outbox:
    """Put a ticket's reply into the outbox; it answers what the message says it does."""
    identity = f"post:{secrets.token_hex(12)}"
    message.delivery = "queued"
    return _enqueue(
        session,
        Outbox(
            kind="reply",
            account_id=account.id,
            ticket_id=ticket.id,
            message_id=message.id,
            identity=identity,
            recipients=list(message.recipients),
            subject=ticket.subject[:500],
            mail=_stored(parts, message.in_reply_to),
        ),
        account,
        now,
    )


def queue_once(
    session: Session, account: ChannelAccount, text: str, *, occasion: str, now: datetime
) -> Outbox | None:
    """Put a post of the desk itself into the outbox; None when this occasion had its own."""
    identity = f"notice:{account.id}:{occasion}"[:255]
    session.flush()
    if session.scalar(select(Outbox.id).where(Outbox.identity == identity)) is not None:
        return None
    row = Outbox(
        kind="notice",
        account_id=account.id,
        identity=identity,
        recipients=[],
        subject=text[:500],
        mail=_stored([text], None),
    )
    return _enqueue(session, row, account, now)


def arrived(session: Session, outbox: Outbox, receipt: Receipt, *, now: datetime) -> bool:
    """Note that the network took a part; True while others have to follow.

    What answers the part comes to the same ticket from now on.
    """
    post = outbox.mail["post"]
    done = [*post["done"], receipt.identity]
    outbox.mail = {"post": {**post, "done": done}}
    if outbox.ticket is not None and receipt.identity:
        post_threads.remember(session, outbox.ticket, [receipt.identity])
    if outbox.message is not None and receipt.identity:
        outbox.message.identity = receipt.identity
    if len(done) == len(post["parts"]):
        return False
    outbox.state, outbox.attempts, outbox.next_try_at = "queued", 0, now
    outbox.last_error = outbox.error_code = None
    return True


def release(session: Session, account: ChannelAccount, *, now: datetime) -> None:
    """Let what waits for an account leave at once: somebody mended it."""
    waiting = select(Outbox).where(Outbox.account_id == account.id, Outbox.state == "queued")
    for row in session.scalars(waiting):
        row.next_try_at = min(row.next_try_at, now)


def _stored(parts: Sequence[str], answers: str | None) -> Json:
    return {"post": {"parts": list(parts), "done": [], "answers": answers}}


def _enqueue(session: Session, row: Outbox, account: ChannelAccount, now: datetime) -> Outbox:
    row.sender = account.address or account.name
    row.state, row.attempts = "queued", 0
    row.next_try_at = row.created_at = now
    waiting_rows.add(session, row)
    return row
