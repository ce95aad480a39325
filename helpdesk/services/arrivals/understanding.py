"""Stored items read as what they are: messages, with their files on the disk.

Parsing and storing of files happen before the transaction that brings the messages to
their tickets, so that the database is locked for writing as shortly as possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import select

from channels import reader
from channels.message import IncomingMessage, RawItem
from channels.reader import Read
from helpdesk.extensions import reading
from helpdesk.models import ChannelAccount, Inbound
from helpdesk.services.database.among import among
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.storage import Storage

BY_HAND = "by hand"
"""The reason of an item that a person put back: this time it becomes a ticket."""
NOTHING: Mapping[str, bytes] = {}
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored item that nobody has understood yet.

    Its bytes are ``raw`` where they are at hand, else in the storage under ``raw_key``.
    """

    inbound_id: int
    account_id: int
    channel: str
    external_id: str
    received_at: datetime
    raw: bytes | None
    raw_key: str | None = None
    by_hand: bool = False
    attempts: int = 0
    identity: str | None = None

    def item(self, storage: Storage) -> RawItem:
        """Return it with its bytes; raise FileNotFoundError where they are lost."""
        raw = self.raw if self.raw is not None else storage.read(self.raw_key or "")
        return RawItem(self.external_id, raw, self.received_at)


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


def waiting(ids: Sequence[int], at_hand: Mapping[str, bytes] = NOTHING) -> list[Waiting]:
    """Return which of these items nobody has brought to a ticket yet.

    What the caller has ``at_hand`` of their bytes, by storage key, is not read again.
    """
    if not ids:
        return []
    with reading() as session:
        rows = session.execute(
            select(
                Inbound.id,
                Inbound.account_id,
                ChannelAccount.channel,
                Inbound.external_id,
                Inbound.received_at,
                Inbound.raw,
                Inbound.raw_key,
                Inbound.reason,
                Inbound.attempts,
                Inbound.identity,
            )
            .join(ChannelAccount, Inbound.account_id == ChannelAccount.id)
            .where(among(session, Inbound.id, ids), Inbound.state == "pending")
            .order_by(Inbound.id)
        ).all()
    return [
        Waiting(
            row.id,
            row.account_id,
            row.channel,
            row.external_id,
            row.received_at,
            row.raw if row.raw_key is None else at_hand.get(row.raw_key),
            row.raw_key,
            row.reason == BY_HAND,
            row.attempts,
            row.identity,
        )
        for row in rows
    ]


def understand(storage: Storage, rows: Sequence[Waiting]) -> list[Understood]:
    """Read items and keep their files; asks no database."""
    with storage.together():
        return [_kept(storage, row, _read(storage, row)) for row in rows]


def keep(storage: Storage, rows: Sequence[Waiting], read: Sequence[Read]) -> list[Understood]:
    """Keep the files of items that were read elsewhere."""
    with storage.together():
        return [_kept(storage, row, what) for row, what in zip(rows, read, strict=True)]


def _read(storage: Storage, row: Waiting) -> Read:
    try:
        return reader.read(row.channel, row.item(storage))
    except FileNotFoundError:
        return Read(None, "its stored copy is missing on the disk")


def _kept(storage: Storage, row: Waiting, read: Read) -> Understood:
    if read.failure is not None:
        log.error("inbound.parser_failed", inbound_id=row.inbound_id, exception=read.failure)
    message = read.message
    files: tuple[StoredFile, ...] = ()
    if message is not None and message.attachments:
        for attachment in message.attachments:
            storage.put(attachment.data)
        files = tuple(StoredFile.of(attachment) for attachment in message.attachments)
        # The bytes are safe soon; fifty large mails need not stay in memory.
        message = replace(message, attachments=())
    return Understood(
        row.inbound_id,
        row.account_id,
        message,
        files,
        read.trouble,
        row.by_hand,
        row.attempts,
        row.identity,
    )
