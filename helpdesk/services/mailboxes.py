"""Mailboxes: their settings, who reads them now, and how they fare."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from channels.base import Source
from channels.email.account import MailAccount, SmtpAccount
from channels.email.imap import ImapSource
from channels.email.smtp import SmtpSender
from channels.errors import ChannelError
from helpdesk.config import ConfigError, resolve_secret
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext
from helpdesk.models import ChannelAccount
from helpdesk.runtime import current_config, current_storage
from helpdesk.services import intake

LEASE = timedelta(seconds=60)
RETRY = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300, 600))
log = structlog.get_logger(__name__)

Security = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look into a mailbox brought."""

    stored: int
    outcomes: tuple[intake.Outcome, ...]


def mail_account(account: ChannelAccount) -> MailAccount:
    """Return the IMAP side of an account; raise ChannelError with what to correct."""
    imap = _part(account, "imap")
    return cast(
        "MailAccount",
        _checked(
            lambda: MailAccount(
                host=str(imap.get("host", "")),
                user=str(imap.get("user") or account.address),
                port=int(imap.get("port") or 993),
                security=_security(imap),
                folder=str(imap.get("folder") or "INBOX"),
                move_to=imap.get("move_to") or None,
                start=imap.get("start") or "oldest",
                max_message_bytes=current_config().max_mail,
                ca_file=Path(imap["ca_file"]) if imap.get("ca_file") else None,
                **_credentials(imap),
            )
        ),
    )


def smtp_account(account: ChannelAccount) -> SmtpAccount:
    """Return the SMTP side of an account; raise ChannelError with what to correct."""
    smtp = _part(account, "smtp")
    return cast(
        "SmtpAccount",
        _checked(
            lambda: SmtpAccount(
                host=str(smtp.get("host", "")),
                from_address=account.address,
                port=int(smtp.get("port") or 465),
                security=_security(smtp),
                user=str(smtp.get("user") or ""),
                ca_file=Path(smtp["ca_file"]) if smtp.get("ca_file") else None,
                **_credentials(smtp),
            )
        ),
    )


def claim(session: Session, account_id: int, worker: str, *, now: datetime) -> bool:
    """Take or renew the lease of a mailbox; False while another worker holds it."""
    won = session.execute(
        update(ChannelAccount)
        .where(
            ChannelAccount.id == account_id,
            or_(
                ChannelAccount.lease_owner.is_(None),
                ChannelAccount.lease_owner == worker,
                ChannelAccount.lease_until < now,
            ),
        )
        .values(lease_owner=worker, lease_until=now + LEASE)
    )
    return bool(won.rowcount == 1)  # type: ignore[attr-defined]


def release(session: Session, worker: str) -> None:
    """Give all leases back, so that another worker need not wait for them to run out."""
    session.execute(
        update(ChannelAccount)
        .where(ChannelAccount.lease_owner == worker)
        .values(lease_owner=None, lease_until=None)
    )


def readable(session: Session, *, now: datetime) -> list[int]:
    """Return the mailboxes that should be read now: set up, not retired, not waiting."""
    rows = session.scalars(
        select(ChannelAccount).where(
            ChannelAccount.channel == "email",
            ChannelAccount.state.in_(("active", "failing")),
            or_(ChannelAccount.next_try_at.is_(None), ChannelAccount.next_try_at <= now),
        )
    )
    return [account.id for account in rows if account.settings.get("imap")]


def poll(account_id: int, source: Source, *, worker: str, clock: Any) -> Poll:
    """Store and process what is new behind the mailbox's cursor.

    ``clock()`` gives the present instant. Raises ChannelError (the caller notes
    it with :func:`note_failure`) and LeaseLost.
    """
    stored = 0
    outcomes: list[intake.Outcome] = []
    with reading() as session:
        cursor = session.get_one(ChannelAccount, account_id).cursor
    storage = current_storage()
    for batch in source.fetch(cursor, now=clock()):
        items = [(item, storage.put(item.raw)) for item in batch.items]
        now = clock()
        with transaction() as session:
            if not claim(session, account_id, worker, now=now):
                raise intake.LeaseLost
            ids = intake.store(
                session, account_id, items, now=now, cursor=batch.cursor, lease_owner=worker
            )
        stored += len(ids)
        source.done(batch.items)
        at_hand = {key: item.raw for item, key in items}
        outcomes += intake.process(ids, now=clock(), at_hand=at_hand)
    note_success(account_id, now=clock())
    return Poll(stored, tuple(outcomes))


def note_success(account_id: int, *, now: datetime) -> None:
    """Remember that the mailbox was read."""
    with transaction() as session:
        account = session.get_one(ChannelAccount, account_id)
        account.last_success_at, account.failures, account.next_try_at = now, 0, None
        if account.state == "failing":
            account.state, account.last_error, account.last_error_code = "active", None, None


def note_failure(account_id: int, error: ChannelError, *, now: datetime) -> None:
    """Show the reason and the next try; tickets go on meanwhile."""
    with transaction() as session:
        account = session.get_one(ChannelAccount, account_id)
        wait = RETRY[min(account.failures, len(RETRY) - 1)]
        account.failures += 1
        account.state = "failing"
        account.last_error, account.last_error_at = error.sentence[:500], now
        account.last_error_code = error.code
        account.next_try_at = error.retry_at or now + wait
    log.warning("mailbox.failed", account_id=account_id, code=error.code, reason=error.sentence)


def note_sending(account_id: int, error: ChannelError | None, *, now: datetime) -> None:
    """Show at the mailbox why nothing leaves through it, until something does again."""
    sentence, code, at = (error.sentence[:500], error.code, now) if error else (None, None, None)
    with transaction() as session:
        account = session.get_one(ChannelAccount, account_id)
        account.send_error, account.send_error_code, account.send_error_at = sentence, code, at
    if error is not None:
        log.warning("mailbox.cannot_send", account_id=account_id, code=error.code)


def open_source(account: ChannelAccount, stop: threading.Event | None = None) -> ImapSource:
    """Return a mailbox's source; it connects when it is first asked."""
    return ImapSource(mail_account(account), stop=stop)


class Senders:
    """The ways out that are open now, one for each mailbox; not for several threads."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Mapping[str, Any], Any]] = {}

    def __call__(self, account: ChannelAccount) -> Any:
        """Return the mailbox's sender, made anew when its settings changed."""
        known = self._open.get(account.id)
        if known is not None and known[0] == account.settings:
            return known[1]
        if known is not None:
            known[1].close()
        sender = _sender(account)
        self._open[account.id] = (dict(account.settings), sender)
        return sender

    def close(self) -> None:
        """Close them all."""
        for _, sender in self._open.values():
            sender.close()
        self._open.clear()


def account_named(session: Session, name: str | None) -> ChannelAccount:
    """Return a mailbox by name, or the default one; raise NotFound with what there is."""
    rows = session.scalars(
        select(ChannelAccount).where(ChannelAccount.channel == "email").order_by(ChannelAccount.id)
    ).all()
    if name is None:
        chosen = next((row for row in rows if row.is_default), rows[0] if rows else None)
        if chosen is not None:
            return chosen
        raise NotFound("no_mailbox", lazy_gettext("No mailbox is set up yet."))
    for row in rows:
        if name in (row.name, row.address):
            return row
    names = ", ".join(row.name for row in rows) or "-"
    raise NotFound(
        "no_mailbox",
        lazy_gettext("There is no mailbox %(name)s; there are: %(names)s", name=name, names=names),
    )


def save(
    session: Session,
    account: ChannelAccount | None,
    *,
    name: str,
    address: str,
    settings: dict[str, Any],
    state: str,
    is_default: bool,
    now: datetime,
) -> ChannelAccount:
    """Create or change a mailbox; its settings are checked before they count."""
    name, address = name.strip(), address.strip().lower()
    if not name or "@" not in address:
        raise Refusal(
            "incomplete_mailbox", lazy_gettext("Give the mailbox a name and its mail address.")
        )
    taken = session.scalar(
        select(ChannelAccount.id).where(
            ChannelAccount.channel == "email",
            ChannelAccount.name == name,
            ChannelAccount.id != (account.id if account else -1),
        )
    )
    if taken is not None:
        raise Refusal("name_taken", lazy_gettext("Another mailbox has this name."), field="name")
    if account is None:
        account = ChannelAccount(channel="email", created_at=now, failures=0)
        session.add(account)
    if _place(account.settings) != _place(settings):
        account.cursor = None  # it counts the mails of one folder of one server
    account.name, account.address, account.settings = name, address, settings
    account.state = state
    account.next_try_at, account.failures = None, 0
    account.last_error = account.last_error_code = None
    account.send_error = account.send_error_code = account.send_error_at = None
    if is_default:
        session.execute(
            update(ChannelAccount).where(ChannelAccount.channel == "email").values(is_default=False)
        )
    account.is_default = is_default
    session.flush()
    for part, check in (("imap", mail_account), ("smtp", smtp_account)):
        if settings.get(part):
            try:
                check(account)
            except ChannelError as error:
                raise Refusal("wrong_settings", error.sentence, field=part) from error
    return account


def _place(settings: Mapping[str, Any] | None) -> list[Any]:
    imap = (settings or {}).get("imap") or {}
    return [imap.get(key) for key in ("host", "user", "folder")]


def _sender(account: ChannelAccount) -> Any:
    folder = account.settings.get("drop_folder")
    if folder:
        from channels.email.drop import FolderSender  # noqa: PLC0415 - for trying the desk out

        return FolderSender(current_config().data / str(folder))
    return SmtpSender(smtp_account(account))


def _part(account: ChannelAccount, part: str) -> Mapping[str, Any]:
    settings = account.settings.get(part)
    if not settings:
        raise ChannelError(
            "misconfigured",
            f"The mailbox {account.name} has no {part.upper()} server; enter one in the settings.",
            permanent=True,
        )
    return cast("Mapping[str, Any]", settings)


def _credentials(settings: Mapping[str, Any]) -> dict[str, Any]:
    if settings.get("token"):
        reference = str(settings["token"])
        return {"token": lambda: resolve_secret(reference)}
    if settings.get("password"):
        return {"password": resolve_secret(str(settings["password"]))}
    return {}


def _security(settings: Mapping[str, Any]) -> Security:
    security = settings.get("security") or "tls"
    if security not in ("tls", "starttls", "plain"):
        raise ValueError(f"{security!r} is no way to secure a connection: tls, starttls or plain")
    return cast("Security", security)


def _checked(make: Any) -> Any:
    try:
        return make()
    except (ValueError, TypeError, ConfigError) as error:
        raise ChannelError("misconfigured", str(error), permanent=True) from error
