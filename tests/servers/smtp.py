"""A real SMTP server whose refusals a test can order, and which may deliver to Dovecot."""

# ruff: noqa: N802 - aiosmtpd finds its hooks by these names

from __future__ import annotations

import base64
import contextlib
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.process import LOOPBACK, free_port

USER = "desk@mail.test"
PASSWORD = "authorization code 授权码"
TOKEN = "ya29.access-token"
HANG_UP = "(hang up)"

logging.getLogger("mail.log").setLevel(logging.WARNING)  # it logs every line of every talk


@dataclass(frozen=True)
class Delivered:
    """One message that the server took."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]
    connection: int
    signed_in_as: str | None


@dataclass
class Order:
    """Answer ``reply`` at ``stage`` (connect, mail, rcpt, data), ``times`` times."""

    stage: str
    reply: str
    times: int
    about: str

    def matches(self, stage: str, about: str) -> bool:
        return self.stage == stage and self.times > 0 and self.about in about


@dataclass
class SmtpServer:
    """What a test knows of the server, and what it may ask of it."""

    host: str
    port: int
    sign_in: bool = False
    delivered: list[Delivered] = field(default_factory=list)
    connections: int = 0
    hand_on: Callable[[Delivered], None] | None = None
    orders: list[Order] = field(default_factory=list)

    def refuse(self, stage: str, reply: str, *, times: int = 1_000_000, about: str = "") -> None:
        """Answer ``reply`` from now on; HANG_UP cuts the line without a word."""
        self.orders.append(Order(stage, reply, times, about))

    def deliver_to(self, dovecot: Dovecot, clock: Callable[[], datetime] | None = None) -> None:
        """Put what arrives into the Maildir of each recipient, whoever that is.

        ``clock`` dates the arrival; by default it is now.
        """

        def hand_on(mail: Delivered) -> None:
            for recipient in mail.recipients:
                head = f"Return-Path: <{mail.sender}>\r\nDelivered-To: {recipient}\r\n".encode()
                at = clock() if clock is not None else None
                dovecot.mailbox(recipient.lower()).deliver(head + mail.raw, at=at)

        self.hand_on = hand_on

    def ordered(self, stage: str, about: str = "") -> str | None:
        """Return the reply that a test has ordered for this moment, if any."""
        for order in self.orders:
            if order.matches(stage, about):
                order.times -= 1
                return order.reply
        return None


class _Handler:
    """Takes mail unless a test has ordered otherwise."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    async def handle_EHLO(self, smtp, session, envelope, hostname, responses):
        session.host_name = hostname
        session.number = getattr(session, "number", None) or self._count()
        return responses

    def _count(self) -> int:
        self.server.connections += 1
        return self.server.connections

    async def handle_MAIL(self, smtp: SMTP, session, envelope: Envelope, address, options):
        if (reply := _obey(smtp, self.server.ordered("mail", address))) is not None:
            return reply
        if self.server.sign_in and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 sender ok"

    async def handle_RCPT(self, smtp: SMTP, session, envelope: Envelope, address, options):
        if (reply := _obey(smtp, self.server.ordered("rcpt", address))) is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 recipient ok"

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope):
        if (reply := _obey(smtp, self.server.ordered("data"))) is not None:
            return reply
        mail = Delivered(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=bytes(envelope.content or b""),
            options=tuple(envelope.mail_options),
            connection=session.number,
            signed_in_as=_name(session.auth_data),
        )
        if self.server.hand_on is not None:
            self.server.hand_on(mail)
        self.server.delivered.append(mail)
        return f"250 2.0.0 queued as {len(self.server.delivered)}"

    async def auth_XOAUTH2(self, smtp: SMTP, args: list[str]) -> AuthResult:
        answer = await smtp.challenge_auth("") if len(args) == 1 else base64.b64decode(args[1])
        if answer == f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode():
            return AuthResult(success=True, auth_data=LoginPassword(USER.encode(), b""))
        await smtp.challenge_auth('{"status":"400","schemes":"Bearer"}')
        return AuthResult(success=False, handled=False)


def _name(auth_data: Any) -> str | None:
    return auth_data.login.decode() if isinstance(auth_data, LoginPassword) else None


def _obey(smtp: SMTP, reply: str | None) -> str | None:
    if reply == HANG_UP:
        smtp.transport.abort()
    elif reply is not None and reply.startswith("421"):
        smtp.loop.call_soon(smtp.transport.close)
    return reply


def _authenticate(_smtp, _session, _envelope, _mechanism, data: LoginPassword) -> AuthResult:
    right = data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data if right else None)


@contextlib.contextmanager
def run_smtp(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    sign_in: bool = False,
    **options: Any,
) -> Iterator[SmtpServer]:
    """Run a server: plain, ``tls`` from the first byte, or with a required ``starttls``.

    ``sign_in`` makes it take mail only from USER. ``options`` are aiosmtpd's
    (``data_size_limit``, ``auth_exclude_mechanism``…).
    """
    server = SmtpServer(LOOPBACK, free_port(), sign_in)
    controller = Controller(
        _Handler(server),
        hostname=LOOPBACK,
        port=server.port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_require_tls=False,
        authenticator=_authenticate,
        server_hostname="mail.test",
        **options,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """Run a plain SMTP server that takes everything from everybody."""
    with run_smtp() as server:
        yield server


@pytest.fixture
def smtp_starttls_server(certificates: Certificates) -> Iterator[SmtpServer]:
    """Run an SMTP server that wants STARTTLS and then a sign-in."""
    with run_smtp(starttls=certificates.server_context(), sign_in=True) as server:
        yield server


@pytest.fixture
def smtp_tls_server(certificates: Certificates) -> Iterator[SmtpServer]:
    """Run an SMTP server that speaks TLS from the first byte and wants a sign-in."""
    with run_smtp(tls=certificates.server_context(), sign_in=True) as server:
        yield server
