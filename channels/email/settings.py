"""A mailbox's settings, as an administrator entered them, made into typed accounts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from channels.base import Account
from channels.email.account import MailAccount, Security, SmtpAccount
from channels.errors import ChannelError


def mail_account(account: Account) -> MailAccount:
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
                max_message_bytes=account.max_bytes,
                ca_file=Path(imap["ca_file"]) if imap.get("ca_file") else None,
                **_credentials(account, imap),
            )
        ),
    )


def smtp_account(account: Account) -> SmtpAccount:
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
                **_credentials(account, smtp),
            )
        ),
    )


def _part(account: Account, part: str) -> Mapping[str, Any]:
    settings = account.settings.get(part)
    if not settings:
        raise ChannelError(
            "misconfigured",
            f"The mailbox {account.name} has no {part.upper()} server; enter one in the settings.",
            permanent=True,
        )
    return cast("Mapping[str, Any]", settings)


def _credentials(account: Account, settings: Mapping[str, Any]) -> dict[str, Any]:
    if settings.get("token"):
        reference = str(settings["token"])
        return {"token": lambda: account.secret(reference)}
    if settings.get("password"):
        return {"password": account.secret(str(settings["password"]))}
    return {}


def _security(settings: Mapping[str, Any]) -> Security:
    security = settings.get("security") or "tls"
    if security not in ("tls", "starttls", "plain"):
        raise ValueError(f"{security!r} is no way to secure a connection: tls, starttls or plain")
    return cast("Security", security)


def _checked(make: Any) -> Any:
    try:
        return make()
    except (ValueError, TypeError) as error:
        raise ChannelError("misconfigured", str(error), permanent=True) from error
