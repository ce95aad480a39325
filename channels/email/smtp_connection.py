"""From a host name to a signed-in SMTP connection."""

from __future__ import annotations

import base64
import contextlib
import smtplib
from collections.abc import Callable

from channels.email import smtp_errors
from channels.email.account import SmtpAccount, tls_context
from channels.email.smtp_errors import Reply
from channels.email.xoauth2 import Xoauth2, fresh_token
from channels.errors import ChannelError

_CHALLENGE = 334
_SIGNED_IN = {235, 503}  # 503: already signed in
GOODBYE_SECONDS = 5.0

Respond = Callable[[bytes], bytes]


def connect(account: SmtpAccount) -> smtplib.SMTP:
    """Connect, encrypt, greet and sign in; raises ChannelError."""
    with smtp_errors.as_channel_errors(account):
        connection = _reach(account)
        try:
            connection.ehlo_or_helo_if_needed()
            if account.security == "starttls":
                _encrypt(connection, account)
            if account.user:
                _sign_in(connection, account)
        except BaseException:
            hang_up(connection)
            raise
        return connection


def hang_up(connection: smtplib.SMTP) -> None:
    """Take leave if the server still listens; never raises."""
    with contextlib.suppress(Exception):
        if connection.sock is not None:
            connection.sock.settimeout(GOODBYE_SECONDS)
        connection.quit()
    with contextlib.suppress(Exception):
        connection.close()


def _reach(account: SmtpAccount) -> smtplib.SMTP:
    context = tls_context(account.ca_file)
    name = account.local_hostname
    if account.security == "tls":
        return smtplib.SMTP_SSL(
            account.host, account.port, name, timeout=account.timeout, context=context
        )
    return smtplib.SMTP(account.host, account.port, name, timeout=account.timeout)


def _encrypt(connection: smtplib.SMTP, account: SmtpAccount) -> None:
    if not connection.has_extn("starttls"):
        raise ChannelError(
            "misconfigured",
            f"{account.host}:{account.port} offers no STARTTLS: set security to tls and port 465.",
            permanent=True,
        )
    code, message = connection.starttls(context=tls_context(account.ca_file))
    if code != 220:
        raise smtplib.SMTPResponseException(code, message)
    connection.ehlo()


def _sign_in(connection: smtplib.SMTP, account: SmtpAccount) -> None:
    """Sign in with the best mechanism that both sides know.

    Not smtplib's own ``login``: that one takes nothing but ASCII.
    """
    offered = connection.esmtp_features.get("auth", "").upper().split()
    for mechanism, respond, first in _mechanisms(account):
        if mechanism in offered:
            reply = _authenticate(connection, mechanism, respond, first)
            if reply.code not in _SIGNED_IN:
                raise smtp_errors.sign_in_failed(account, reply)
            return
    raise ChannelError(
        "misconfigured",
        f"{account.host}:{account.port} offers no way to sign in that we know "
        f"({' '.join(offered) or 'none at all'}): check port and security, or leave user empty.",
        permanent=True,
    )


def _mechanisms(account: SmtpAccount) -> list[tuple[str, Respond, bool]]:
    """List name, answerer and whether the first answer goes with the command."""
    if account.token is not None:
        token = fresh_token(account.token, account.user)
        return [("XOAUTH2", Xoauth2(account.user, token), True)]
    plain = f"\0{account.user}\0{account.password}".encode()
    answers = iter([account.user.encode(), account.password.encode()])
    return [
        ("PLAIN", lambda _challenge: plain, True),
        ("LOGIN", lambda _challenge: next(answers, b""), False),
    ]


def _authenticate(connection: smtplib.SMTP, mechanism: str, respond: Respond, first: bool) -> Reply:
    command = f"{mechanism} {_encoded(respond(b''))}" if first else mechanism
    code, message = connection.docmd("AUTH", command)
    while code == _CHALLENGE:
        code, message = connection.docmd(_encoded(respond(message)))
    return Reply.of(code, message)


def _encoded(answer: bytes) -> str:
    return base64.b64encode(answer).decode()
