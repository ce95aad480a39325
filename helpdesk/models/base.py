"""The declarative base and the column types that both databases share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

# Named constraints can be changed by a later migration on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class _UtcText(DATETIME):
    """The same text as SQLAlchemy's own type, made by the faster ``isoformat``."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002
        """Write an instant in UTC without its zone."""
        return lambda value: None if value is None else value.isoformat(" ", "microseconds")[:_TEXT]


_TEXT = len("2026-11-23 10:00:00.000000")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, always UTC; a naive value is refused.

    PostgreSQL keeps ``timestamptz``; SQLite keeps UTC text that sorts as time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        if dialect.name == "sqlite":
            return _UtcText()  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(DateTime(timezone=True))

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
        if value is None:
            return None
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
