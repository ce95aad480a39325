"""A desk for a test: the application on a prepared database, and the moment it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from helpdesk import create_app, migrate
from helpdesk.config import Config
from helpdesk.extensions import db
from helpdesk.services.hours import calendars

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 2026-11-23 10:00 in Shanghai."""

PERSONAL_KEY = "a2V5LXRoYXQtb25seS10ZXN0cy11c2UtMTIzNDU2Nzg"


def make_config(url: str, data: Path, **changes: object) -> Config:
    """Return a configuration for tests."""
    settings: dict[str, object] = {
        "database_url": url,
        "data": data,
        "secret_key": "a key that only tests use",
        "base_url": "http://helpdesk.test",
        "personal_keys": (PERSONAL_KEY,),
        **changes,
    }
    return Config(**settings)  # type: ignore[arg-type]


def dispose(app: Flask) -> None:
    """Close what the application holds, or the next test hears of it.

    That is its connections, and calendars, which a process keeps by a database's address and
    number: the next test's database has the same address, and counts anew.
    """
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    calendars._calendars.clear()


@pytest.fixture(scope="session")
def prepare_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Migrate the template that every test's database is copied from."""

    def prepare(url: str) -> None:
        app = create_app(make_config(url, tmp_path_factory.mktemp("template")))
        with app.app_context():
            migrate.upgrade(now=NOW)
        dispose(app)

    return prepare


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return the application on a database of its own; the test runs on both kinds."""
    app = create_app(make_config(database_url, tmp_path / "data"))
    with app.app_context():
        yield app
    dispose(app)


@pytest.fixture
def session(app: Flask) -> Session:
    """Return the database session of the test's desk."""
    return db.session()


@pytest.fixture
def now() -> datetime:
    """Return Monday 2026-11-23 10:00 in Shanghai."""
    return NOW
