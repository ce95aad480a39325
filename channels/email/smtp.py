"""A way out over SMTP, kept open for as many messages as the server likes."""

from __future__ import annotations

import re
import smtplib

from channels.email import smtp_errors
from channels.email.account import SmtpAccount
from channels.email.idn import ascii_domain
from channels.email.smtp_connection import connect, hang_up
from channels.email.smtp_errors import CLOSING, Reply
from channels.errors import ChannelError
from channels.message import FailedRecipient, OutgoingMessage, Receipt

_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_TAKEN = {250, 251, 252}
_LOST = {"unreachable"}  # what the server has seen of the message is then unknown
_SEND_THE_TEXT = 354


class SmtpSender:
    """Implements :class:`channels.base.Sender`.

    A connection is opened when it is first needed, used for many messages and
    replaced when the server has closed it. As long as the server has not seen
    the text, a lost connection is replaced at once; after that the outcome is
    unknown and the caller decides (each try carries the same Message-ID). Not
    for use by two threads at once.
    """

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._connection: smtplib.SMTP | None = None

    def send(self, message: OutgoingMessage) -> Receipt:
        """Deliver to every recipient that the server takes; raises ChannelError.

        ``Receipt.refused`` names the recipients that it did not take while it
        took others. When it takes none, that is an error, permanent if each of
        them was refused for good.
        """
        _check_addresses(message)
        try:
            with smtp_errors.as_channel_errors(self._account):
                refused = self._envelope(message)
                reply = self._give_text(message.raw)
        except ChannelError as error:
            if error.code in _LOST or not self._reset():
                self.close()
            raise
        return Receipt(message.identity, detail=str(reply), refused=refused)

    def close(self) -> None:
        """Close the connection; never raises."""
        if self._connection is not None:
            hang_up(self._connection)
            self._connection = None

    def _envelope(self, message: OutgoingMessage) -> tuple[FailedRecipient, ...]:
        """Announce the message; a connection that has died since the last one is replaced."""
        if self._connection is not None:
            try:
                with smtp_errors.as_channel_errors(self._account):
                    return self._announce(self._connection, message)
            except ChannelError as error:
                if error.code not in _LOST:
                    raise
                self.close()
        self._connection = connect(self._account)
        return self._announce(self._connection, message)

    def _announce(
        self, connection: smtplib.SMTP, message: OutgoingMessage
    ) -> tuple[FailedRecipient, ...]:
        options = self._options(connection, message)
        reply = Reply.of(*connection.mail(ascii_domain(message.sender), options))
        if reply.code not in _TAKEN:
            raise smtp_errors.sender_refused(self._account, message.sender, reply)
        refused = self._give_recipients(connection, message.recipients)
        code, text = connection.docmd("DATA")
        if code != _SEND_THE_TEXT:
            raise smtplib.SMTPDataError(code, text)
        return refused

    def _give_recipients(
        self, connection: smtplib.SMTP, recipients: tuple[str, ...]
    ) -> tuple[FailedRecipient, ...]:
        refused: list[tuple[str, Reply]] = []
        for address in recipients:
            reply = Reply.of(*connection.rcpt(ascii_domain(address)))
            if reply.code == CLOSING:
                raise smtp_errors.refused(self._account, reply)
            if reply.code not in _TAKEN:
                refused.append((address, reply))
        if len(refused) == len(recipients):
            raise smtp_errors.all_refused(self._account, refused)
        return tuple(reply.failed(address) for address, reply in refused)

    def _give_text(self, raw: bytes) -> Reply:
        assert self._connection is not None
        self._connection.send(smtp_lines(raw))
        code, text = self._connection.getreply()
        if code not in _TAKEN:
            raise smtplib.SMTPDataError(code, text)
        return Reply.of(code, text)

    def _options(self, connection: smtplib.SMTP, message: OutgoingMessage) -> list[str]:
        options: list[str] = []
        if connection.has_extn("size"):
            self._check_size(connection.esmtp_features["size"], len(message.raw))
            options.append(f"SIZE={len(message.raw)}")
        if not message.raw.isascii() and connection.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        addresses = (message.sender, *message.recipients)
        if not all(ascii_domain(address).isascii() for address in addresses):
            if not connection.has_extn("smtputf8"):
                raise ChannelError(
                    "refused",
                    f"{self._account.host} cannot send to an address that is not ASCII.",
                    permanent=True,
                )
            options.append("SMTPUTF8")
        return options

    def _check_size(self, limit: str, size: int) -> None:
        if limit.isdecimal() and 0 < int(limit) < size:
            raise ChannelError(
                "refused",
                f"The message has {size:,} bytes and {self._account.host} takes {int(limit):,}: "
                "send smaller attachments.",
                permanent=True,
            )

    def _reset(self) -> bool:
        """Forget the refused message; tell whether the next may use this connection."""
        if self._connection is None:
            return False
        try:
            code, _text = self._connection.rset()
        except (OSError, smtplib.SMTPException):
            return False
        return code in _TAKEN


def _check_addresses(message: OutgoingMessage) -> None:
    if not message.recipients:
        raise ChannelError("refused", "The message has no recipient.", permanent=True)
    for address in (message.sender, *message.recipients):
        if not address.isprintable() or " " in address:
            raise ChannelError("refused", f"{address!r} is no mail address.", permanent=True)


def smtp_lines(raw: bytes) -> bytes:
    r"""Return a message as it goes over the wire: CRLF alone, dots doubled, ended by a dot.

    A bare CR or LF is where servers disagree about the end of a message, which
    lets a sender smuggle in a second one.
    """
    lines = _BARE_LINE_END.sub(b"\r\n", raw)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    if lines.startswith(b"."):
        lines = b"." + lines
    return lines.replace(b"\r\n.", b"\r\n..") + b".\r\n"
