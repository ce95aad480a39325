"""One real PostgreSQL server for the whole test run, shared by all xdist workers."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
import pytest

from tests.servers.parts import requires
from tests.servers.process import (
    LOOPBACK,
    free_port,
    open_folder,
    run_owner,
    start_guarded,
    wait_until,
)

BINARIES = ["/usr/lib/postgresql/*/bin"]
UNSAFE_BUT_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running server; everybody on the loopback interface may sign in."""

    port: int
    version: int
    superuser: str = "helpdesk"

    def url(self, database: str) -> str:
        """Return an SQLAlchemy URL."""
        return f"postgresql+psycopg://{self.superuser}@{LOOPBACK}:{self.port}/{database}"

    def create_database(self, name: str | None = None, *, template: str = "template0") -> str:
        """Create a database, a copy of ``template``, and return its name.

        Copying files instead of pages takes half the time where nothing waits for the disk.
        """
        created = name or f"test_{uuid.uuid4().hex}"
        strategy = "STRATEGY FILE_COPY" if self.version >= 15 else ""
        self._run(f'CREATE DATABASE "{created}" TEMPLATE "{template}" {strategy}')
        return created

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def ping(self) -> None:
        """Run nothing; raise OSError while the server is still starting."""
        try:
            self._run("SELECT 1")
        except psycopg.OperationalError as error:
            raise ConnectionError from error

    def connect(self, database: str) -> psycopg.Connection:
        """Connect as the superuser, each statement a transaction of its own."""
        return psycopg.connect(
            host=LOOPBACK, port=self.port, user=self.superuser, dbname=database, autocommit=True
        )

    def _run(self, statement: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> PostgresServer:
    """Return the run's PostgreSQL server; the first worker that asks starts it."""
    shared = folder_of_the_run(tmp_path_factory, worker_id)
    note = shared / "postgres.json"
    with only_one(shared / "postgres.lock"):
        if not note.exists():
            note.write_text(json.dumps(asdict(start_postgres())))
    return PostgresServer(**json.loads(note.read_text()))


def folder_of_the_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the temporary folder that all workers of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Let one worker at a time into the block."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def start_postgres(settings: Mapping[str, str] = UNSAFE_BUT_FAST) -> PostgresServer:
    """Start a server that lives until the whole test run is over."""
    initdb = requires("initdb", package="postgresql", also=BINARIES)
    program = requires("postgres", package="postgresql", also=BINARIES)
    folder = open_folder("postgres")
    server = PostgresServer(free_port(), _major_version(program))
    _give_to_postgres(folder)
    cluster = f"--pgdata={folder}/data --username={server.superuser} --auth=trust"
    options = f"{cluster} --encoding=UTF8 --locale=C.UTF-8 --no-sync".split()
    subprocess.run([*_as_postgres(), initdb, *options], check=True, capture_output=True, cwd=folder)
    settings = {
        **settings,
        "max_connections": "200",
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": str(folder),
    }
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    command = [*_as_postgres(), program, "-D", f"{folder}/data", "-p", str(server.port), *options]
    process = start_guarded(command, folder, owner=run_owner(), stop_by="INT")
    wait_until(server.ping, process, folder / "log")
    process.returncode = 0  # it outlives this worker on purpose: its guard stops it
    return server


def _major_version(program: str) -> int:
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return int(re.search(r"\d+", told.stdout)[0])


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    setpriv = requires("setpriv", package="util-linux")
    return [setpriv, "--reuid=postgres", "--regid=postgres", "--init-groups"]


def _give_to_postgres(folder: Path) -> None:
    if os.geteuid() == 0:
        pwd.getpwnam("postgres")
        shutil.chown(folder, "postgres", "postgres")
