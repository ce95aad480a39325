"""Stored items read as what they are: messages, with their files on the disk.

Parsing and storing of files happen before the transaction that brings the messages to
their tickets, so that the database is locked for writing as shortly as possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select

from channels import registry
from channels.errors import UnreadableMessage
from channels.message import IncomingMessage, RawItem
from helpdesk.extensions import reading
from helpdesk.models import ChannelAccount, Inbound
from helpdesk.services.among import among
from helpdesk.services.tickets import StoredFile
from helpdesk.storage import Storage

BY_HAND = "by hand"
"""The reason of an item that a person put back: this time it becomes a ticket."""
Waiting = tuple[Inbound, str]
"""A stored item and the name of its channel."""
NOTHING: Mapping[str, bytes] = {}
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Understood:
    """A stored item and its message, or why there is none."""

    inbound_id: int
    account_id: int
    message: IncomingMessage | None
    files: tuple[StoredFile, ...] = ()
    trouble: str | None = None
    by_hand: bool = False
    attempts: int = 0
    identity: str | None = None


def waiting(ids: Sequence[int]) -> list[Waiting]:
    """Return which of these items nobody has brought to a ticket yet."""
    with reading() as session:
        rows = session.execute(
            select(Inbound, ChannelAccount.channel)
            .join(ChannelAccount, Inbound.account_id == ChannelAccount.id)
            .where(among(session, Inbound.id, ids), Inbound.state == "pending")
            .order_by(Inbound.id)
        ).all()
        for inbound, _channel in rows:
            session.expunge(inbound)
    return [(inbound, channel) for inbound, channel in rows]


def understand(
    storage: Storage, rows: Sequence[Waiting], at_hand: Mapping[str, bytes] = NOTHING
) -> list[Understood]:
    """Read items and keep their files; asks no database, so a thread beside it can do it.

    What the caller has ``at_hand`` of their bytes, by storage key, is not read again.
    """
    with storage.together():
        return [_understood(storage, row, at_hand) for row in rows]


def _understood(storage: Storage, row: Waiting, at_hand: Mapping[str, bytes]) -> Understood:
    inbound, channel = row
    ready = Understood(
        inbound.id,
        inbound.account_id,
        None,
        by_hand=inbound.reason == BY_HAND,
        attempts=inbound.attempts,
        identity=inbound.identity,
    )
    try:
        raw = at_hand.get(inbound.raw_key or "") or _bytes_of(storage, inbound)
    except FileNotFoundError:
        return replace(ready, trouble="its stored copy is missing on the disk")
    item = RawItem(inbound.external_id, raw, inbound.received_at)
    try:
        message = registry.channel(channel).understand(item)
    except UnreadableMessage as error:
        return replace(ready, trouble=error.sentence)
    except Exception as error:
        log.exception("inbound.parser_failed", inbound_id=inbound.id)
        return replace(ready, trouble=f"the parser failed: {error!r}")
    for attachment in message.attachments:
        storage.put(attachment.data)
    files = tuple(StoredFile.of(attachment) for attachment in message.attachments)
    # The bytes are safe soon; fifty large mails need not stay in memory.
    return replace(ready, message=replace(message, attachments=()), files=files)


def _bytes_of(storage: Storage, inbound: Inbound) -> bytes:
    return inbound.raw if inbound.raw is not None else storage.read(inbound.raw_key or "")
