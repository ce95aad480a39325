"""Replies that leave through their ticket's own channel, where it has a way out of its own.

Mail and posts have more to say (``outgoing``, ``outgoing_posts``); any other channel that is
``Answering`` gets the words alone, as JSON:
``{"text": …, "to": …, "answers": …}``, the last being the identity of the message answered.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import registry
from channels.base import Answering
from helpdesk.models import ChannelAccount, Message, Outbox, Ticket
from helpdesk.services.database import waiting_rows

Json = dict[str, Any]
WITH_WAYS_OF_THEIR_OWN = ("email", "microblog")


def account_of(session: Session, ticket: Ticket) -> ChannelAccount | None:
    """Return the account that a reply on this ticket can leave through; None without one."""
    if ticket.account_id is None or ticket.channel in WITH_WAYS_OF_THEIR_OWN:
        return None
    account = session.get_one(ChannelAccount, ticket.account_id)
    if account.channel != ticket.channel or account.state == "retired":
        return None
    return account if isinstance(registry.channel(account.channel), Answering) else None


def queue_reply(
    session: Session, ticket: Ticket, message: Message, account: ChannelAccount, *, now: datetime
) -> Outbox:
    """Put a reply into the outbox; every try has the same identity."""
    asked = session.execute(
        select(Message.author_address, Message.identity)
        .where(
            Message.ticket_id == ticket.id,
            Message.direction == "in",
            Message.channel == ticket.channel,
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
    ).first()
    to, answers = asked or ("", None)
    message.identity = f"words:{secrets.token_hex(12)}"
    message.in_reply_to, message.recipients, message.delivery = answers, [to], "queued"
    row = Outbox(
        kind="reply",
        account_id=account.id,
        ticket_id=ticket.id,
        message_id=message.id,
        identity=message.identity,
        sender=account.address or account.name,
        recipients=[to],
        subject=ticket.subject[:500],
        mail={"words": {"text": message.text, "to": to, "answers": answers}},
        state="queued",
        attempts=0,
        next_try_at=now,
        created_at=now,
    )
    waiting_rows.add(session, row)
    return row


def is_words(stored: Json) -> bool:
    """Say whether a row of the outbox is words for a channel of its own."""
    return "words" in stored


def compose_stored(stored: Json) -> bytes:
    """Return what the sender takes."""
    return json.dumps(stored["words"], ensure_ascii=False).encode()
