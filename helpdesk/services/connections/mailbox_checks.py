"""Trying a mailbox's settings: sign in both ways, and say in a sentence what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from channels.email import imap_connection, smtp_connection
from channels.email.imap_errors import as_channel_errors
from channels.email.imap_mailbox import Mailbox
from channels.email.settings import mail_account, smtp_account
from channels.errors import ChannelError
from helpdesk.i18n import gettext
from helpdesk.models import ChannelAccount
from helpdesk.services.connections import channel_accounts

# Somebody looks at a page that waits for it.
CONNECT_SECONDS = 8.0
ANSWER_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Check:
    """What came of one try."""

    part: Literal["imap", "smtp"]
    good: bool
    sentence: str
    code: str | None = None


def check(account: ChannelAccount) -> list[Check]:
    """Sign in at the servers that the account names; nothing is read, sent or saved."""
    settings = account.settings
    checks = []
    if settings.get("imap"):
        checks.append(_try("imap", lambda: _imap(account)))
    if settings.get("smtp"):
        checks.append(_try("smtp", lambda: _smtp(account)))
    return checks


def _try(part: Literal["imap", "smtp"], work: Callable[[], str]) -> Check:
    try:
        return Check(part, good=True, sentence=work())
    except ChannelError as error:
        return Check(part, good=False, sentence=error.sentence, code=error.code)


def _imap(account: ChannelAccount) -> str:
    imap = replace(
        mail_account(channel_accounts.of(account)),
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
    )
    connection = imap_connection.connect(imap)
    try:
        with as_channel_errors(imap):
            Mailbox(connection, imap)
    finally:
        connection.hang_up()
    return gettext(
        "Signed in at %(host)s; the folder %(folder)s can be read.",
        host=imap.host,
        folder=imap.folder,
    )


def _smtp(account: ChannelAccount) -> str:
    smtp = replace(smtp_account(channel_accounts.of(account)), timeout=ANSWER_SECONDS)
    smtp_connection.hang_up(smtp_connection.connect(smtp))
    if smtp.user:
        return gettext("Signed in at %(host)s; mail can be sent.", host=smtp.host)
    return gettext("%(host)s answers; mail is sent without signing in.", host=smtp.host)
