"""``helpdesk personal``: keys made, checked and rotated; no command ever prints a number."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk import create_app, personal_keys
from helpdesk.extensions import transaction
from helpdesk.models import Application
from helpdesk.services.personal import sealed
from tests.desk import PERSONAL_KEY, dispose, make_config

NUMBER = "11010519491231002X"


@pytest.fixture
def kept(database_url, tmp_path, monkeypatch):
    """Have two sealed numbers and a draft of long ago."""
    monkeypatch.setenv("HELPDESK_PERSONAL_KEYS", PERSONAL_KEY)
    app = create_app(make_config(database_url, tmp_path / "data"))
    then = datetime.now(UTC) - timedelta(days=60)
    with app.app_context(), transaction() as session:
        for _ in range(2):
            row = sealed.seal(session, NUMBER, now=then)
        session.add(
            Application(
                token_hash="x",
                email="zhang@college.test",
                data={"values": {"person_id": {"sealed": row.id}}},
                created_at=then,
                updated_at=then,
            )
        )
    dispose(app)


def test_a_new_key_is_printed_and_can_be_used(command):
    result = command("personal", "new-key")

    assert result.exit_code == 0
    assert len(personal_keys.parse(result.stdout)) == 1


def test_check_is_content_while_every_key_is_here(command, kept):
    result = command("personal", "check", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "key": personal_keys.id_of(PERSONAL_KEY),
        "place": "first",
        "numbers": 2,
        "unreadable": 0,
    }


def test_check_names_a_missing_key_and_what_to_do(command, kept, monkeypatch):
    monkeypatch.setenv("HELPDESK_PERSONAL_KEYS", personal_keys.new())

    result = command("personal", "check")

    assert result.exit_code != 0
    assert personal_keys.id_of(PERSONAL_KEY) in result.output
    assert "put it back" in str(result.exception) or "put it back" in result.output


def test_rotate_seals_anew_and_says_how_many(command, kept, monkeypatch):
    monkeypatch.setenv("HELPDESK_PERSONAL_KEYS", f"{personal_keys.new()} {PERSONAL_KEY}")

    first = command("personal", "rotate", "--json")
    again = command("personal", "rotate", "--json")

    assert json.loads(first.stdout) == {"rotated": 2, "unreadable": {}}
    assert json.loads(again.stdout) == {"rotated": 0, "unreadable": {}}


def test_rotate_without_the_older_key_changes_nothing_and_fails(command, kept, monkeypatch):
    monkeypatch.setenv("HELPDESK_PERSONAL_KEYS", personal_keys.new())

    result = command("personal", "rotate", "--json")

    assert result.exit_code != 0
    assert json.loads(result.stdout) == {
        "rotated": 0,
        "unreadable": {personal_keys.id_of(PERSONAL_KEY): 2},
    }


def test_a_dry_run_names_what_is_due_and_erases_nothing(command, kept):
    first = command("personal", "erase", "--dry-run", "--json")
    second = command("personal", "erase", "--dry-run")

    assert json.loads(first.stdout)["why"] == "draft"
    assert second.stdout.startswith("application ")


def test_erase_does_it(command, kept):
    assert json.loads(command("personal", "erase", "--json").stdout) == {"erased": 1}
    assert command("personal", "erase", "--dry-run").stdout == "Nothing is due.\n"


def test_no_command_prints_a_number(command, kept):
    said = ""
    for arguments in (
        ("personal", "check"),
        ("personal", "rotate"),
        ("personal", "erase", "--dry-run"),
        ("personal", "erase"),
        ("check", "--json"),
    ):
        result = command(*arguments)
        said += result.output + str(result.exception)

    assert NUMBER not in said
