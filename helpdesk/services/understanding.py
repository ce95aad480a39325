"""Stored items read as what they are: messages, with their files on the disk.

Parsing and storing of files happen before the transaction that brings the messages to
their tickets, so that the database is locked for writing as shortly as possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

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
NOTHING: Mapping[str, bytes] = {}
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored item and the name of its channel; see ``Inbound``."""

    id: int
    account_id: int
    external_id: str
    raw: bytes | None
    raw_key: str | None
    received_at: datetime
    reason: str | None
    attempts: int
    identity: str | None
    channel: str


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
        rows: Any = session.execute(
            select(*_COLUMNS, ChannelAccount.channel)
            .join(ChannelAccount, Inbound.account_id == ChannelAccount.id)
            .where(among(session, Inbound.id, ids), Inbound.state == "pending")
            .order_by(Inbound.id)
        )
        return [Waiting(*row) for row in rows]


def understand(
    storage: Storage, rows: Sequence[Waiting], at_hand: Mapping[str, bytes] = NOTHING
) -> list[Understood]:
    """Read items and keep their files; asks no database, so a thread beside it can do it.

    What the caller has ``at_hand`` of their bytes, by storage key, is not read again.
    """
    with storage.together():
        return [_understood(storage, row, at_hand) for row in rows]


def _understood(storage: Storage, row: Waiting, at_hand: Mapping[str, bytes]) -> Understood:
    message, trouble = _message(storage, row, at_hand)
    files: tuple[StoredFile, ...] = ()
    if message is not None and message.attachments:
        for attachment in message.attachments:
            storage.put(attachment.data)
        files = tuple(StoredFile.of(attachment) for attachment in message.attachments)
        # The bytes are safe soon; fifty large mails need not stay in memory.
        message = replace(message, attachments=())
    return Understood(
        row.id,
        row.account_id,
        message,
        files,
        trouble,
        by_hand=row.reason == BY_HAND,
        attempts=row.attempts,
        identity=row.identity,
    )


def _message(
    storage: Storage, row: Waiting, at_hand: Mapping[str, bytes]
) -> tuple[IncomingMessage | None, str | None]:
    """Return the message that an item is, or why it is none."""
    try:
        raw = at_hand.get(row.raw_key or "") or _bytes_of(storage, row)
    except FileNotFoundError:
        return None, "its stored copy is missing on the disk"
    item = RawItem(row.external_id, raw, row.received_at)
    try:
        return registry.channel(row.channel).understand(item), None
    except UnreadableMessage as error:
        return None, error.sentence
    except Exception as error:
        log.exception("inbound.parser_failed", inbound_id=row.id)
        return None, f"the parser failed: {error!r}"


def _bytes_of(storage: Storage, row: Waiting) -> bytes:
    return row.raw if row.raw is not None else storage.read(row.raw_key or "")


_COLUMNS = tuple(getattr(Inbound, column.name) for column in fields(Waiting)[:-1])
