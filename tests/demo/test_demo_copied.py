"""A whole desk that goes from SQLite to PostgreSQL and back is the same desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text

from helpdesk import create_app, migrate
from helpdesk.extensions import db
from helpdesk.models import Base
from helpdesk.services.operations import copying
from helpdesk.services.promises.verification import verify_targets
from tests.desk import dispose, make_config

WORDS = {
    "sqlite": "SELECT rowid, lexemes FROM {table}",
    "postgresql": (
        "SELECT {number}, array_to_string(tsvector_to_array(lexemes), ' ') FROM {table}"
    ),
}


@contextmanager
def desk_on(url: str, folder: Path) -> Iterator[Engine]:
    """Make a desk without anything in it."""
    app = create_app(make_config(url, folder), pages=False)
    with app.app_context():
        migrate.shape()
        yield db.engine
    dispose(app)


@pytest.fixture
def new_postgres(postgres) -> Iterator[str]:
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


def everything_in(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        rows = {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
        }
        rows["ticket_search"] = words_in(connection, "ticket_search", "ticket_id")
        rows["article_search"] = words_in(connection, "article_search", "text_id")
    return rows


def words_in(connection: Connection, table: str, number: str) -> list[Any]:
    found = connection.execute(
        text(WORDS[connection.dialect.name].format(table=table, number=number))
    )
    return sorted((id_, *sorted(told.split())) for id_, told in found)


def copied(source: Engine, target: Engine) -> dict[str, int]:
    with copying.snapshot(source) as old, target.begin() as new:
        return dict(copying.copy(old, new))


def test_every_row_is_there_on_postgresql_and_back_again(demo, new_postgres, tmp_path):
    before = everything_in(db.engine)
    counted = {name: len(rows) for name, rows in before.items()}
    filled = sum(count > 0 for count in counted.values())
    assert filled > 50  # a copy of nothing would prove nothing
    source = db.engine
    with desk_on(new_postgres, tmp_path / "data") as there:
        assert copied(source, there) == counted
        assert everything_in(there) == before
        assert list(verify_targets()) == []
        with desk_on(f"sqlite:///{tmp_path / 'back.sqlite3'}", tmp_path / "data") as back:
            assert copied(there, back) == counted
            assert everything_in(back) == before
            assert list(verify_targets()) == []
