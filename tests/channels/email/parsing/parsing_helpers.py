"""Read a sample, or a mail written in the test, as the desk reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from channels.email.channel import understand_bytes
from channels.email.limits import Limits
from channels.message import IncomingMessage

SAMPLES = Path(__file__).parents[3] / "samples" / "email"
RECEIVED_AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEAD = (
    b"From: Ann <ann@odd.example>\r\nTo: support@chinamiec.example\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0800\r\nMessage-ID: <1@odd.example>\r\n"
)


def sample(name: str) -> IncomingMessage:
    return understand((SAMPLES / f"{name}.eml").read_bytes())


def understand(raw: bytes, limits: Limits | None = None) -> IncomingMessage:
    return understand_bytes(raw, received_at=RECEIVED_AT, limits=limits or Limits())


def mail(body: bytes | str = b"", *fields: str) -> IncomingMessage:
    """Read a mail with an ordinary head, some more fields and a body."""
    more = "".join(f"{field}\r\n" for field in fields).encode()
    content = body.encode() if isinstance(body, str) else body
    return understand(HEAD + more + b"\r\n" + content)


def html(markup: str) -> IncomingMessage:
    return mail(markup, "Content-Type: text/html; charset=utf-8")
