"""One PostgreSQL database that is put back to its template's rows after each test.

Copying a template anew takes half a second, nearly all of it for thousands of small
files; emptying tables that hold a few rows takes some milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.servers.postgres import PostgresServer

TOO_LARGE = 100 * 1024 * 1024
"""Bytes from which a database is copied anew: what was deleted still takes its room."""

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


@dataclass(frozen=True)
class Prepared:
    """What a template holds: its tables' rows as COPY writes them, its sequences, its shape."""

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

    def put_back(self, connection: psycopg.Connection) -> None:
        """Make a used database's rows and sequences those of the template again."""
        connection.execute(_OTHERS_OUT)
        empty = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in self.tables]
        # neither triggers nor foreign keys look at what is put back as a whole
        connection.execute(
            sql.SQL("; ").join([sql.SQL("SET session_replication_role = replica"), *empty])
        )
        for name, data in self.rows.items():
            with connection.cursor().copy(
                sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
            ) as copy:
                copy.write(data)
        for name, last in _used(connection).items():
            if last != self.sequences.get(name):
                before = self.sequences.get(name)
                connection.execute(
                    "SELECT setval(%s, %s, %s)", (f'"{name}"', before or 1, before is not None)
                )


class RenewedDatabase:
    """A worker's database; ``renew`` makes it as the template is, ``drop`` ends it."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._name = f"renewed_{template}"
        self._exists = False
        self._prepared: Prepared | None = None
        self._shape: object = None

    def fresh(self) -> str:
        """Return the name, always the same, of a database that is as the template is."""
        if not self._exists:
            self._server.create_database(self._name, template=self._template)
            self._exists = True
            with self._server.connect(self._name) as connection:
                self._shape = connection.execute(_SHAPE).fetchone()
                self._prepared = self._prepared or Prepared.read(connection)
        return self._name

    def renew(self) -> None:
        """Undo what a test did, or give the database up if that cannot be told for certain."""
        if not self._exists:
            return
        try:
            with self._server.connect(self._name) as connection:
                if self._still_simple(connection):
                    assert self._prepared is not None
                    self._prepared.put_back(connection)
                    return
        except psycopg.Error:
            pass  # a test may leave a database that lets nobody in
        self.drop()

    def drop(self) -> None:
        """Drop the database; the next that asks gets a copy of the template."""
        if self._exists:
            self._server.drop_database(self._name)
            self._exists = False

    def _still_simple(self, connection: psycopg.Connection) -> bool:
        shape = connection.execute(_SHAPE).fetchone()
        [(size,)] = connection.execute("SELECT pg_database_size(current_database())")
        return shape == self._shape and size <= TOO_LARGE


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
