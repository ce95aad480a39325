"""What SMTP servers answer, told to a person who can do something about it.

A reply is a number and text: 4xx may pass, 5xx will not
(https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1).
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from channels.email.account import SmtpAccount
from channels.email.network_errors import network_error
from channels.errors import ChannelError
from channels.message import FailedRecipient

CLOSING = 421
_WANTS_TLS_OR_SIGN_IN = 530
_NOT_YOUR_ADDRESS = {501, 550, 553}


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer."""

    code: int
    text: str

    @classmethod
    def of(cls, code: int, message: bytes | str) -> Reply:
        """Decode an answer; Chinese servers say it in UTF-8 or in GBK."""
        text = " ".join(_decoded(message).split())
        return cls(code, text if len(text) <= 200 else f"{text[:199]}…")

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()

    @property
    def permanent(self) -> bool:
        """Whether the same attempt will be refused again."""
        return self.code >= 500

    def failed(self, address: str) -> FailedRecipient:
        """Return this answer as the reason why an address was refused."""
        return FailedRecipient(address, self.permanent, str(self))


def _decoded(message: bytes | str) -> str:
    if isinstance(message, str):
        return message
    try:
        return message.decode()
    except UnicodeDecodeError:
        return message.decode("gb18030", errors="replace")


@contextmanager
def as_channel_errors(account: SmtpAccount) -> Iterator[None]:
    """Turn whatever goes wrong inside the block into a ChannelError."""
    try:
        yield
    except ChannelError:
        raise
    except smtplib.SMTPServerDisconnected as error:
        raise _disconnected(account) from error
    except smtplib.SMTPResponseException as error:
        raise refused(account, Reply.of(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPException as error:
        raise ChannelError("refused", f"{account.host} refused: {error}.") from error
    except (OSError, UnicodeError) as error:
        raise network_error(error, account.host, account.port) from error


def refused(account: SmtpAccount, reply: Reply) -> ChannelError:
    """Describe a message, or a whole session, that the server would not take."""
    if reply.code == _WANTS_TLS_OR_SIGN_IN:
        return ChannelError(
            "misconfigured",
            f"{account.host} wants encryption or a sign-in first ({reply}): "
            "set security, user and password.",
            permanent=True,
        )
    if reply.code == CLOSING or reply.code < 400:
        return ChannelError(
            "unreachable", f"{account.host} is closing ({reply}); it will be tried again."
        )
    if reply.permanent:
        return ChannelError(
            "refused", f"{account.host} refused the message for good ({reply}).", permanent=True
        )
    return ChannelError(
        "refused", f"{account.host} refused the message for now ({reply}); it will be tried again."
    )


def sender_refused(account: SmtpAccount, sender: str, reply: Reply) -> ChannelError:
    """Describe an envelope sender that the server will not have."""
    problem = refused(account, reply)
    if reply.code not in _NOT_YOUR_ADDRESS:
        return problem
    return ChannelError(
        "misconfigured",
        f"{account.host} does not let {account.user or 'this desk'} send as {sender} ({reply}): "
        "from_address must be an address of the signed-in mailbox.",
        permanent=True,
    )


def all_refused(account: SmtpAccount, refused: list[tuple[str, Reply]]) -> ChannelError:
    """Describe a message that nobody was allowed to receive."""
    reasons = "; ".join(f"{address}: {reply}" for address, reply in refused[:3])
    permanent = all(reply.permanent for _address, reply in refused)
    again = "check the addresses" if permanent else "it will be tried again"
    return ChannelError(
        "recipients_refused",
        f"{account.host} took none of the recipients ({reasons}): {again}.",
        permanent=permanent,
    )


def sign_in_failed(account: SmtpAccount, reply: Reply) -> ChannelError:
    """Describe a sign-in that did not succeed."""
    if not reply.permanent:
        return ChannelError(
            "unreachable", f"{account.host} cannot check the sign-in just now ({reply})."
        )
    advice = (
        "the OAuth2 token is not accepted; connect the mailbox again"
        if account.token
        else "check user and password; 163, 126, 139 and QQ mailboxes want SMTP switched on "
        "and the authorization code (授权码) from their settings instead of the password"
    )
    return ChannelError(
        "auth_failed",
        f"{account.host} refused the sign-in of {account.user} ({reply}): {advice}.",
        permanent=True,
    )


def _disconnected(account: SmtpAccount) -> ChannelError:
    return ChannelError(
        "unreachable", f"{account.host} closed the connection; it will be tried again."
    )
