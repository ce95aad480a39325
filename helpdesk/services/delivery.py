"""Emptying the outbox: claim, send, and settle each row in a transaction of its own.

A row is claimed for a few minutes. A worker that dies after the server took the
mail leaves a claim that runs out, and the mail is sent again under the same
Message-ID, by which mailboxes know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.base import Sender
from channels.errors import ChannelError
from channels.message import OutgoingMessage, Receipt
from helpdesk.errors import Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext
from helpdesk.models import ChannelAccount, Message, Outbox
from helpdesk.runtime import current_storage
from helpdesk.services import bounces, notices, outgoing
from helpdesk.services.access import SYSTEM
from helpdesk.services.events import record

BATCH = 20
CLAIM = timedelta(minutes=10)
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 720, 1440))
NO_MAILBOX = timedelta(minutes=5)
log = structlog.get_logger(__name__)

SenderFor = Callable[[ChannelAccount], Sender]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this worker sends now."""

    id: int
    account_id: int | None
    message: OutgoingMessage | None
    attempts: int


def deliver_due(sender_for: SenderFor, *, worker: str, now: datetime) -> int:
    """Send a batch of what is due; return how many rows were tried."""
    claimed = list(_claim(worker, now))
    for row in claimed:
        _deliver(row, sender_for, worker, now)
    return len(claimed)


def dead_letters(session: Session, *, limit: int = 100) -> list[Outbox]:
    """Return what was given up, newest first."""
    return list(
        session.scalars(
            select(Outbox).where(Outbox.state == "dead").order_by(Outbox.id.desc()).limit(limit)
        )
    )


def try_again(session: Session, outbox_id: int, *, now: datetime) -> None:
    """Put a dead letter back into the queue with all its tries before it."""
    row = session.get(Outbox, outbox_id)
    if row is None or row.state != "dead":
        raise Refusal("not_dead", lazy_gettext("This mail is not among the failed ones any more."))
    row.state, row.attempts, row.next_try_at, row.last_error = "queued", 0, now, None
    if row.message_id is not None:
        message = session.get_one(Message, row.message_id)
        message.delivery, message.delivery_error = "queued", None


def _claim(worker: str, now: datetime) -> Iterator[Claimed]:
    with reading() as session:
        if session.scalar(_due(now).limit(1)) is None:
            return
    with transaction() as session:
        rows = session.scalars(
            select(Outbox)
            .where(Outbox.id.in_(_due(now).limit(BATCH).with_for_update(skip_locked=True)))
            .order_by(Outbox.id)
        ).all()
        taken = []
        for row in rows:
            won = session.execute(
                update(Outbox)
                .where(Outbox.id == row.id, Outbox.next_try_at <= now)
                .values(
                    state="sending",
                    claimed_by=worker,
                    next_try_at=now + CLAIM,
                    attempts=Outbox.attempts + 1,
                )
                .execution_options(synchronize_session=False)
            )
            if won.rowcount == 1:  # type: ignore[attr-defined]
                taken.append(
                    (
                        row.id,
                        row.account_id,
                        row.identity,
                        row.sender,
                        tuple(row.recipients),
                        row.raw_key,
                        row.attempts + 1,
                    )
                )
    storage = current_storage()
    for id_, account_id, identity, sender, recipients, key, attempts in taken:
        try:
            message = OutgoingMessage(identity, sender, recipients, storage.read(key))
        except FileNotFoundError:
            message = None
        yield Claimed(id_, account_id, message, attempts)


def _due(now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return (
        select(Outbox.id)
        .where(Outbox.state.in_(("queued", "sending")), Outbox.next_try_at <= now)
        .order_by(Outbox.next_try_at, Outbox.id)
    )


def _deliver(row: Claimed, sender_for: SenderFor, worker: str, now: datetime) -> None:
    try:
        account = _account(row)
        if account is None:
            _postpone(row, worker, now, "no mailbox is set up to send from", NO_MAILBOX)
            return
        if row.message is None:
            _give_up(row, worker, now, "its stored copy is missing on the disk")
            return
        receipt = sender_for(account).send(row.message)
    except ChannelError as error:
        _failed(row, worker, now, error)
        return
    _sent(row, worker, now, receipt)


def _account(row: Claimed) -> ChannelAccount | None:
    """Return the mailbox to send from; one that was set up after the mail counts too."""
    with reading() as session:
        chosen = row.account_id or outgoing.sender_for(session, None).account_id
        account = session.get(ChannelAccount, chosen) if chosen is not None else None
        if account is not None:
            session.refresh(account)
            session.expunge(account)
        return account


def _sent(row: Claimed, worker: str, now: datetime, receipt: Receipt) -> None:
    with transaction() as session:
        outbox = _mine(session, row, worker)
        if outbox is None:
            return
        outbox.state, outbox.sent_at, outbox.last_error = "sent", now, None
        if outbox.message_id is not None:
            message = session.get_one(Message, outbox.message_id)
            if message.delivery != "failed":
                message.delivery = "sent"
            if receipt.refused:
                refused = "; ".join(f"{r.address}: {r.reason}" for r in receipt.refused)
                message.delivery_error = refused[:500]
                record(
                    session,
                    "delivery.refused",
                    at=now,
                    now=now,
                    by=SYSTEM,
                    ticket=message.ticket,
                    data={"message": message.id, "reason": refused[:500]},
                )
    log.info("outbox.sent", outbox_id=row.id, message_id=receipt.identity)


def _failed(row: Claimed, worker: str, now: datetime, error: ChannelError) -> None:
    # A wrong password is the mailbox's fault, not this mail's: it waits until that is mended.
    hopeless = error.permanent and error.code in ("refused", "recipients_refused", "lost")
    if hopeless or row.attempts > len(BACKOFF):
        _give_up(row, worker, now, error.sentence)
        return
    wait = BACKOFF[min(row.attempts, len(BACKOFF)) - 1]
    _postpone(row, worker, now, error.sentence, wait)


def _postpone(row: Claimed, worker: str, now: datetime, why: str, wait: timedelta) -> None:
    with transaction() as session:
        outbox = _mine(session, row, worker)
        if outbox is not None:
            outbox.state, outbox.next_try_at, outbox.last_error = "queued", now + wait, why[:500]
            if wait == NO_MAILBOX:
                outbox.attempts -= 1  # nothing was tried
    log.warning("outbox.postponed", outbox_id=row.id, reason=why, seconds=wait.total_seconds())


def _give_up(row: Claimed, worker: str, now: datetime, why: str) -> None:
    with transaction() as session:
        outbox = _mine(session, row, worker)
        if outbox is None:
            return
        outbox.state, outbox.last_error = "dead", why[:500]
        if outbox.message_id is not None:
            bounces.mark_failed(session, session.get_one(Message, outbox.message_id), why, now=now)
        else:
            notices.mail_given_up(session, outbox, now=now)
    log.error("outbox.dead", outbox_id=row.id, reason=why)


def _mine(session: Session, row: Claimed, worker: str) -> Outbox | None:
    """Return the row if this worker's claim still stands."""
    return session.scalar(
        select(Outbox).where(
            Outbox.id == row.id,
            Outbox.state == "sending",
            Outbox.claimed_by == worker,
            Outbox.attempts == row.attempts,
        )
    )
