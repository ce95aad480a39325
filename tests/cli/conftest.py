"""The console script on a test's own database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import helpdesk
from helpdesk.cli import helpdesk as console_script
from tests.desk import dispose

Command = Callable[..., Result]


@pytest.fixture
def command(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """Return what runs ``helpdesk ARGUMENTS…`` on the test's database (both kinds)."""
    made = []
    build = helpdesk.create_app

    def remembered(*arguments: object, **options: object) -> object:
        made.append(build(*arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(helpdesk, "create_app", remembered)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HELPDESK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SECRET_KEY", "a key that only tests use")
    monkeypatch.setenv("HELPDESK_BASE_URL", "http://helpdesk.test")
    yield lambda *arguments, **options: CliRunner().invoke(console_script, arguments, **options)
    for app in made:
        dispose(app)
