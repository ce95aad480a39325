"""One demo desk that several tests look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from helpdesk import create_app
from helpdesk.demo import Account, load
from helpdesk.extensions import db
from tests.desk import NOW, dispose, make_config


@dataclass
class DemoDesk:
    """A loaded demo: its sign-ins, its session and its folder."""

    accounts: list[Account]
    session: Session
    data: Path


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDesk]:
    """Return a demo desk loaded for Monday 2026-11-23 10:00; the tests only look at it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "helpdesk.sqlite3")
    app = create_app(make_config(f"sqlite:///{folder / 'helpdesk.sqlite3'}", folder / "data"))
    with app.app_context():
        yield DemoDesk(load(NOW), db.session(), folder / "data")
    dispose(app)
