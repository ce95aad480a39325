"""``helpdesk check`` prints a line for each thing and exits 1 if something is wrong."""

import json
from datetime import UTC, datetime

from helpdesk import create_app
from helpdesk.extensions import transaction
from helpdesk.services.operations import heartbeats
from tests.desk import dispose, make_config


def _start_worker(url, tmp_path):
    app = create_app(make_config(url, tmp_path / "data"))
    with app.app_context(), transaction() as session:
        heartbeats.beat(session, "w1", now=datetime.now(UTC))
    dispose(app)


def test_without_a_worker_something_is_wrong(command):
    result = command("check")

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "configuration  ok"
    assert any(line.startswith("worker") and "helpdesk worker" in line for line in lines)


def test_each_finding_is_a_line_of_json(command):
    found = [json.loads(line) for line in command("check", "--json").stdout.splitlines()]

    assert {row["level"] for row in found} <= {"ok", "note", "wrong"}
    assert {"configuration", "database", "clock", "outbox"} <= {row["what"] for row in found}


def test_notes_alone_do_not_fail(command, database_url, tmp_path, monkeypatch):
    from helpdesk.services.operations import checks

    _start_worker(database_url, tmp_path)
    monkeypatch.setattr(checks, "NEXT_YEAR_NEEDED_FROM", 13)

    result = command("check")

    assert result.exit_code == 0, result.output
    assert "note" in result.output


def test_a_wrong_key_is_a_finding(command, monkeypatch):
    monkeypatch.setenv("HELPDESK_WEB_THREADS", "many")

    result = command("check")

    assert result.exit_code == 1
    assert result.stdout.startswith("configuration  wrong: HELPDESK_WEB_THREADS")


def test_a_database_that_is_not_there_is_a_finding(command, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    result = command("check")

    assert result.exit_code == 1
    assert "DATABASE_URL" in result.stdout.splitlines()[-1]


def test_an_empty_database_is_told_the_command(command, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")

    result = command("check")

    assert result.exit_code == 1
    assert "helpdesk db upgrade" in result.stdout
