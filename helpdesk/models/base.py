"""The declarative base and the column types that both databases share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, Index, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# Named constraints can be changed by a later migration on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def index_where_known(name: str, *columns: str, known: str) -> Index:
    """Return an index that holds only the rows in which a column is not NULL.

    Whoever looks for a value there finds it; the others need not be written.
    """
    where = text(f"{known} IS NOT NULL")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return the rule that a column holds one of these values, or nothing where it may.

    It lists alternatives: for ``IN`` with more than two values SQLite fills a table in
    memory anew for every row that is written, a third of what a row of a call cost.
    """
    return CheckConstraint(" OR ".join(f"{column} = '{value}'" for value in values), name=column)


_TEXT = len("2026-11-23 10:00:00.000000")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, always UTC; a naive value is refused.

    PostgreSQL keeps ``timestamptz``; SQLite keeps UTC text that sorts as time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse naive instants and store UTC."""
        return None if value is None else self.utc(value)

    @staticmethod
    def utc(value: datetime) -> datetime:
        """Return an instant in UTC; raise ValueError for a naive one."""
        if value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Write SQLite's text at once: half of what a bulk of rows costs is its instants."""
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        """Read SQLite's text at once."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _written(value: datetime | None) -> str | None:
    if value is None:
        return None
    value = UtcDateTime.utc(value)
    # date and time know no zone: what isoformat writes of it takes longer than all the rest
    return f"{value.date().isoformat()} {value.time().isoformat('microseconds')}"


def _read(text: str | None) -> datetime | None:
    if text is None:
        return None
    if len(text) == _TEXT:  # as it is written; a quarter of the time that a second step takes
        return datetime.fromisoformat(text + "+00:00")
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonValue = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """What every table has in common."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        datetime: UtcDateTime,
        dict[str, Any]: JsonValue,
        list[Any]: JsonValue,
        list[str]: JsonValue,
    }


SEARCH_TABLES = ("ticket_search", "article_search")
"""Indexes of lexemes: made by hand in migrations, differently for each database."""

# Tickets without a running promise sort behind every promise in the queue.
NO_PROMISE = datetime(9999, 1, 1, tzinfo=UTC)
