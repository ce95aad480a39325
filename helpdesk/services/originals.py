"""Mails exactly as they came or left, byte for byte."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import ChannelAccount, Inbound, Message, Outbox


def raw_key(session: Session, message: Message) -> str | None:
    """Return the storage key of the mail behind a message; None where there was no mail."""
    if message.direction == "out":
        return session.scalar(
            select(Outbox.raw_key).where(Outbox.message_id == message.id).order_by(Outbox.id)
        )
    return session.scalar(
        select(Inbound.raw_key)
        .join(Inbound.account)
        .where(Inbound.id == message.inbound_id, ChannelAccount.channel == "email")
    )
