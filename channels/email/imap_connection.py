"""From a host name to a signed-in IMAP connection."""

from __future__ import annotations

import contextlib
import imaplib
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from channels.email import imap_errors
from channels.email.account import MailAccount, tls_context
from channels.email.xoauth2 import Xoauth2, fresh_token
from channels.errors import ChannelError

GOODBYE_SECONDS = 5.0


class Connection(IMAPClient):  # type: ignore[misc]  # the library is untyped
    """An IMAPClient that misses nothing that came along with the go-ahead for IDLE.

    Such a line already sits in a buffer, where the poll of the socket cannot
    see it: the first look after ``idle()`` therefore reads without polling.
    """

    _look_before_polling = False

    def idle(self) -> None:
        """Let the server announce news from now on."""
        super().idle()
        self._look_before_polling = True

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:
        if self._look_before_polling:
            self._look_before_polling = False
            return [sock]
        return super()._poll_socket(sock, timeout)

    def hang_up(self) -> None:
        """Take leave if the server still listens; never raises."""
        with contextlib.suppress(Exception):
            self.socket().settimeout(GOODBYE_SECONDS)
            self.logout()
        with contextlib.suppress(Exception):
            self.shutdown()


def connect(account: MailAccount) -> Connection:
    """Connect, encrypt, sign in and say who we are; raises ChannelError."""
    with imap_errors.as_channel_errors(account):
        context = tls_context(account.ca_file)
        connection = Connection(
            account.host,
            account.port,
            ssl=account.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(account.connect_timeout, account.read_timeout),
        )
        try:
            connection.normalise_times = False
            if account.security == "starttls":
                _encrypt(connection, account)
            _sign_in(connection, account)
            _introduce(connection, account)
        except BaseException:
            connection.hang_up()
            raise
        return connection


def _encrypt(connection: Connection, account: MailAccount) -> None:
    if not connection.has_capability("STARTTLS"):
        raise ChannelError(
            "misconfigured",
            f"{account.host}:{account.port} offers no STARTTLS: set security to tls and port 993.",
            permanent=True,
        )
    connection.starttls(tls_context(account.ca_file))


def _sign_in(connection: Connection, account: MailAccount) -> None:
    try:
        if account.token is not None:
            token = fresh_token(account.token, account.user)
            connection.sasl_login("XOAUTH2", Xoauth2(account.user, token))
        elif connection.has_capability("AUTH=PLAIN"):
            connection.plain_login(account.user, account.password)
        elif connection.has_capability("LOGINDISABLED"):
            raise imap_errors.needs_encryption(account)
        else:
            connection.login(account.user, account.password)
    except LoginError as error:
        raise imap_errors.sign_in_failed(account, error) from error
    except UnicodeEncodeError as error:
        raise ChannelError(
            "auth_failed",
            f"{account.host} takes only ASCII in user and password: change the password.",
            permanent=True,
        ) from error


def _introduce(connection: Connection, account: MailAccount) -> None:
    """Send ID before any folder is opened, asked for or not.

    Netease's and China Mobile's servers refuse SELECT otherwise, and do not
    always advertise ID after the sign-in. Whoever does not know the command
    says so, which does no harm.
    """
    try:
        IMAPClient.id_.__wrapped__(connection, account.identification)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ValueError, TypeError, AttributeError):
        return
