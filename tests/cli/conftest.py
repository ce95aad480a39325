"""The console script on a test's own database."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import helpdesk as desk
from helpdesk import runtime
from helpdesk.cli import helpdesk as console_script
from helpdesk.cli import main
from tests.desk import dispose

Command = Callable[..., Result]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, and what it said."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Script:
    """``helpdesk`` from its arguments to its exit code, on a database.

    It runs inside the test, for a process takes seconds to start; the tests of the wheel
    run the real one.
    """

    database_url: str

    def __call__(self, *arguments: object, code: int = 0, stdin: str = "") -> Ended:
        """Run a command; fail unless it ends with ``code``."""
        with (
            pytest.MonkeyPatch.context() as patch,
            CliRunner().isolation(stdin) as (out, err, _both),
        ):
            patch.setenv("DATABASE_URL", self.database_url)
            patch.setattr(sys, "argv", ["helpdesk", *map(str, arguments)])
            with pytest.raises(SystemExit) as left:
                main()
            done = Ended(int(left.value.code or 0), *_told(out, err))
        assert done.code == code, done
        return done

    def lines(self, *arguments: object) -> list[dict]:
        """Run a command with ``--json`` and return its lines."""
        return [json.loads(line) for line in self(*arguments, "--json").stdout.splitlines()]


def _told(*streams) -> list[str]:
    return [stream.getvalue().decode() for stream in streams]


@pytest.fixture
def helpdesk(command: Command, database_url: str) -> Script:
    """Return the console script on the test's database (both kinds)."""
    return Script(database_url)


@pytest.fixture
def command(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """Return what runs ``helpdesk ARGUMENTS…`` on the test's database (both kinds)."""
    made = []
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(runtime, "settle_in", lambda: None)  # the process lives on after it
    monkeypatch.setenv("HELPDESK_LOG_FORMAT", "json")
    build = desk.create_app

    def remembered(*arguments: object, **options: object) -> object:
        made.append(build(*arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(desk, "create_app", remembered)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HELPDESK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SECRET_KEY", "a key that only tests use")
    monkeypatch.setenv("HELPDESK_BASE_URL", "http://helpdesk.test")
    yield lambda *arguments, **options: CliRunner().invoke(console_script, arguments, **options)
    for app in made:
        dispose(app)
    root.handlers[:] = handlers
    root.setLevel(level)
