"""A fresh database for each test that asks for one, on SQLite and on PostgreSQL.

What belongs into every database (its tables) is put once into a template by
``prepare_database``; a test's own SQLite file is a copy of it. On PostgreSQL the tests of
a worker follow each other in one database, which is put back to the template in between.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.servers.postgres import PostgresServer, folder_of_the_run, only_one
from tests.servers.renewal import RenewedDatabase

Prepare = Callable[[str], None]
Kind = Literal["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    """Return what turns an empty database (its URL) into a template; it must disconnect."""
    return lambda _url: None


@pytest.fixture(scope="session")
def sqlite_template(
    tmp_path_factory: pytest.TempPathFactory, prepare_database: Prepare, worker_id: str
) -> Path:
    """Return the SQLite file that tests copy; the first worker that asks prepares it."""
    template = folder_of_the_run(tmp_path_factory, worker_id) / "template.sqlite3"
    _prepare_once(template, lambda: prepare_database(f"sqlite:///{template}"))
    return template


@pytest.fixture(scope="session")
def postgres_template(
    postgres: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
    prepare_database: Prepare,
    worker_id: str,
) -> str:
    """Return the PostgreSQL database that tests copy; the first worker that asks prepares it."""

    def prepare() -> None:
        postgres.create_database("template")
        prepare_database(postgres.url("template"))

    _prepare_once(folder_of_the_run(tmp_path_factory, worker_id) / "template.postgres", prepare)
    return "template"


def _prepare_once(what: Path, prepare: Callable[[], None]) -> None:
    ready = Path(f"{what}.ready")
    with only_one(Path(f"{what}.lock")):
        if not ready.exists():
            prepare()
            ready.touch()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a prepared SQLite database that this test alone uses."""
    copied = tmp_path / "helpdesk.sqlite3"
    if sqlite_template.exists():
        shutil.copy(sqlite_template, copied)
    return f"sqlite:///{copied}"


@pytest.fixture(scope="session")
def postgres_database(
    postgres: PostgresServer, postgres_template: str, worker_id: str
) -> Iterator[RenewedDatabase]:
    """Return this worker's PostgreSQL database, which one test after the other uses."""
    database = RenewedDatabase(postgres, postgres_template, f"renewed_{worker_id}")
    yield database
    database.drop()


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_database: RenewedDatabase) -> Iterator[str]:
    """Return the URL of a prepared PostgreSQL database that this test alone uses."""
    yield postgres.url(postgres_database.fresh())
    postgres_database.renew()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a prepared database; the test runs once on each kind."""
    kind: Kind = request.param
    url: str = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    return url
