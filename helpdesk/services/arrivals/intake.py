"""The one path from a channel to a ticket: store first, then understand.

``store`` keeps what a channel brought, raw, together with the channel's cursor.
``process`` turns stored items into messages on tickets, a batch in one transaction,
and puts what it cannot understand into quarantine. A crash
anywhere leaves an item either stored and pending, or done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, Literal

import structlog
from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from channels.message import RawItem
from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Inbound, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import reception, understanding
from helpdesk.services.arrivals.understanding import BY_HAND, Understood
from helpdesk.services.database import bulk_rows, events, memory, waiting_rows
from helpdesk.services.database.among import among
from helpdesk.services.database.claiming import won
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.desk import search
from helpdesk.services.hotline import callbacks
from helpdesk.services.promises.clock_log import MergedMeanwhile
from helpdesk.storage import Storage

Status = Literal["created", "appended", "duplicate", "suppressed", "quarantined"]

Safe = tuple[RawItem, str | None]
"""An item and the storage key of its bytes; without one they go into its row."""

BATCH = 50
MOST_LINES = 50
"""A batch of more items is no mail that somebody waits for: its rows say what became of each."""
IN_ROW = 16 * 1024
"""So many bytes cost less in the database than a file of their own, which has to be made,
brought to the disk and named: most mails without a file are no larger."""
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


def safe(storage: Storage, items: Iterable[RawItem]) -> list[Safe]:
    """Bring to the disk what is too large for the database."""
    with storage.together():
        return [(item, storage.put(item.raw) if len(item.raw) > IN_ROW else None) for item in items]


def raw_of(inbound: Inbound) -> BinaryIO:
    """Open the bytes of an item as they came; raise FileNotFoundError where they are lost."""
    if inbound.raw is not None:
        return BytesIO(inbound.raw)
    return current_storage().open(inbound.raw_key or "")


def store(
    session: Session,
    account_id: int,
    items: Iterable[Safe],
    *,
    now: datetime,
    cursor: str | None = None,
    lease_owner: str | None = None,
) -> list[int]:
    """Keep items that ``safe`` has seen to, and move the account's cursor.

    Returns the new rows' ids; items that are known already are left alone.
    Raises LeaseLost when ``lease_owner`` no longer holds the account.
    """
    if cursor is not None:
        holder = update(ChannelAccount).where(ChannelAccount.id == account_id)
        if lease_owner is not None:
            holder = holder.where(ChannelAccount.lease_owner == lease_owner)
        if not won(session, holder.values(cursor=cursor)):
            raise LeaseLost
    return sorted(store_new(session, account_id, items, now=now).values())


def store_new(
    session: Session, account_id: int, items: Iterable[Safe], *, now: datetime
) -> dict[str, int]:
    """Keep the same, and return the ids of what is new by the far end's identity."""
    rows = [
        {
            "account_id": account_id,
            "external_id": item.external_id,
            "raw": item.raw if key is None else None,
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
        return {}
    statement = (
        insert_into(session, Inbound)
        .on_conflict_do_nothing()
        .returning(Inbound.external_id, Inbound.id)
    )
    found = session.execute(statement, rows)
    return {row.external_id: row.id for row in found}


def pending(session: Session, *, limit: int = BATCH) -> list[int]:
    """Return the oldest items that nobody has understood yet."""
    return list(
        session.scalars(
            select(Inbound.id).where(Inbound.state == "pending").order_by(Inbound.id).limit(limit)
        )
    )


def process(
    ids: Sequence[int], *, now: datetime, at_hand: Mapping[str, bytes] = understanding.NOTHING
) -> list[Outcome]:
    """Understand stored items and bring them to their tickets.

    What the caller has ``at_hand`` of their bytes, by storage key, is not read again.
    """
    rows = understanding.waiting(ids, at_hand)
    return bring_in(understanding.understand(current_storage(), rows), now=now)


def bring_in(understood: Sequence[Understood], *, now: datetime) -> list[Outcome]:
    """Bring what was understood to its tickets, in one transaction.

    An item that another worker took meanwhile is passed over.
    """
    with transaction() as session, current_storage().together():
        _wait_for_others(session, {ready.account_id for ready in understood})
        outcomes = _bring_in(session, _claimed(session, understood), now)
    _tell(outcomes)
    return outcomes


def _tell(outcomes: Sequence[Outcome]) -> None:
    """Log what became of items: of an import, which brings very many, only the sums."""
    many = len(outcomes) > MOST_LINES
    if many:
        sums = Counter(outcome.status for outcome in outcomes)
        log.info("inbound.many_processed", items=len(outcomes), became=dict(sums))
    for outcome in outcomes:
        if not many or outcome.status == "quarantined":
            log.info(
                "inbound.processed",
                inbound_id=outcome.inbound_id,
                status=outcome.status,
                ticket=outcome.ticket,
                reason=outcome.reason,
            )


def submit(account_id: int, item: RawItem, *, now: datetime) -> Outcome:
    """Store and process one item at once: somebody waits for the page.

    Raises Refusal when it was refused; the raw item is kept in any case.
    """
    stored = safe(current_storage(), [item])
    with transaction() as session:
        store(session, account_id, stored, now=now)
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
    claim = (
        update(Inbound)
        .where(Inbound.id == inbound_id, Inbound.state.in_(("quarantined", "suppressed")))
        .values(state="pending", reason=BY_HAND)
    )
    if not won(session, claim):
        raise Refusal(
            "not_quarantined", f"Nothing in quarantine has the id {inbound_id}; list it first."
        )


def _wait_for_others(session: Session, accounts: Collection[int]) -> None:
    """Let those finish who bring in other items of the same accounts just now.

    An import is large and a worker takes up whatever was not brought in yet: an answer would
    not find the mail that it answers. SQLite has one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        mine = select(ChannelAccount.id).where(ChannelAccount.id.in_(accounts))
        in_order = mine.order_by(ChannelAccount.id)
        session.execute(in_order.with_for_update(key_share=True))


def _claimed(session: Session, understood: Sequence[Understood]) -> list[Understood]:
    """Lock the items that nobody else works on (SKIP LOCKED; SQLite has one writer)."""
    mine = set(
        session.scalars(
            select(Inbound.id)
            .where(among(session, Inbound.id, [ready.inbound_id for ready in understood]))
            .where(Inbound.state == "pending")
            .order_by(Inbound.id)
            .with_for_update(skip_locked=True)
        )
    )
    return [ready for ready in understood if ready.inbound_id in mine]


def _bring_in(
    session: Session, items: Sequence[Understood], now: datetime, *, again: bool = True
) -> list[Outcome]:
    """Bring items to their tickets, all in one go; one that fails undoes itself alone.

    A batch that fails is tried again by halves until the item at fault is alone.
    """
    try:
        with session.begin_nested(), memory.remembering(session) as batch:
            outcomes = _received(session, items, now)
            waiting_rows.write(session, for_good=True)
            _look_again(session, outcomes)
            events.write(session)
            search.write(session, batch.texts)
            callbacks.write(session)
            _settle(session, items, outcomes, now)
            return outcomes
    except OperationalError:
        raise  # the database is in trouble, not the mail: the whole batch waits
    except Exception as error:  # noqa: BLE001 - whatever it is, the other items go on
        if len(items) > 1:
            half = len(items) // 2
            return _bring_in(session, items[:half], now) + _bring_in(session, items[half:], now)
        # its twin came in a moment ago, or its ticket went into another one
        if again and isinstance(error, IntegrityError | MergedMeanwhile):
            return _bring_in(session, items, now, again=False)
        return [_failed(session, items[0], error, now)]


def _received(session: Session, items: Sequence[Understood], now: datetime) -> list[Outcome]:
    arrivals = {
        item.inbound_id: reception.Arrival(
            item.account_id, item.inbound_id, item.message, item.files, now, by_hand=item.by_hand
        )
        for item in items
        if item.message is not None
    }
    reception.foresee(session, list(arrivals.values()), now)
    outcomes = []
    for item in items:
        arrival = arrivals.get(item.inbound_id)
        if arrival is None:
            outcomes.append(Outcome(item.inbound_id, "quarantined", reason=item.trouble))
            continue
        got = reception.receive(session, arrival)
        outcomes.append(Outcome(item.inbound_id, got.status, got.ticket, got.reason))
    return outcomes


def _look_again(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Raise MergedMeanwhile where a ticket was merged since its message was brought to it.

    Only PostgreSQL has two writers. The message is written by now, so whoever merges the
    ticket waits for it (``merging``).
    """
    appended = {o.ticket for o in outcomes if o.status == "appended" and o.ticket is not None}
    if not appended or session.get_bind().dialect.name != "postgresql":
        return
    gone = select(Ticket.id).where(among(session, Ticket.id, appended), Ticket.status == "merged")
    if session.scalar(gone.limit(1)) is not None:
        raise MergedMeanwhile


def _failed(session: Session, item: Understood, error: Exception, now: datetime) -> Outcome:
    """Put the item at fault into quarantine."""
    if isinstance(error, Refusal):
        reason = error.sentence
    else:
        log.error("inbound.failed", inbound_id=item.inbound_id, exc_info=error)
        reason = f"the desk failed on it: {error!r}"
    outcome = Outcome(item.inbound_id, "quarantined", reason=reason)
    _settle(session, [item], [outcome], now)
    return outcome


_STATES = {"created": "done", "appended": "done"}
_ACCEPTED = ("created", "appended", "suppressed")


def _settle(
    session: Session, items: Sequence[Understood], outcomes: Sequence[Outcome], now: datetime
) -> None:
    """Write down what became of each item."""
    rows = [
        (
            _STATES.get(outcome.status, outcome.status),
            outcome.ticket,
            outcome.reason[:500] if outcome.reason else None,
            item.attempts + 1,
            item.message.identity
            if item.message is not None and outcome.status in _ACCEPTED
            else item.identity,
            now,
            item.inbound_id,
        )
        for item, outcome in zip(items, outcomes, strict=True)
    ]
    bulk_rows.change(session.connection(), _INBOUND, _SETTLED, rows)


_INBOUND: Table = Inbound.__table__  # type: ignore[assignment]
_SETTLED = ("state", "ticket_id", "reason", "attempts", "identity", "processed_at")
