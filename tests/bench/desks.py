"""Empty desks for benchmarks, on SQLite and on PostgreSQL, as safe on disk as a real one."""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from helpdesk import create_app, migrate
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount
from helpdesk.runtime import settle_in
from helpdesk.services.identity import accounts
from tests.bench.corpus import DESK
from tests.desk import dispose, make_config
from tests.servers.postgres import PostgresServer, start_postgres

KINDS = ("sqlite", "postgresql")
AGENT, MANAGER, CONTACT = "agent@office.test", "manager@office.test", "contact@college.test"
CENTER = "C000"
PASSWORD = "correct horse"
DISK = Path(__file__).parents[2] / "var"
"""Where a desk keeps its data; temporary folders may lie in memory."""
AS_ON_A_REAL_MACHINE = {"shared_buffers": "256MB", "random_page_cost": "1.1"}


@contextmanager
def desk(kind: str) -> Iterator[Flask]:
    """Run a migrated desk with a mailbox in a folder of its own."""
    folder = new_folder()
    with database(kind, folder) as url:
        app = create_app(make_config(url, folder, log_format="json"))
        logging.getLogger().handlers[:] = [_to_file(folder / "log")]
        try:
            with app.app_context():
                migrate.upgrade(now=now())
                _add_mailbox()
            settle_in()  # as every process of the desk does
            yield app
        finally:
            dispose(app)


def new_folder() -> Path:
    """Make a folder for a desk's data, which is removed when the process ends.

    Not sooner: for minutes ext4 makes new files slowly where many were deleted.
    """
    DISK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=DISK))
    atexit.register(shutil.rmtree, folder)
    return folder


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Lend an empty database; SQLite's lies in ``folder``."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'helpdesk.db'}"
        return
    name = _postgres().create_database()
    try:
        yield _postgres().url(name)
    finally:
        _postgres().drop_database(name)


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def add_people() -> None:
    """Give everybody who looks at pages a sign-in; the center has to exist."""
    with transaction() as session:
        for email, role in ((AGENT, "agent"), (MANAGER, "manager"), (CONTACT, "center")):
            accounts.add_login(
                session,
                email=email,
                role=role,
                name=role,
                password=PASSWORD,
                center_code=CENTER if role == "center" else None,
                now=now(),
            )


def signed_in(app: Flask, email: str) -> FlaskClient:
    """Return a client that somebody is signed in with."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
    if answer.status_code != 302:
        raise RuntimeError(f"cannot sign in as {email}: {answer.status}")
    return client


def _add_mailbox() -> None:
    with transaction() as session:
        session.add(
            ChannelAccount(
                channel="email",
                name="main",
                address=DESK,
                is_default=True,
                settings={"drop_folder": "outgoing"},
                created_at=now(),
            )
        )


@cache
def _postgres() -> PostgresServer:
    """Start one server, which ends with this process; unlike a test's, it syncs its disk."""
    return start_postgres(AS_ON_A_REAL_MACHINE)


def _to_file(path: Path) -> logging.Handler:
    """Logs are written as in production, only not onto the table."""
    handler = logging.FileHandler(path, delay=True)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    return handler
