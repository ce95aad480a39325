"""The extensions, unbound, and how both databases are driven."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from helpdesk import row_ids
from helpdesk.models import Base

FLUSH_BEGINS_WITH = "flush begins with"


class DeskSession(FlaskSession):
    """A session whose flush begins with the rows that wait outside of it."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write the rows that wait, then the session's own, which may name them."""
        write_first: Callable[[Session], None] | None = self.info.get(FLUSH_BEGINS_WITH)
        if write_first is not None:
            write_first(self)
        super().flush(objects)


# The models hang on our own typed Base; Flask-SQLAlchemy brings engine and session.
db = SQLAlchemy(metadata=Base.metadata, session_options={"autoflush": False, "class_": DeskSession})
event.listen(db.session, "transient_to_pending", row_ids.give)
event.listen(db.session, "after_soft_rollback", row_ids.forget)

BUSY_MILLISECONDS = 10_000

_writing: ContextVar[bool] = ContextVar("writing", default=False)


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction that writes: commits at the end, rolls back on any error.

    On SQLite it takes the write lock at its beginning. A transaction that reads
    first and writes later would fail at once when another process wrote in
    between, whatever the busy timeout is (https://sqlite.org/rescode.html#busy_snapshot).
    """
    if _writing.get():
        raise RuntimeError("a transaction is open already; pass its session on")
    session = db.session()
    if session.in_transaction():
        session.rollback()  # what was read before belongs to an older snapshot
    token = _writing.set(True)
    row_ids.begin(session)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        row_ids.end(session)
        _writing.reset(token)


@contextmanager
def reading() -> Iterator[Session]:
    """One look at the database that holds no lock afterwards, for loops that wait between."""
    session = db.session()
    try:
        yield session
    finally:
        session.rollback()


def drive_sqlite(engine: Engine) -> None:
    """Set SQLite up for several processes: WAL, foreign keys, waiting, own BEGIN."""
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)


def _configure(connection: Any, _record: object) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver's own BEGIN comes too late for us
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        # FULL: a mail is moved away at its server only after its row is safe on disk
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -16000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
