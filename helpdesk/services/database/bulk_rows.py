"""Rows of one table by the thousand, in the way that each database takes them fastest.

PostgreSQL copies new rows in as text (``COPY``) and takes changes as one list, SQLite
steps one prepared statement through them. Both look at keys, checks and triggers as
ever; what is left out is SQLAlchemy's bookkeeping of every row. Nobody learns the new
rows' ids, and every column without a default in the database has to be given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from json import JSONEncoder
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from sqlalchemy import JSON, Table, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from helpdesk.models.base import UtcDateTime

Writer = Callable[[Any], Any]
FEW = 20
"""Below so many rows ``COPY`` is not worth its round trips."""


def add(
    session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Add rows whose values stand in the order of ``columns``."""
    if rows:
        session.flush()  # first what the rows name
        write(session.connection(), table, columns, rows)


def write(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Add rows that name nothing which still waits in a session."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        if len(rows) < FEW:
            connection.execute(
                insert(table), [dict(zip(columns, row, strict=True)) for row in rows]
            )
        else:
            _copy(connection, table, columns, rows)
        return
    writers = [_for_sqlite(connection, table, name) for name in columns]
    statement = _insert(table, tuple(columns))
    connection.exec_driver_sql(statement, _written(writers, rows))


def change(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Change rows: each has the new values in the order of ``columns``, and its id last."""
    if not rows:
        return
    names = (*columns, "id")
    if connection.dialect.name == "postgresql":
        _change_at_once(connection, table, names, rows)
        return
    sets = ", ".join(f'"{name}" = ?' for name in columns)
    statement = f'UPDATE "{table.name}" SET {sets} WHERE "id" = ?'  # noqa: S608 - our own names
    writers = [_for_sqlite(connection, table, name) for name in names]
    connection.exec_driver_sql(statement, _written(writers, rows))


def _change_at_once(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Change rows by one statement: the driver sees to each of many by itself, which costs more."""
    kinds = (f"{name} {table.c[name].type.compile(connection.dialect)}" for name in names)
    sets = ", ".join(f"{name} = changed.{name}" for name in names[:-1])
    statement = text(
        f"UPDATE {table.name} SET {sets} "  # noqa: S608 - our own names
        f"FROM json_to_recordset(CAST(:rows AS json)) AS changed({', '.join(kinds)}) "
        f"WHERE {table.name}.id = changed.id"
    )
    writers: list[Writer | None] = [
        _instant if _is_instant(table, name) else None for name in names
    ]
    told = [dict(zip(names, row, strict=True)) for row in _written(writers, rows)]
    connection.execute(statement, {"rows": _ENCODER.encode(told)})


def _written(
    writers: Sequence[Writer | None], rows: Sequence[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    """Return the rows as the driver takes them, seen to one column after the other."""
    known: dict[datetime, Any] = {}
    by_column = [
        values
        if write is None
        else _instants(write, values, known)
        if type(values[0]) is datetime
        else [None if value is None else write(value) for value in values]
        for write, values in zip(writers, zip(*rows, strict=True), strict=True)
    ]
    return list(zip(*by_column, strict=True))


def _instants(
    write: Writer, values: Sequence[datetime | None], known: dict[datetime, Any]
) -> list[Any]:
    """Write instants: most stand in several columns or many rows, and writing one takes long."""
    written = []
    for value in values:
        text = known.get(value) if value is not None else None
        if text is None and value is not None:
            text = known[value] = write(value)
        written.append(text)
    return written


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Copy rows in; raise what SQLAlchemy raises when a statement fails."""
    written = _written([_for_postgres(table, name) for name in columns], rows)
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table.name)} ({', '.join(map(quote, columns))}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in written:
                copy.write_row(row)
    except errors as error:
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from error


def _for_postgres(table: Table, name: str) -> Writer | None:
    if _is_instant(table, name):
        return _instant
    return _json if isinstance(table.c[name].type, JSON) else None


def _is_instant(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, UtcDateTime)


def _for_sqlite(connection: Connection, table: Table, name: str) -> Writer | None:
    kind = table.c[name].type
    if isinstance(kind, JSON):
        return _ascii_json
    dialect = connection.dialect
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect)


def _instant(value: datetime) -> str:
    return UtcDateTime.utc(value).isoformat(" ")


def _json(value: object) -> str:
    return _listed(value, encode_basestring) or _ENCODER.encode(value)


def _ascii_json(value: object) -> str:
    return _listed(value, encode_basestring_ascii) or _ASCII_ENCODER.encode(value)


def _listed(value: object, quoted: Callable[[str], str]) -> str:
    """Write a list of texts as the encoder would, in a fraction of its time; else nothing."""
    if type(value) is list and set(map(type, value)) == {str}:
        return f"[{', '.join(map(quoted, value))}]"
    return ""


# what is written was made a moment ago and holds no circles: looking for them takes a third
_ENCODER = JSONEncoder(ensure_ascii=False, check_circular=False)
_ASCII_ENCODER = JSONEncoder(check_circular=False)
"""As SQLAlchemy writes it into SQLite."""


@lru_cache(maxsize=32)
def _insert(table: Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'  # noqa: S608 - our own names
