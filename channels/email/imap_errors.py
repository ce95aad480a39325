"""What IMAP servers answer, told to a person who can do something about it.

Response codes: https://www.rfc-editor.org/rfc/rfc5530
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from contextlib import contextmanager

from channels.email.account import MailAccount
from channels.email.network_errors import network_error
from channels.errors import ChannelError

_LATER = re.compile(r"\[(UNAVAILABLE|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)
_NOT_NOW = re.compile(r"\[(UNAVAILABLE|LIMIT|INUSE)\]", re.IGNORECASE)
_TOO_OFTEN = re.compile(r"\[(LIMIT|INUSE)\]|too many .*connections", re.IGNORECASE)
_NEEDS_TLS = re.compile(r"\[PRIVACYREQUIRED\]", re.IGNORECASE)
_UNSAFE = re.compile(r"unsafe login|kefu@188", re.IGNORECASE)
_CODE_HINT = (
    "163, 126, 139 and QQ mailboxes want IMAP switched on in their settings "
    "and the authorization code (授权码) shown there instead of the password"
)


@contextmanager
def as_channel_errors(account: MailAccount) -> Iterator[None]:
    """Turn whatever goes wrong inside the block into a ChannelError."""
    try:
        yield
    except ChannelError:
        raise
    except (OSError, UnicodeError) as error:
        raise network_error(error, account.host, account.port) from error
    except imaplib.IMAP4.abort as error:
        raise connection_lost(account, error) from error
    except imaplib.IMAP4.error as error:
        raise refused(account, error) from error
    except Exception as error:  # the client library trips over replies that are no IMAP
        raise ChannelError(
            "unreachable",
            f"{account.host} sent something that is not IMAP ({said(error)}): "
            "check the host and port.",
        ) from error


def connection_lost(account: MailAccount, error: Exception) -> ChannelError:
    """Describe a connection that ended under us."""
    return ChannelError(
        "unreachable",
        f"{account.host} closed the connection ({said(error)}); it will be tried again.",
    )


def refused(account: MailAccount, error: Exception) -> ChannelError:
    """Describe a command that the server would not carry out."""
    text = said(error)
    if _UNSAFE.search(text):
        return ChannelError(
            "refused",
            f"{account.host} takes this sign-in for unsafe ({text}): {_CODE_HINT}.",
            permanent=True,
        )
    if _TOO_OFTEN.search(text):
        return _too_often(account, text)
    return ChannelError("refused", f"{account.host} refused: {text}. It will be tried again.")


def may_pass(error: Exception) -> bool:
    """Tell whether the server itself says that it is only a bad moment."""
    return bool(_NOT_NOW.search(str(error)))


def sign_in_failed(account: MailAccount, error: Exception) -> ChannelError:
    """Describe a sign-in that did not succeed."""
    text = said(error)
    if isinstance(error.__context__, imaplib.IMAP4.abort):
        return connection_lost(account, error)
    if _TOO_OFTEN.search(text):
        return _too_often(account, text)
    if _LATER.search(text):
        sentence = f"{account.host} cannot check the sign-in just now ({text})."
        return ChannelError("unreachable", sentence)
    if _NEEDS_TLS.search(text):
        return needs_encryption(account)
    advice = (
        "the OAuth2 token is not accepted; connect the mailbox again"
        if account.token
        else f"check user and password; {_CODE_HINT}"
    )
    return ChannelError(
        "auth_failed",
        f"{account.host} refused the sign-in of {account.user} ({text}): {advice}.",
        permanent=True,
    )


def needs_encryption(account: MailAccount) -> ChannelError:
    """Describe a server that takes no password over an open line."""
    return ChannelError(
        "misconfigured",
        f"{account.host} takes no password without encryption: set security to tls or starttls.",
        permanent=True,
    )


def folder_missing(account: MailAccount, folders: list[str]) -> ChannelError:
    """Describe a folder that the mailbox does not have."""
    named = ", ".join(folders[:8]) or "none at all"
    return ChannelError(
        "folder_missing",
        f"The mailbox {account.user} has no folder {account.folder}: choose one of {named}.",
        permanent=True,
    )


def read_only(account: MailAccount) -> ChannelError:
    """Describe a folder out of which nothing can be moved."""
    return ChannelError(
        "refused",
        f"The folder {account.folder} of {account.user} is read-only: "
        "give the account the right to change it, or leave move_to empty.",
        permanent=True,
    )


def said(error: Exception) -> str:
    """Return what the server said, on one line and not too long for a log or a page."""
    text = str(error) or type(error).__name__
    if text.startswith("b'") and text.endswith("'"):  # imaplib formats bytes as they are
        text = text[2:-1]
    text = " ".join(text.split()).strip(" .")
    return text if len(text) <= 200 else f"{text[:199]}…"


def _too_often(account: MailAccount, text: str) -> ChannelError:
    return ChannelError(
        "rate_limited",
        f"{account.host} has had too many connections from us ({text}); it will be tried again.",
    )
