"""The one path from a channel to a ticket: store first, then understand.

``store`` keeps what a channel brought, raw, together with the channel's cursor.
``process`` turns stored items into messages on tickets, each in a savepoint of
one transaction, and puts what it cannot understand into quarantine. A crash
anywhere leaves an item either stored and pending, or done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from channels import registry
from channels.errors import UnreadableMessage
from channels.message import IncomingMessage, RawItem
from helpdesk.errors import Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.models import ChannelAccount, Inbound
from helpdesk.runtime import current_storage
from helpdesk.services import reception
from helpdesk.services.tickets import StoredFile

Status = Literal["created", "appended", "duplicate", "suppressed", "quarantined"]

BATCH = 50
BY_HAND = "by hand"
log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker reads this account now; whatever was fetched is left to it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one stored item."""

    inbound_id: int
    status: Status
    ticket: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    inbound_id: int
    account_id: int
    message: IncomingMessage | None
    files: tuple[StoredFile, ...] = ()
    trouble: str | None = None
    by_hand: bool = False


def store(
    session: Session,
    account_id: int,
    items: Iterable[tuple[RawItem, str]],
    *,
    now: datetime,
    cursor: str | None = None,
    lease_owner: str | None = None,
) -> list[int]:
    """Keep items (each with the storage key of its bytes) and move the account's cursor.

    Returns the new rows' ids; items that are known already are left alone.
    Raises LeaseLost when ``lease_owner`` no longer holds the account.
    """
    if cursor is not None:
        holder = update(ChannelAccount).where(ChannelAccount.id == account_id)
        if lease_owner is not None:
            holder = holder.where(ChannelAccount.lease_owner == lease_owner)
        if session.execute(holder.values(cursor=cursor)).rowcount != 1:  # type: ignore[attr-defined]
            raise LeaseLost
    rows = [
        {
            "account_id": account_id,
            "external_id": item.external_id,
            "raw_key": key,
            "size": len(item.raw),
            "received_at": item.received_at,
            "stored_at": now,
            "state": "pending",
            "attempts": 0,
        }
        for item, key in items
    ]
    if not rows:
        return []
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Inbound).on_conflict_do_nothing().returning(Inbound.id)
    return sorted(session.scalars(statement, rows))


def pending(session: Session, *, limit: int = BATCH) -> list[int]:
    """Return the oldest items that nobody has understood yet."""
    return list(
        session.scalars(
            select(Inbound.id).where(Inbound.state == "pending").order_by(Inbound.id).limit(limit)
        )
    )


def process(ids: Sequence[int], *, now: datetime) -> list[Outcome]:
    """Understand stored items and bring them to their tickets.

    Parsing and storing of files happen before the transaction, so that the
    database is locked for writing as shortly as possible. An item that another
    worker took meanwhile is passed over.
    """
    prepared = [ready for ready in map(_prepare, _rows(ids)) if ready is not None]
    outcomes: list[Outcome] = []
    with transaction() as session:
        for ready in prepared:
            outcome = _take(session, ready, now)
            if outcome is not None:
                outcomes.append(outcome)
    for outcome in outcomes:
        log.info(
            "inbound.processed",
            inbound_id=outcome.inbound_id,
            status=outcome.status,
            ticket=outcome.ticket,
            reason=outcome.reason,
        )
    return outcomes


def submit(account_id: int, item: RawItem, *, now: datetime) -> Outcome:
    """Store and process one item at once: somebody waits for the page.

    Raises Refusal when it was refused; the raw item is kept in any case.
    """
    key = current_storage().put(item.raw)
    with transaction() as session:
        store(session, account_id, [(item, key)], now=now)
        inbound = session.scalars(
            select(Inbound).where(
                Inbound.account_id == account_id, Inbound.external_id == item.external_id
            )
        ).one()
        inbound_id, known, reason = inbound.id, inbound.ticket_id, inbound.reason
    if known is not None:
        return Outcome(inbound_id, "duplicate", known)
    outcomes = process([inbound_id], now=now)
    if not outcomes:
        return Outcome(inbound_id, "duplicate", known, reason)
    return outcomes[0]


def retry(session: Session, inbound_id: int) -> None:
    """Put a quarantined or suppressed item back; a suppressed one becomes a ticket this time."""
    changed = session.execute(
        update(Inbound)
        .where(Inbound.id == inbound_id, Inbound.state.in_(("quarantined", "suppressed")))
        .values(state="pending", reason=BY_HAND)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Refusal(
            "not_quarantined", f"Nothing in quarantine has the id {inbound_id}; list it first."
        )


def _rows(ids: Sequence[int]) -> list[tuple[Inbound, str]]:
    with reading() as session:
        rows = session.execute(
            select(Inbound, ChannelAccount.channel)
            .join(ChannelAccount, Inbound.account_id == ChannelAccount.id)
            .where(Inbound.id.in_(ids), Inbound.state == "pending")
            .order_by(Inbound.id)
        ).all()
        for inbound, _channel in rows:
            session.expunge(inbound)
    return [(inbound, channel) for inbound, channel in rows]


def _prepare(row: tuple[Inbound, str]) -> _Prepared | None:
    inbound, channel = row
    storage = current_storage()
    try:
        raw = storage.read(inbound.raw_key)
    except FileNotFoundError:
        return _Prepared(
            inbound.id, inbound.account_id, None, trouble="its stored copy is missing on the disk"
        )
    item = RawItem(inbound.external_id, raw, inbound.received_at)
    try:
        message = registry.channel(channel).understand(item)
    except UnreadableMessage as error:
        return _Prepared(inbound.id, inbound.account_id, None, trouble=error.sentence)
    except Exception as error:
        log.exception("inbound.parser_failed", inbound_id=inbound.id)
        return _Prepared(
            inbound.id, inbound.account_id, None, trouble=f"the parser failed: {error!r}"[:500]
        )
    for attachment in message.attachments:
        storage.put(attachment.data)
    files = tuple(StoredFile.of(attachment) for attachment in message.attachments)
    # The bytes are safe now; fifty large mails need not stay in memory.
    light = replace(message, attachments=())
    by_hand = inbound.reason == BY_HAND
    return _Prepared(inbound.id, inbound.account_id, light, files, by_hand=by_hand)


def _take(session: Session, ready: _Prepared, now: datetime) -> Outcome | None:
    """Claim one item and bring it in; a failure undoes this item alone."""
    claimed = session.execute(
        update(Inbound)
        .where(Inbound.id == ready.inbound_id, Inbound.state == "pending")
        .values(state="done", processed_at=now, attempts=Inbound.attempts + 1)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    if ready.message is None:
        return _settle(session, ready, "quarantined", reason=ready.trouble)
    try:
        with session.begin_nested():
            received = reception.receive(
                session,
                reception.Arrival(
                    ready.account_id,
                    ready.inbound_id,
                    ready.message,
                    ready.files,
                    now,
                    by_hand=ready.by_hand,
                ),
            )
            outcome = _settle(
                session,
                ready,
                received.status,
                ticket=received.ticket,
                reason=received.reason,
            )
            session.flush()
            return outcome
    except OperationalError:
        raise  # the database is in trouble, not the mail: the whole batch waits
    except IntegrityError as error:
        if "identity" in str(error.orig):  # its twin was accepted a moment ago
            return _settle(session, ready, "duplicate", reason="the same message arrived before")
        log.exception("inbound.failed", inbound_id=ready.inbound_id)
        return _settle(session, ready, "quarantined", reason=f"could not be kept: {error.orig}")
    except Refusal as refusal:
        return _settle(session, ready, "quarantined", reason=refusal.sentence)
    except Exception as error:
        log.exception("inbound.failed", inbound_id=ready.inbound_id)
        return _settle(session, ready, "quarantined", reason=f"the desk failed on it: {error!r}")


_STATES = {"created": "done", "appended": "done"}


def _settle(
    session: Session,
    ready: _Prepared,
    status: Status,
    *,
    ticket: int | None = None,
    reason: str | None = None,
) -> Outcome:
    reason = reason[:500] if reason else None
    session.execute(
        update(Inbound)
        .where(Inbound.id == ready.inbound_id)
        .values(state=_STATES.get(status, status), ticket_id=ticket, reason=reason)
    )
    return Outcome(ready.inbound_id, status, ticket, reason)
