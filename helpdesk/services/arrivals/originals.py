"""Mails exactly as they came or left, byte for byte."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import ChannelAccount, Inbound, Message, Outbox
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import intake
from helpdesk.services.sending.outgoing_mail import compose_stored


def raw_mail(session: Session, message: Message) -> BinaryIO | None:
    """Return the mail behind a message; None where there was none.

    Raises FileNotFoundError when the storage has lost it.
    """
    if message.channel == "microblog":
        return None
    if message.direction == "out":
        sent = session.scalar(
            select(Outbox.mail).where(Outbox.message_id == message.id).order_by(Outbox.id)
        )
        return BytesIO(compose_stored(sent, current_storage())) if sent else None
    inbound = session.scalar(
        select(Inbound)
        .join(Inbound.account)
        .where(Inbound.id == message.inbound_id, ChannelAccount.channel == "email")
    )
    return intake.raw_of(inbound) if inbound is not None else None
