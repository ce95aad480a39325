"""Emptying the outbox: claim, send, and settle each row in a transaction of its own.

A row is claimed for a few minutes, and anew when its turn comes late. The claims of a
worker that died run out, or are taken back once it is missed; what the server had taken
already is then sent again under the same Message-ID, by which mailboxes know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from channels.base import Sender
from channels.errors import ChannelError
from channels.message import OutgoingMessage
from helpdesk.errors import Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext
from helpdesk.models import ChannelAccount, Heartbeat, Message, Outbox, Target
from helpdesk.runtime import current_storage
from helpdesk.services.connections import channel_accounts
from helpdesk.services.database.claiming import changed, won
from helpdesk.services.operations import heartbeats
from helpdesk.services.sending import delivery_outcomes as outcomes
from helpdesk.services.sending import outgoing, outgoing_mail, outgoing_posts
from helpdesk.services.sending.delivery_outcomes import Claimed

BATCH = 20
CLAIM = timedelta(minutes=10)
RENEW_AFTER = timedelta(minutes=1)
BROKEN = outcomes.MAILBOX_FAULTS | {"unreachable"}
"""After these the other mails of the batch spare the mailbox: repeated wrong sign-ins lock it."""

log = structlog.get_logger(__name__)

SenderFor = Callable[[ChannelAccount], Sender]


def deliver_due(sender_for: SenderFor, *, worker: str, now: datetime) -> int:
    """Send a batch of what is due; return how many rows were tried."""
    claimed = _claim(worker, now)
    began = monotonic()
    broken: dict[int, ChannelError] = {}
    for row in claimed:
        passed = timedelta(seconds=monotonic() - began)
        if passed > RENEW_AFTER and not outcomes.renewed(row, until=now + passed + CLAIM):
            continue  # the mails before it took so long that another worker sends it
        try:
            _deliver(row, sender_for, now, broken)
        except DBAPIError:
            raise
        except Exception:
            log.exception("outbox.failed", outbox_id=row.id)
    return len(claimed)


def dead_letters(session: Session, *, limit: int = 100) -> list[Outbox]:
    """Return what was given up, newest first."""
    return list(
        session.scalars(
            select(Outbox).where(Outbox.state == "dead").order_by(Outbox.id.desc()).limit(limit)
        )
    )


def waiting(session: Session, *, limit: int = 100) -> list[Outbox]:
    """Return what has yet to leave, what is tried next first."""
    return list(
        session.scalars(
            select(Outbox)
            .where(Outbox.state.in_(("queued", "sending")))
            .order_by(Outbox.next_try_at, Outbox.id)
            .limit(limit)
        )
    )


def try_again(session: Session, outbox_id: int, *, now: datetime) -> None:
    """Put a dead letter back into the queue with all its tries before it."""
    row = session.get(Outbox, outbox_id)
    if row is None or row.state != "dead":
        raise Refusal("not_dead", lazy_gettext("This mail is not among the failed ones any more."))
    row.state, row.attempts, row.next_try_at = "queued", 0, now
    if outgoing_posts.is_post(row.mail):
        row.attempts = 1  # it may stand there already, so it is looked for first
    row.last_error = row.error_code = None
    if row.message_id is not None:
        message = session.get_one(Message, row.message_id)
        message.delivery, message.delivery_error = "queued", None


def take_back(session: Session, *, now: datetime) -> int:
    """Free what workers had claimed that are heard of no more; return how many rows."""
    alive = select(Heartbeat.worker).where(Heartbeat.at >= now - heartbeats.SILENT)
    return changed(
        session,
        update(Outbox)
        .where(Outbox.state == "sending", Outbox.claimed_by.not_in(alive))
        .values(state="queued", next_try_at=now)
        .execution_options(synchronize_session=False),
    )


def _claim(worker: str, now: datetime) -> list[Claimed]:
    with reading() as session:
        if session.scalar(_due(now).limit(1)) is None:
            return []
    with transaction() as session:
        rows = session.scalars(
            select(Outbox)
            .where(Outbox.id.in_(_due(now).limit(BATCH).with_for_update(skip_locked=True)))
            .order_by(Outbox.id)
        ).all()
        return [
            _as_claimed(row, worker) for row in rows if _is_claimed(session, row, worker, now=now)
        ]


def _is_claimed(session: Session, row: Outbox, worker: str, *, now: datetime) -> bool:
    """Claim a row, unless another worker has; what is not owed any more is dropped."""
    if row.target_id is not None and not _is_owed(session, row.target_id):
        row.state = "dropped"
        return False
    claim = (
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
    return won(session, claim)


def _as_claimed(row: Outbox, worker: str) -> Claimed:
    return Claimed(
        id=row.id,
        account_id=row.account_id,
        identity=row.identity,
        sender=row.sender,
        recipients=tuple(row.recipients),
        mail=row.mail,
        attempts=row.attempts + 1,  # as it stands in the row since it was claimed
        worker=worker,
    )


def _is_owed(session: Session, target_id: int) -> bool:
    """Read the clock again before word of it goes out (BEHAVIOURS 15)."""
    target = session.get(Target, target_id)
    return target is not None and target.met_at is None and target.state != "cancelled"


def _due(now: datetime) -> Select[int]:
    return (
        select(Outbox.id)
        .where(Outbox.state.in_(("queued", "sending")), Outbox.next_try_at <= now)
        .order_by(Outbox.next_try_at, Outbox.id)
    )


def _deliver(
    row: Claimed, sender_for: SenderFor, now: datetime, broken: dict[int, ChannelError]
) -> None:
    account = _account(row)
    if account is None:
        nowhere = ChannelError("no_mailbox", "no mailbox is set up to send from")
        outcomes.postponed(row, nowhere, now=now)
        return
    if account.id in broken:
        outcomes.postponed(row, broken[account.id], now=now)
        return
    try:
        row = _from_mailbox(row, account)
        receipt = sender_for(account).send(_composed(row, now))
    except ChannelError as error:
        if error.code in BROKEN or error.retry_at is not None:
            broken[account.id] = error
        if error.code in BROKEN:
            channel_accounts.note_sending(account.id, error, now=now)
        outcomes.failed(row, error, now=now)
    except DBAPIError:
        raise
    except Exception as error:
        log.exception("outbox.sender_failed", outbox_id=row.id)
        outcomes.failed(row, ChannelError("failed", f"the desk failed on it: {error!r}"), now=now)
    else:
        if account.send_error is not None:
            channel_accounts.note_sending(account.id, None, now=now)
        outcomes.sent(row, receipt, now=now)


def _from_mailbox(row: Claimed, account: ChannelAccount) -> Claimed:
    """Let a mail leave as the mailbox that sends it: servers refuse every other sender.

    It may have been written before there was a mailbox, or when that had another address.
    """
    if account.channel != "email" or account.address in ("", row.sender):
        return row
    mail = outgoing_mail.sent_as(row.mail, account.address)
    outcomes.readdressed(row, account.address, mail)
    return replace(row, sender=account.address, mail=mail)


def _composed(row: Claimed, now: datetime) -> OutgoingMessage:
    """Write the mail when it is its turn: a batch of large ones need not fill the memory."""
    try:
        raw = outgoing_mail.compose_stored(row.mail, current_storage())
    except FileNotFoundError as error:
        sentence = "a file that belongs to it is missing on the disk"
        raise ChannelError("unwritable", sentence, permanent=True) from error
    except ValueError as error:
        sentence = f"it cannot be written as a mail: {error}"
        raise ChannelError("unwritable", sentence, permanent=True) from error
    return OutgoingMessage(row.identity, row.sender, row.recipients, raw, row.attempts, now)


def _account(row: Claimed) -> ChannelAccount | None:
    """Return the account to send from; a mailbox that was set up after the mail counts too.

    What waits for a mailbox that was retired meanwhile leaves through the default one.
    """
    with reading() as session:
        account = session.get(ChannelAccount, row.account_id) if row.account_id else None
        if account is None or (account.channel == "email" and account.state == "retired"):
            chosen = outgoing.sender_for(session, None).account_id
            account = session.get(ChannelAccount, chosen) if chosen is not None else account
        if account is not None:
            session.refresh(account)
            session.expunge(account)
        return account
