"""``helpdesk db copy``: a desk goes on in another database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from helpdesk.extensions import transaction
from helpdesk.models import Center, Heartbeat
from helpdesk.services.operations import copying
from tests.cli.conftest import Script

MAIL = (
    "From: Li <{who}@college.test>\nSubject: {subject}\nMessage-ID: <{who}@college.test>\n\n{text}"
)


@pytest.fixture
def elsewhere(request, database_url, tmp_path) -> Iterator[str]:
    """Return where an empty database of the other kind is."""
    if not database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def mails(tmp_path) -> list[Path]:
    paths = []
    for who, subject, words in (("li", "揭牌仪式", "请问"), ("wang", "考试费用", "何时")):
        paths.append(tmp_path / f"{who}.eml")
        paths[-1].write_text(MAIL.format(who=who, subject=subject, text=words), encoding="utf-8")
    return paths


def test_the_copy_goes_on_with_the_next_number_and_finds_what_came_along(
    helpdesk, elsewhere, mails
):
    helpdesk("email", "import", mails[0])

    done = helpdesk("db", "copy", elsewhere)

    assert "ticket" in done.stdout
    assert "Set DATABASE_URL" in done.stdout
    there = Script(elsewhere)
    there("db", "check")
    [row] = there.lines("email", "import", mails[1])
    assert row["ticket"] == 2
    [again] = there.lines("email", "import", mails[0])
    assert again["status"] == "duplicate"
    assert [row["number"] for row in there.lines("tickets", "list")] == [1, 2]
    assert there("sla", "verify").code == 0


def test_rows_that_name_later_ones_of_their_table_come_along(
    helpdesk, elsewhere, app, now, monkeypatch
):
    with transaction() as session:
        session.add(Center(id=1, code="A", name="一", created_at=now))
        session.add(Center(id=2, code="B", name="二", created_at=now))
        session.flush()
        session.get_one(Center, 1).merged_into_id = 2
    monkeypatch.setattr(copying, "CHUNK", 1)

    helpdesk("db", "copy", elsewhere)

    engine = create_engine(elsewhere)
    with engine.connect() as connection:
        told = connection.execute(text("SELECT code, merged_into_id FROM center ORDER BY id"))
        assert [tuple(row) for row in told] == [("A", 2), ("B", None)]
    engine.dispose()


def test_a_database_with_something_in_it_is_refused(helpdesk, elsewhere):
    helpdesk("db", "copy", elsewhere)

    done = helpdesk("db", "copy", elsewhere, code=1)

    assert "is not empty" in done.stderr
    assert "name a new one" in done.stderr


def test_nothing_stays_where_the_copy_is_refused(helpdesk, elsewhere, database_url):
    assert "is not empty" in helpdesk("db", "copy", database_url, code=1).stderr
    helpdesk("db", "check")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_row_that_postgresql_refuses_is_named_and_nothing_is_copied(
    helpdesk, elsewhere, app, now
):
    with transaction() as session:
        session.execute(text("UPDATE agent_group SET name = :name"), {"name": "长" * 500})

    done = helpdesk("db", "copy", elsewhere, code=1)

    assert "refuses rows of the table agent_group" in done.stderr
    assert "too long" in done.stderr
    with transaction() as session:
        session.execute(text("UPDATE agent_group SET name = '第一线'"))
    helpdesk("db", "copy", elsewhere)


def test_a_desk_whose_worker_runs_is_not_copied(helpdesk, elsewhere, app):
    now = datetime.now(UTC)
    with transaction() as session:
        session.add(Heartbeat(worker="w", started_at=now, at=now))

    assert "The desk is running" in helpdesk("db", "copy", elsewhere, code=1).stderr


def test_a_desk_of_an_older_version_is_not_copied(helpdesk, elsewhere):
    helpdesk("db", "downgrade", "0023")

    assert "helpdesk db upgrade" in helpdesk("db", "copy", elsewhere, code=1).stderr


@pytest.mark.parametrize("url", ["mysql://localhost/desk", "desk.db"])
def test_what_is_no_database_is_refused_with_what_to_write(helpdesk, url):
    assert "sqlite" in helpdesk("db", "copy", url, code=1).stderr.lower()


def test_a_server_that_is_not_there_is_one_sentence(helpdesk):
    done = helpdesk("db", "copy", "postgresql://127.0.0.1:1/desk", code=1)

    assert "cannot be used" in done.stderr
