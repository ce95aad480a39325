"""What the tests of the mail transport share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from channels.email.account import MailAccount
from channels.email.imap import ImapSource
from channels.message import RawItem
from tests.servers.dovecot import Mailbox

NOW = datetime(2036, 11, 23, 2, 0, tzinfo=UTC)


def a_mail(subject: str, *, size: int = 0) -> bytes:
    head = f"Message-ID: <{subject}@college.test>\r\nSubject: {subject}\r\n\r\n".encode()
    return head + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (size // 72)


def account_of(mailbox: Mailbox, **changes) -> MailAccount:
    """Return how the desk reads this mailbox: over TLS, trusting the tests' authority."""
    usual = {
        "host": mailbox.server.host,
        "port": mailbox.server.tls_port,
        "user": mailbox.address,
        "password": mailbox.password,
        "ca_file": mailbox.server.certificates.authority,
        "connect_timeout": 5.0,
        "read_timeout": 5.0,
    }
    return MailAccount(**usual | changes)


@pytest.fixture
def source_of() -> Iterator[Callable[..., ImapSource]]:
    """Return a maker of sources; they are closed when the test ends."""
    made: list[ImapSource] = []

    def make(mailbox: Mailbox, *, stop=None, **changes) -> ImapSource:
        made.append(ImapSource(account_of(mailbox, **changes), stop=stop))
        return made[-1]

    yield make
    for source in made:
        source.close()


def fetch_all(source: ImapSource, cursor: str | None = None) -> tuple[list[RawItem], str | None]:
    """Fetch everything behind ``cursor``; return the items and the cursor after them."""
    items: list[RawItem] = []
    for batch in source.fetch(cursor, now=NOW):
        items += batch.items
        cursor = batch.cursor
    return items, cursor


def subjects(items: list[RawItem]) -> list[str]:
    return [item.raw.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for item in items]
