"""A whole desk goes into another database, row by row and as it is, whatever kind that is.

So an organisation begins on SQLite and goes on with PostgreSQL when it grows. Files stay
where they are: rows name them by their content.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Table, delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.models import Base, TicketChange
from helpdesk.services.database import bulk_rows
from helpdesk.services.operations import heartbeats

CHUNK = 1000
"""Rows at once: raw mails lie in some of them."""
_SEARCHES = {"ticket_search": "ticket_id", "article_search": "text_id"}
"""Indexes of lexemes, and what names the row that they are of on PostgreSQL."""
_CHANGES: Table = TicketChange.__table__  # type: ignore[assignment]


def check_nobody_works(session: Session, *, now: datetime) -> None:
    """Raise Refusal while a worker is alive: what it writes meanwhile would stay behind."""
    if heartbeats.alive(session, now=now):
        raise Refusal(
            "desk_runs",
            "The desk is running; stop worker and web processes, wait a minute, then copy.",
        )


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a database to be read as it is at this moment, whoever writes meanwhile."""
    # SQLite reads one state from the first look to the last as it is
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect() as connection, connection.execution_options(**level).begin():
        yield connection


def copy(source: Connection, target: Connection) -> Iterator[tuple[str, int]]:
    """Copy every row of one database into another of the same shape, which is empty.

    Yields each table's name and how many rows it has, once they are there. It happens in
    the caller's transactions: where it fails, nothing stays. Raises Refusal (``not_empty``,
    ``refused_row``).
    """
    tables = [table for table in Base.metadata.sorted_tables if table is not _CHANGES]
    for table in tables:
        if target.execute(select(table).limit(1)).first() is not None:
            raise Refusal(
                "not_empty",
                f"The other database is not empty: {table.name} has rows; name a new one.",
            )
    for table in tables:
        yield table.name, _copied(source, target, table)
    for name, number in _SEARCHES.items():
        yield name, _searchable(source, target, name, number)
    # triggers have noted every ticket that came in
    target.execute(delete(_CHANGES))
    yield _CHANGES.name, _copied(source, target, _CHANGES)
    _go_on_counting(target)


def _copied(source: Connection, target: Connection, table: Table) -> int:
    own_kind = [key.parent for key in table.foreign_keys if key.column.table is table]
    columns = [column for column in table.columns if column not in own_kind]
    names = [column.name for column in columns]
    count = 0
    for rows in _chunks(source, select(*columns).order_by(*table.primary_key.columns)):
        try:
            bulk_rows.write(target, table, names, rows)
        except DBAPIError as error:
            raise _refused(table, error) from error
        count += len(rows)
    for column in own_kind:  # it may name a row that came later
        naming = select(column, table.c.id).where(column.is_not(None))
        for rows in _chunks(source, naming):
            bulk_rows.change(target, table, [column.name], rows)
    return count


def _chunks(source: Connection, statement: Executable) -> Iterator[Sequence[Any]]:
    yield from source.execution_options(yield_per=CHUNK).execute(statement).partitions()


def _refused(table: Table, error: DBAPIError) -> Refusal:
    return Refusal(
        "refused_row",
        f"The other database refuses rows of the table {table.name} "
        f"({str(error.orig).splitlines()[0]}); nothing was copied.",
    )


def _searchable(source: Connection, target: Connection, name: str, number: str) -> int:
    """Copy an index of lexemes: the same words on both, kept as each does it best."""
    count = 0
    reading = text(_READ[source.dialect.name].format(name=name, number=number))
    for rows in _chunks(source, reading):
        told = {str(row[0]): row[1] for row in rows}
        target.execute(
            text(_WRITE[target.dialect.name].format(name=name, number=number)),
            {"rows": json.dumps(told, ensure_ascii=False)},
        )
        count += len(rows)
    return count


_READ = {
    "sqlite": "SELECT rowid, lexemes FROM {name} ORDER BY rowid",
    "postgresql": (
        "SELECT {number}, array_to_string(tsvector_to_array(lexemes), ' ') FROM {name} "
        "ORDER BY {number}"
    ),
}
_WRITE = {
    "sqlite": (
        "INSERT INTO {name} (rowid, lexemes) "
        "SELECT CAST(key AS INTEGER), value FROM json_each(:rows)"
    ),
    "postgresql": (
        "INSERT INTO {name} ({number}, lexemes) "
        "SELECT CAST(key AS integer), array_to_tsvector(string_to_array(value, ' ')) "
        "FROM json_each_text(CAST(:rows AS json))"
    ),
}


def _go_on_counting(target: Connection) -> None:
    """Let PostgreSQL's sequences go on behind the ids that came along."""
    if target.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None and (last := target.scalar(select(func.max(key)))) is not None:
            target.execute(
                select(func.setval(func.pg_get_serial_sequence(table.name, key.name), last))
            )
