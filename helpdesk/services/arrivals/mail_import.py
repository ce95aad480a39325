"""Mails from files, through the same one path as a mailbox's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import reader
from channels.email.arrival import arrival
from channels.message import RawItem
from channels.reader import Read
from helpdesk import beside
from helpdesk.extensions import reading, transaction
from helpdesk.models import ChannelAccount, Inbound
from helpdesk.runtime import current_storage, uncollected
from helpdesk.services.arrivals import intake, understanding
from helpdesk.services.database.among import among
from helpdesk.storage import Storage

CHUNK = 250
"""Mails in one transaction: a larger one costs less each, but others wait for it to write."""
CHUNK_BYTES = 32 * 1024 * 1024
"""So many bytes of mails are at hand at once, more only where a single mail is larger."""
IMPORTED = "import"

Labelled = tuple[str, bytes]
Result = tuple[str, intake.Outcome]


@dataclass(frozen=True, slots=True)
class _Stored:
    """A chunk in the database: its labels and rows, and what of it nobody has understood yet.

    ``left`` is what an import that was cut off had stored.
    """

    mails: list[tuple[str, int]]
    new: list[understanding.Waiting]
    left: list[understanding.Waiting]

    def items(self, storage: Storage) -> list[tuple[str, RawItem]]:
        """Return what is new, to be read."""
        return [(row.channel, row.item(storage)) for row in self.new]


def mailbox_for_import(session: Session, name: str | None, *, now: datetime) -> ChannelAccount:
    """Return the mailbox that the mails count as; a new name makes one that reads no server."""
    wanted = name or IMPORTED
    rows = session.scalars(
        select(ChannelAccount).where(ChannelAccount.channel == "email").order_by(ChannelAccount.id)
    ).all()
    if name is None:
        rows_by_preference = sorted(rows, key=lambda row: (not row.is_default, row.id))
        if rows_by_preference:
            return rows_by_preference[0]
    for row in rows:
        if wanted in (row.name, row.address):
            return row
    account = ChannelAccount(
        channel="email", name=wanted, address="", state="paused", settings={}, created_at=now
    )
    session.add(account)
    session.flush()
    return account


def import_mails(account_id: int, mails: Iterable[Labelled], *, now: datetime) -> Iterator[Result]:
    """Store and process mails a chunk at a time; yield (label, outcome) in their order.

    A mail counts as having arrived when its own trace says so, so an archive
    keeps its dates, starts its clocks in the past, and is not acknowledged.

    While a chunk is brought in, the disk makes another one safe, and where there is a
    second core the next one is read on it.
    """
    storage = current_storage()
    tasks = ((stored, stored.items(storage)) for stored in _stored(storage, account_id, mails, now))
    for stored, read in beside.ahead(reader.read_all, tasks):
        yield from _bring_in(storage, stored, read, now)


def _stored(
    storage: Storage, account_id: int, mails: Iterable[Labelled], now: datetime
) -> Iterator[_Stored]:
    """Store mails a chunk at a time."""
    chunks = _chunks(mails)
    with ThreadPoolExecutor(1) as disk:
        chunk = next(chunks, None)
        while chunk is not None:
            safe = disk.submit(_keep, storage, chunk, now)
            following = next(chunks, None)
            yield _store(account_id, chunk, safe.result(), now)
            chunk = following


def _chunks(mails: Iterable[Labelled]) -> Iterator[list[Labelled]]:
    chunk: list[Labelled] = []
    size = 0
    for label, raw in mails:
        if chunk and (len(chunk) == CHUNK or size + len(raw) > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((label, raw))
        size += len(raw)
    if chunk:
        yield chunk


def _keep(storage: Storage, chunk: list[Labelled], now: datetime) -> list[intake.Safe]:
    """Write the mails' bytes to where a crash does not reach them."""
    items = [
        RawItem(f"import:{sha256(raw).hexdigest()}", raw, arrival(raw, now=now)) for _, raw in chunk
    ]
    return intake.safe(storage, items)


def _store(
    account_id: int, chunk: list[Labelled], safe: list[intake.Safe], now: datetime
) -> _Stored:
    with transaction() as session:
        new = set(intake.store(session, account_id, safe, now=now))
        ids = {
            row.external_id: row.id
            for row in session.execute(
                select(Inbound.external_id, Inbound.id).where(
                    Inbound.account_id == account_id,
                    among(session, Inbound.external_id, [item.external_id for item, _ in safe]),
                )
            )
        }
    items = {ids[item.external_id]: item for item, _ in safe}
    return _Stored(
        mails=[
            (label, ids[item.external_id])
            for (label, _), (item, _) in zip(chunk, safe, strict=True)
        ],
        new=[_waiting(account_id, number, items[number]) for number in sorted(new)],
        left=understanding.waiting([number for number in items if number not in new]),
    )


def _waiting(account_id: int, inbound_id: int, item: RawItem) -> understanding.Waiting:
    return understanding.Waiting(
        inbound_id, account_id, "email", item.external_id, item.received_at, item.raw
    )


def _bring_in(
    storage: Storage, stored: _Stored, read: list[Read], now: datetime
) -> Iterator[Result]:
    with uncollected():
        understood = understanding.keep(storage, stored.new, read)
        understood += understanding.understand(storage, stored.left)
        processed = intake.bring_in(understood, now=now)
    outcomes = {outcome.inbound_id: outcome for outcome in processed}
    for label, inbound_id in stored.mails:
        if inbound_id in outcomes:
            yield label, outcomes.pop(inbound_id)  # the same bytes once more are a duplicate
        else:
            yield label, _known(inbound_id)


def _known(inbound_id: int) -> intake.Outcome:
    with reading() as session:
        row = session.get_one(Inbound, inbound_id)
        return intake.Outcome(
            inbound_id, "duplicate", row.ticket_id, "this very mail was imported before"
        )
