"""Tests that follow each other in one PostgreSQL database find nothing of one another."""

from __future__ import annotations

import pytest

from tests.servers import renewal
from tests.servers.renewal import Prepared

USES = (
    "INSERT INTO agent_group (name, is_default) VALUES ('later', false)",
    "UPDATE calendar SET name = 'renamed'",
    "DELETE FROM calendar_exception",
    "DELETE FROM calendar_hours WHERE id = (SELECT max(id) FROM calendar_hours)",
    "SELECT nextval(pg_get_serial_sequence('ticket', 'id'))",
    "SELECT setval(pg_get_serial_sequence('calendar', 'id'), 1000)",
)


@pytest.mark.parametrize("use", USES)
def test_what_a_test_did_is_undone(postgres, postgres_database, use):
    with postgres.connect(postgres_database.fresh()) as connection:
        before = Prepared.read(connection)
        connection.execute(use)
        assert Prepared.read(connection) != before

    postgres_database.renew()

    with postgres.connect(postgres_database.fresh()) as connection:
        assert Prepared.read(connection) == before


@pytest.mark.parametrize(
    "use", ["CREATE TABLE other (id integer)", "ALTER TABLE ticket ADD COLUMN other integer"]
)
def test_one_whose_tables_were_changed_is_copied_anew(postgres, postgres_database, use):
    with postgres.connect(postgres_database.fresh()) as connection:
        before = Prepared.read(connection)
        connection.execute(use)

    postgres_database.renew()

    with postgres.connect(postgres_database.fresh()) as connection:
        assert Prepared.read(connection) == before


def test_one_that_grew_large_is_copied_anew(postgres, postgres_database, monkeypatch):
    made = "SELECT oid FROM pg_database WHERE datname = current_database()"
    with postgres.connect(postgres_database.fresh()) as connection:
        [before] = connection.execute(made).fetchone()
    monkeypatch.setattr(renewal, "TOO_LARGE", 0)
    monkeypatch.setattr(renewal, "TURNS", 1)

    postgres_database.renew()

    with postgres.connect(postgres_database.fresh()) as connection:
        assert connection.execute(made).fetchone() != (before,)
