"""Accounts on channels, whichever channel it is: who reads one now, and how it fares."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from channels import registry
from channels.base import Account, Answering, Polled, Sender, Source
from channels.errors import ChannelError
from helpdesk.config_source import resolve_secret
from helpdesk.extensions import reading, transaction
from helpdesk.models import ChannelAccount
from helpdesk.runtime import current_config, current_storage
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import request_meters
from helpdesk.services.database.claiming import won
from helpdesk.services.hotline import call_import

LEASE = timedelta(seconds=60)
RETRY = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300, 600))
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look at an account brought."""

    stored: int
    outcomes: tuple[intake.Outcome, ...]


def of(row: ChannelAccount) -> Account:
    """Return an account as its channel knows it."""
    config = current_config()
    return Account(
        row.name,
        row.address,
        dict(row.settings),
        resolve_secret,
        config.max_mail,
        config.data,
        hours=request_meters.DeskHours(),
        meter=request_meters.DeskMeter(row.id) if row.id else None,
    )


def open_source(row: ChannelAccount, stop: threading.Event | None = None) -> Source:
    """Return an account's source; it connects when it is first asked."""
    channel = registry.channel(row.channel)
    if not isinstance(channel, Polled):
        raise ChannelError("misconfigured", f"Nothing is fetched from the channel {row.channel}.")
    return channel.source(of(row), stop)


def due(session: Session, *, now: datetime) -> list[int]:
    """Return the accounts that should be read now: set up, not retired, not waiting."""
    rows = polled(session)
    return [row.id for row in rows if row.next_try_at is None or row.next_try_at <= now]


def polled(session: Session) -> list[ChannelAccount]:
    """Return the accounts that are read: switched on, with a far end to ask."""
    rows = session.scalars(
        select(ChannelAccount)
        .where(
            ChannelAccount.channel.in_(registry.polled()),
            ChannelAccount.state.in_(("active", "failing")),
        )
        .order_by(ChannelAccount.id)
    )
    return [row for row in rows if is_polled(row)]


def is_polled(row: ChannelAccount) -> bool:
    """Say whether an account has a far end to ask."""
    channel = registry.channel(row.channel)
    return isinstance(channel, Polled) and channel.is_polled(row.settings)


def claim(session: Session, account_id: int, worker: str, *, now: datetime) -> bool:
    """Take or renew the lease of an account; False while another worker holds it."""
    return won(
        session,
        update(ChannelAccount)
        .where(
            ChannelAccount.id == account_id,
            or_(
                ChannelAccount.lease_owner.is_(None),
                ChannelAccount.lease_owner == worker,
                ChannelAccount.lease_until < now,
            ),
        )
        .values(lease_owner=worker, lease_until=now + LEASE),
    )


def release(session: Session, worker: str) -> None:
    """Give all leases back, so that another worker need not wait for them to run out."""
    session.execute(
        update(ChannelAccount)
        .where(ChannelAccount.lease_owner == worker)
        .values(lease_owner=None, lease_until=None)
    )


def poll(account_id: int, source: Source, *, worker: str, clock: Any) -> Poll:
    """Store and process what is new behind the account's cursor.

    ``clock()`` gives the present instant. Raises ChannelError (the caller notes
    it with :func:`note_failure`) and LeaseLost, also when somebody changes the
    account meanwhile: its cursor may count the mails of another server by then.
    """
    stored = 0
    outcomes: list[intake.Outcome] = []
    with reading() as session:
        account = session.get_one(ChannelAccount, account_id)
        cursor, settings = account.cursor, dict(account.settings)
    storage = current_storage()
    for batch in source.fetch(cursor, now=clock()):
        now = clock()
        if batch.lines:  # read twice after a crash, a log's lines change nothing
            kind = settings.get("format", "queue_log")
            call_import.import_log(account_id, kind, batch.lines, now=now)
        items = intake.safe(storage, batch.items)
        with transaction() as session:
            if not claim(session, account_id, worker, now=now):
                raise intake.LeaseLost
            if _held(session, account_id).settings != settings:
                raise intake.LeaseLost
            ids = intake.store(
                session, account_id, items, now=now, cursor=batch.cursor, lease_owner=worker
            )
        stored += len(ids)
        source.done(batch.items)
        at_hand = {key: item.raw for item, key in items if key is not None}
        outcomes += intake.process(ids, now=clock(), at_hand=at_hand)
    note_success(account_id, now=clock())
    return Poll(stored, tuple(outcomes))


def rest(account_id: int, worker: str, *, until: datetime) -> None:
    """Give an account's lease back and leave it alone until then."""
    with transaction() as session:
        session.execute(
            update(ChannelAccount)
            .where(ChannelAccount.id == account_id, ChannelAccount.lease_owner == worker)
            .values(lease_owner=None, lease_until=None, next_try_at=until)
        )


def note_success(account_id: int, *, now: datetime) -> None:
    """Remember that the account was read."""
    with transaction() as session:
        account = _held(session, account_id)
        account.last_success_at, account.failures, account.next_try_at = now, 0, None
        if account.state == "failing":
            account.state, account.last_error, account.last_error_code = "active", None, None


def note_failure(account_id: int, error: ChannelError, *, now: datetime) -> None:
    """Show the reason and the next try; tickets go on meanwhile.

    What somebody has paused or retired since the try began stays so.
    """
    with transaction() as session:
        account = _held(session, account_id)
        wait = RETRY[min(account.failures, len(RETRY) - 1)]
        account.failures += 1
        if account.state == "active":
            account.state = "failing"
        account.last_error, account.last_error_at = error.sentence[:500], now
        account.last_error_code = error.code
        account.next_try_at = error.retry_at or now + wait
    log.warning("channel.failed", account_id=account_id, code=error.code, reason=error.sentence)


def note_sending(account_id: int, error: ChannelError | None, *, now: datetime) -> None:
    """Show at the account why nothing leaves through it, until something does again."""
    sentence, code, at = (error.sentence[:500], error.code, now) if error else (None, None, None)
    with transaction() as session:
        account = session.get_one(ChannelAccount, account_id)
        account.send_error, account.send_error_code, account.send_error_at = sentence, code, at
    if error is not None:
        log.warning("channel.cannot_send", account_id=account_id, code=error.code)


def _held(session: Session, account_id: int) -> ChannelAccount:
    """Keep others from an account until the transaction is over, and read what they did to it."""
    return session.get_one(ChannelAccount, account_id, with_for_update={"key_share": True})


class Senders:
    """The ways out that are open now, one for each account; not for several threads."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[dict[str, Any], Sender]] = {}

    def __call__(self, row: ChannelAccount) -> Sender:
        """Return the account's sender, made anew when its settings changed.

        So is one that could not send: the secret that its settings name may have changed.
        """
        known = self._open.get(row.id)
        if known is not None and known[0] == row.settings and row.send_error is None:
            return known[1]
        if known is not None:
            known[1].close()
        channel = registry.channel(row.channel)
        if not isinstance(channel, Answering):
            raise ChannelError(
                "misconfigured",
                f"Nothing leaves through the channel {row.channel}.",
                permanent=True,
            )
        sender = channel.sender(of(row))
        self._open[row.id] = (dict(row.settings), sender)
        return sender

    def close(self) -> None:
        """Close them all."""
        for _, sender in self._open.values():
            sender.close()
        self._open.clear()
