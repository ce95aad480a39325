"""What scenarios run: a clock that can be moved, a worker, a web server, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.jobs import Worker
from helpdesk.models import ChannelAccount
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Mailbox
from tests.servers.process import LOOPBACK
from tests.servers.smtp import SmtpServer

T = TypeVar("T")
PATIENCE_SECONDS = 180.0


class MovedClock:
    """A clock that runs on from a given instant and can be set ahead."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def set(self, instant: datetime) -> None:
        """Go on from a later instant."""
        assert instant > self()
        self._ahead = instant - datetime.now(UTC)

    def move(self, ahead: timedelta) -> None:
        """Set the clock ahead."""
        self._ahead += ahead


def eventually(look: Callable[[], T], what: str, *, seconds: float = PATIENCE_SECONDS) -> T:
    """Return the first true answer of ``look``; fail, naming ``what`` was missing."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} seconds: {what}", pytrace=False)
        time.sleep(0.1)
    return found


def look(app: Flask, read: Callable[[Session], T]) -> T:
    """Read from the desk's database as it is at this moment; rows stay readable afterwards."""
    with app.app_context(), reading() as session:
        found = read(session)
        session.expunge_all()
        return found


def mail_settings(
    mailbox: Mailbox, smtp: SmtpServer, certificates: Certificates, folder: Path
) -> dict[str, dict[str, object]]:
    """Return how the desk reaches a mailbox of Dovecot and the SMTP server."""
    secret = folder / f"{mailbox.address}.password"
    secret.write_text(mailbox.password)
    return {
        "imap": {
            "host": LOOPBACK,
            "port": mailbox.server.tls_port,
            "security": "tls",
            "ca_file": str(certificates.authority),
            "user": mailbox.address,
            "password": f"file:{secret}",
        },
        "smtp": {"host": LOOPBACK, "port": smtp.port, "security": "plain"},
    }


def add_mailbox(
    app: Flask, name: str, address: str, settings: dict[str, dict[str, object]], *, now: datetime
) -> int:
    """Set up a mailbox of the desk and return its id."""
    with app.app_context(), transaction() as session:
        first = session.scalar(select(ChannelAccount.id).where(ChannelAccount.is_default)) is None
        account = ChannelAccount(
            channel="email",
            name=name,
            address=address,
            is_default=first,
            settings=settings,
            created_at=now,
        )
        session.add(account)
        session.flush()
        return account.id


@contextmanager
def working(app: Flask, clock: Callable[[], datetime]) -> Iterator[Worker]:
    """Run a worker with all its threads."""
    worker = Worker(app, clock)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
