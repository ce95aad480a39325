"""Mails from files, through the same one path as a mailbox's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.arrival import arrival
from channels.message import RawItem
from helpdesk.extensions import reading, transaction
from helpdesk.models import ChannelAccount, Inbound
from helpdesk.runtime import current_storage
from helpdesk.services import intake
from helpdesk.storage import Storage

CHUNK = 250
"""Mails in one transaction: a larger one costs less each, but others wait for it to write."""
IMPORTED = "import"

Labelled = tuple[str, bytes]
Result = tuple[str, intake.Outcome]


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
    """
    storage = current_storage()
    source = iter(mails)
    # The disk makes the next chunk safe while this one is understood.
    with ThreadPoolExecutor(1) as disk:
        chunk = list(islice(source, CHUNK))
        safe = disk.submit(_keep, storage, chunk, now)
        while chunk:
            stored = safe.result()
            following = list(islice(source, CHUNK))
            safe = disk.submit(_keep, storage, following, now)
            yield from _import(account_id, chunk, stored, now)
            chunk = following


def _keep(storage: Storage, chunk: list[Labelled], now: datetime) -> list[intake.Safe]:
    """Write the mails' bytes to where a crash does not reach them."""
    items = [
        RawItem(f"import:{sha256(raw).hexdigest()}", raw, arrival(raw, now=now)) for _, raw in chunk
    ]
    return intake.safe(storage, items)


def _import(
    account_id: int, chunk: list[Labelled], stored: list[intake.Safe], now: datetime
) -> Iterator[Result]:
    with transaction() as session:
        ids = intake.store(session, account_id, stored, now=now)
        keys = {
            row.external_id: row.id
            for row in session.execute(
                select(Inbound.external_id, Inbound.id).where(
                    Inbound.account_id == account_id,
                    Inbound.external_id.in_([item.external_id for item, _ in stored]),
                )
            )
        }
    fresh = set(ids)
    processed = intake.process(ids, now=now, at_hand={key: item.raw for item, key in stored if key})
    outcomes = {outcome.inbound_id: outcome for outcome in processed}
    for (label, _), (item, _) in zip(chunk, stored, strict=True):
        inbound_id = keys[item.external_id]
        if inbound_id in fresh and inbound_id in outcomes:
            yield label, outcomes[inbound_id]
            fresh.discard(inbound_id)  # the same bytes again in this chunk are a duplicate
        else:
            yield label, _known(inbound_id)


def _known(inbound_id: int) -> intake.Outcome:
    with reading() as session:
        row = session.get_one(Inbound, inbound_id)
        return intake.Outcome(
            inbound_id, "duplicate", row.ticket_id, "this very mail was imported before"
        )
