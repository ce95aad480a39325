"""How to reach a mailbox and a way out: typed, frozen, checked once."""

from __future__ import annotations

import ssl
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from channels.errors import ChannelError

Security = Literal["tls", "starttls", "plain"]
"""TLS from the first byte, TLS after STARTTLS (never without it), or none at all."""

TokenProvider = Callable[[], str]
"""Returns a fresh OAuth2 access token; raises ChannelError when there is none."""

MEGABYTE = 1024 * 1024
LONGEST_IDLE_SECONDS = 29 * 60.0  # https://www.rfc-editor.org/rfc/rfc2177


def _identification() -> dict[str, str]:
    return {"name": "helpdesk-sla", "vendor": "helpdesk-sla", "version": "1"}


@dataclass(frozen=True, slots=True)
class MailAccount:
    """A mailbox that is read over IMAP.

    - ``token`` takes the place of ``password`` (XOAUTH2).
    - ``move_to``: folder for mails that have been stored, made where it is
      missing; ``None`` leaves them where they are.
    - ``start``: what the very first connection takes, everything that is in the
      folder (``oldest``) or only what comes from now on (``now``).
    - ``identification``: the fields of the IMAP ``ID`` command, without which
      some Chinese providers refuse to open a folder.
    - ``batch_count``, ``batch_bytes`` bound one batch, ``max_message_bytes`` one
      mail; a larger one comes as an oversize note (``channels.email.oversize``).
    - ``idle_seconds``: how long one IDLE lasts before it is renewed;
      ``poll_seconds``: how often to look where the server has no IDLE.
    - ``ca_file``: trust this authority (PEM) instead of the system's.
    """

    host: str
    user: str
    password: str = field(default="", repr=False)
    token: TokenProvider | None = field(default=None, repr=False)
    port: int = 993
    security: Security = "tls"
    folder: str = "INBOX"
    move_to: str | None = None
    start: Literal["oldest", "now"] = "oldest"
    identification: dict[str, str] = field(default_factory=_identification)
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    max_message_bytes: int = 25 * MEGABYTE
    batch_count: int = 50
    batch_bytes: int = 16 * MEGABYTE
    idle_seconds: float = 5 * 60.0
    poll_seconds: float = 60.0
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        _require_host(self.host, self.port)
        _require_clean(user=self.user, password=self.password, folder=self.folder)
        _require_clean(move_to=self.move_to or "-", **self.identification)
        _require(bool(self.folder), "folder is empty: INBOX is the usual one")
        _require(self.move_to != self.folder, "move_to is the folder that is read: name another")
        _require(
            0 < self.idle_seconds <= LONGEST_IDLE_SECONDS,
            "idle_seconds must be between 1 second and 29 minutes",
        )
        _require(
            all(text.isascii() for text in self.identification.values()),
            "identification must be ASCII: it is sent in an IMAP command",
        )
        _require(self.batch_count > 0 and self.batch_bytes > 0, "a batch needs room for a mail")
        _require(self.max_message_bytes > 0, "max_message_bytes must be more than 0")


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """A way out over SMTP.

    Without ``user`` nobody signs in; ``token`` takes the place of ``password``
    (XOAUTH2). ``from_address`` is the address that recipients see.
    ``local_hostname`` is how we introduce ourselves (EHLO); by default this
    machine's name.
    """

    host: str
    from_address: str
    port: int = 465
    security: Security = "tls"
    user: str = ""
    password: str = field(default="", repr=False)
    token: TokenProvider | None = field(default=None, repr=False)
    timeout: float = 60.0
    local_hostname: str | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        _require_host(self.host, self.port)
        _require_clean(user=self.user, password=self.password, from_address=self.from_address)
        _require_clean(local_hostname=self.local_hostname or "-")
        _require("@" in self.from_address, f"{self.from_address!r} is not a mail address")


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that checks both the certificate and the host's name.

    An organisation's own authority often lacks extensions that RFC 5280 asks for and Python
    insists on from 3.13: it is trusted all the same, since somebody chose it.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ChannelError(
            "misconfigured",
            f"The certificate authority file {ca_file} cannot be read ({error}): correct ca_file.",
            permanent=True,
        ) from error
    if ca_file is not None:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _require_host(host: str, port: int) -> None:
    _require_clean(host=host)
    _require(bool(host) and not any(map(str.isspace, host)), "host is empty or has spaces in it")
    _require(0 < port < 65536, f"{port} is not a port number (1 to 65535)")


def _require_clean(**texts: str) -> None:
    for name, text in texts.items():
        control = any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)
        _require(not control, f"{name} holds a control character")


def _require(right: bool, sentence: str) -> None:
    if not right:
        raise ChannelError("misconfigured", f"Mail account: {sentence}.", permanent=True)
