"""One PostgreSQL database that is put back to its template's rows after each test.

Copying a template anew takes half a second, nearly all of it for thousands of small
files; emptying tables that hold a few rows takes some milliseconds.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.servers.postgres import PostgresServer

TOO_LARGE = 100 * 1024 * 1024
"""Bytes from which a database is copied anew: what was deleted still takes its room."""

TURNS = 20
"""How often a database is renewed before it is measured, which takes as long as the rest."""

_SHAPE = """
SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384),
       (SELECT max(oid) FROM pg_class),
       (SELECT count(*) FROM pg_attribute WHERE attrelid >= 16384 AND NOT attisdropped),
       (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
"""

_OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

Marks = dict[str, tuple[int, int | None]]
"""By table: how many rows it has, and the newest transaction that wrote one of them."""


@dataclass(frozen=True)
class Prepared:
    """What a template holds: its tables' rows as COPY writes them, and its sequences."""

    tables: tuple[str, ...]
    rows: dict[str, bytes]
    sequences: dict[str, int | None]

    @classmethod
    def read(cls, connection: psycopg.Connection) -> Prepared:
        """Read it from a database that nobody has used yet."""
        tables = tuple(
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
        )
        rows = {name: _copied(connection, name) for name in tables}
        return cls(tables, {name: data for name, data in rows.items() if data}, _used(connection))

    def put_back(self, connection: psycopg.Connection, before: Marks) -> None:
        """Make a used database's rows and sequences those of the template again.

        Tables whose marks are those from ``before`` its use are as they were: whoever adds or
        changes a row marks it, and a deleted one is missing.
        """
        connection.execute(_OTHERS_OUT)
        marks = self.marks(connection)
        touched = [name for name in self.tables if marks[name] != before[name]]
        if touched:
            self._fill_anew(connection, touched)
        moved = {
            name: self.sequences.get(name)
            for name, last in _used(connection).items()
            if last != self.sequences.get(name)
        }
        if moved:
            setting = sql.SQL("setval({}, {}, {})")
            each = [
                setting.format(sql.Literal(f'"{name}"'), last or 1, last is not None)
                for name, last in moved.items()
            ]
            connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(each))

    def marks(self, connection: psycopg.Connection) -> Marks:
        """Return the marks of all tables."""
        marking = sql.SQL("SELECT {}, count(*), max(xmin::text::bigint) FROM {}")
        each = [marking.format(name, sql.Identifier(name)) for name in self.tables]
        every = sql.SQL(" UNION ALL ").join(each)
        return {name: (rows, newest) for name, rows, newest in connection.execute(every)}

    def _fill_anew(self, connection: psycopg.Connection, tables: list[str]) -> None:
        empty = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables]
        # neither triggers nor foreign keys look at what is put back as a whole
        connection.execute(
            sql.SQL("; ").join([sql.SQL("SET session_replication_role = replica"), *empty])
        )
        for name in tables:
            if name in self.rows:
                with connection.cursor().copy(
                    sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
                ) as copy:
                    copy.write(self.rows[name])


class RenewedDatabase:
    """A worker's database; ``renew`` makes it as the template is, ``drop`` ends it."""

    def __init__(self, server: PostgresServer, template: str, name: str) -> None:
        self._server = server
        self._template = template
        self._name = name
        self._connection: psycopg.Connection | None = None
        self._prepared: Prepared | None = None
        self._shape: object = None
        self._marks: Marks = {}
        self._turns = itertools.count(1)

    def fresh(self) -> str:
        """Return the name, always the same, of a database that is as the template is."""
        if self._connection is None:
            self._server.create_database(self._name, template=self._template)
            self._connection = self._server.connect(self._name)
            self._shape = self._connection.execute(_SHAPE).fetchone()
            self._prepared = self._prepared or Prepared.read(self._connection)
            self._marks = self._prepared.marks(self._connection)
        return self._name

    def renew(self) -> None:
        """Undo what a test did, or give the database up if that cannot be told for certain."""
        if self._connection is None:
            return
        try:
            if self._still_simple(self._connection):
                assert self._prepared is not None
                self._prepared.put_back(self._connection, self._marks)
                self._marks = self._prepared.marks(self._connection)
                return
        except psycopg.Error:
            pass  # a test may leave a database that lets nobody in
        self.drop()

    def drop(self) -> None:
        """Drop the database; the next that asks gets a copy of the template."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._server.drop_database(self._name)

    def _still_simple(self, connection: psycopg.Connection) -> bool:
        if connection.execute(_SHAPE).fetchone() != self._shape:
            return False
        if next(self._turns) % TURNS:
            return True
        [(size,)] = connection.execute("SELECT pg_database_size(current_database())")
        return size <= TOO_LARGE


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(
        sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    ) as copy:
        return b"".join(copy)


def _used(connection: psycopg.Connection) -> dict[str, int | None]:
    return dict(
        connection.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        ).fetchall()
    )
