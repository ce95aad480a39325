"""The database is locked or gone: the worker waits, and goes on where it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from helpdesk import create_app, extensions
from helpdesk.jobs import utc_now
from helpdesk.models import Outbox
from tests.desk import dispose, make_config
from tests.scenarios.letters import letter
from tests.scenarios.running import add_mailbox, eventually, look, mail_settings, working
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpServer

MAILS = 5


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a locked SQLite database a moment only."""
    monkeypatch.setattr(extensions, "BUSY_MILLISECONDS", 50)


def _app(url: str, folder: Path) -> Iterator[Flask]:
    app = create_app(make_config(url, folder / "data"))
    yield app
    dispose(app)


@pytest.fixture
def sqlite_app(impatient, sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    yield from _app(sqlite_url, tmp_path)


@pytest.fixture
def postgres_app(postgres_url: str, tmp_path: Path) -> Iterator[Flask]:
    yield from _app(postgres_url, tmp_path)


@pytest.fixture
def connect(mailbox: Mailbox, smtp_server: SmtpServer, certificates: Certificates, tmp_path: Path):
    """Return what sets a desk's mailbox up."""
    settings = mail_settings(mailbox, smtp_server, certificates, tmp_path)
    return lambda app: add_mailbox(app, "main", mailbox.address, settings, now=utc_now())


def _write(mailbox: Mailbox, name: str) -> None:
    for number in range(MAILS):
        sender = f"{name}{number}@college.test"
        written = letter(
            f"{name} {number}", "如何报名？", sender=sender, to=mailbox.address, at=utc_now()
        )
        mailbox.deliver(written.as_bytes())


def _answered(app: Flask, count: int) -> None:
    sent = select(func.count()).select_from(Outbox).where(Outbox.state == "sent")
    eventually(lambda: look(app, lambda s: s.scalar(sent)) == count, f"{count} answers")


def _troubles(caplog: pytest.LogCaptureFixture) -> int:
    return sum("database_trouble" in str(record.msg) for record in caplog.records)


def test_a_locked_database_is_waited_for(
    sqlite_app: Flask, *, connect, sqlite_url: str, mailbox: Mailbox, smtp_server, caplog
):
    connect(sqlite_app)
    with working(sqlite_app, utc_now):
        _write(mailbox, "before")
        _answered(sqlite_app, MAILS)
        with closing(sqlite3.connect(make_url(sqlite_url).database)) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            _write(mailbox, "meanwhile")
            eventually(lambda: _troubles(caplog) >= 3, "trouble in the log")
            other.execute("ROLLBACK")
        _answered(sqlite_app, 2 * MAILS)

    assert len(smtp_server.delivered) == 2 * MAILS


def test_a_database_server_that_is_gone_is_waited_for(
    postgres_app: Flask, *, connect, postgres_url: str, mailbox: Mailbox, smtp_server, caplog
):
    connect(postgres_app)
    with working(postgres_app, utc_now):
        _write(mailbox, "before")
        _answered(postgres_app, MAILS)
        _shut(postgres_url)
        _write(mailbox, "meanwhile")
        eventually(lambda: _troubles(caplog) >= 3, "trouble in the log")
        _open(postgres_url)
        _answered(postgres_app, 2 * MAILS)

    assert len(smtp_server.delivered) == 2 * MAILS


def _shut(url: str) -> None:
    """Throw everybody out and let nobody in, as a server that stops does."""
    name = make_url(url).database
    _as_superuser(url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    _as_superuser(
        url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )


def _open(url: str) -> None:
    _as_superuser(url, f'ALTER DATABASE "{make_url(url).database}" ALLOW_CONNECTIONS true')


def _as_superuser(url: str, statement: str) -> None:
    at = make_url(url)
    with psycopg.connect(
        host=at.host, port=at.port, user=at.username, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(statement)
