"""Mailboxes: which there are, and what an administrator may set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.settings import mail_account, smtp_account
from channels.errors import ChannelError
from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import ChannelAccount
from helpdesk.services.connections import channel_accounts


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
    """Create or change a mailbox; raise Refusal for settings that nothing could be read by."""
    name, address = name.strip(), address.strip().lower()
    _check_name(session, account, name, address)
    if account is None:
        account = ChannelAccount(channel="email", created_at=now, failures=0)
        session.add(account)
    if _place(account.settings, account.address) != _place(settings, address):
        account.cursor = None  # it counts the mails of one folder of one server
    account.name, account.address, account.settings = name, address, settings
    account.state = state
    account.next_try_at, account.failures = None, 0
    account.last_error = account.last_error_code = None
    account.send_error = account.send_error_code = account.send_error_at = None
    if is_default:
        for other in session.scalars(
            select(ChannelAccount).where(
                ChannelAccount.channel == "email", ChannelAccount.is_default
            )
        ):
            other.is_default = other is account
    account.is_default = is_default
    session.flush()
    _check_settings(account)
    return account


def _check_name(session: Session, account: ChannelAccount | None, name: str, address: str) -> None:
    if not name or "@" not in address:
        raise Refusal(
            "incomplete_mailbox", lazy_gettext("Give the mailbox a name and its mail address.")
        )
    taken = select(ChannelAccount.id).where(
        ChannelAccount.channel == "email",
        ChannelAccount.name == name,
        ChannelAccount.id != (account.id if account else -1),
    )
    if session.scalar(taken) is not None:
        raise Refusal("name_taken", lazy_gettext("Another mailbox has this name."), field="name")


def _check_settings(account: ChannelAccount) -> None:
    """Let the channel itself say what it cannot work with."""
    for part, check in (("imap", mail_account), ("smtp", smtp_account)):
        if account.settings.get(part):
            try:
                check(channel_accounts.of(account))
            except ChannelError as error:
                raise Refusal("wrong_settings", error.sentence, field=part) from error


def _place(settings: Mapping[str, Any] | None, address: str | None) -> list[Any]:
    imap = (settings or {}).get("imap") or {}
    return [imap.get("host"), imap.get("user") or address, imap.get("folder")]
