"""An installed wheel holds everything it needs and runs from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAIL = b"From: Li <li@college.test>\r\nSubject: =?utf-8?b?5o+t54mM?=\r\n\r\nhello\r\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release does."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT))
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside the libraries of this environment, apart from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-index", "--no-deps", "--target", str(folder), str(wheel))
    return folder


@pytest.fixture
def run(site: Path, tmp_path: Path) -> Run:
    """Return what runs a program of the installed wheel in an empty folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("HELPDESK")},
        "PYTHONPATH": str(site),
        "HELPDESK_DATA": str(tmp_path / "data"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'desk.sqlite3'}",
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def helpdesk(site: Path, run: Run) -> Run:
    """Return what runs the installed console script."""
    return lambda *arguments: run(sys.executable, str(site / "bin" / "helpdesk"), *arguments)


def files_below(folder: str) -> set[str]:
    """Return the files that are there, but for what Python puts beside them."""
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("templates", "helpdesk/_bundled/templates"),
        ("migrations", "helpdesk/_bundled/migrations"),
        ("helpdesk/static", "helpdesk/static"),
        ("helpdesk/translations", "helpdesk/translations"),
    ],
)
def test_the_wheel_holds_everything_that_is_not_python(folder, place, wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {place + name.removeprefix(folder) for name in files_below(folder)}
    assert wanted - held == set()


def test_the_wheel_holds_nothing_but_the_three_packages(wheel):
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {
        "helpdesk",
        "channels",
        "sla",
    }


def test_it_is_the_installed_copy_that_runs(run, site):
    done = run(sys.executable, "-c", "import helpdesk, sla, channels; print(helpdesk.__file__)")
    assert done.stdout.strip() == str(site / "helpdesk" / "__init__.py"), done.stderr


def test_it_knows_its_version(helpdesk):
    done = helpdesk("--version")
    assert (done.returncode, done.stdout) == (0, "helpdesk, version 0.1.0\n"), done.stderr


def test_it_parses_a_mail_without_a_database(helpdesk, tmp_path):
    mail = tmp_path / "mail.eml"
    mail.write_bytes(MAIL)
    done = helpdesk("email", "parse", str(mail), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["subject"] == "揭牌"
    assert not (tmp_path / "data").exists()


def test_it_makes_its_database_and_finds_everything_in_order(helpdesk):
    upgraded = helpdesk("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    checked = helpdesk("check")
    assert "Traceback" not in checked.stderr
    assert checked.stdout, checked.stderr
