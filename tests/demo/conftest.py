"""One demo desk that several tests look at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from helpdesk import create_app
from helpdesk.demo import Account, load
from helpdesk.extensions import db
from tests.desk import NOW, dispose, make_config
from tests.servers.postgres import folder_of_the_run, only_one


@dataclass
class DemoDesk:
    """A loaded demo: its sign-ins, its session and its folder."""

    accounts: list[Account]
    session: Session
    data: Path


@pytest.fixture(scope="session")
def demo_folder(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Path:
    """Return the folder of a demo desk; the first worker that asks loads it for all."""
    folder = folder_of_the_run(tmp_path_factory, worker_id) / "demo"
    folder.mkdir(exist_ok=True)
    with only_one(folder / "lock"):
        if not (folder / "accounts.json").exists():
            shutil.copy(sqlite_template, folder / "helpdesk.sqlite3")
            app = create_app(_config(folder))
            with app.app_context():
                accounts = [asdict(account) for account in load(NOW)]
            dispose(app)
            (folder / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def demo(demo_folder: Path) -> Iterator[DemoDesk]:
    """Return a demo desk loaded for Monday 2026-11-23 10:00; the tests only look at it."""
    accounts = json.loads((demo_folder / "accounts.json").read_text(encoding="utf-8"))
    app = create_app(_config(demo_folder))
    with app.app_context():
        signed_in = [Account(**account) for account in accounts]
        yield DemoDesk(signed_in, db.session(), demo_folder / "data")
    dispose(app)


def _config(folder: Path):
    return make_config(f"sqlite:///{folder / 'helpdesk.sqlite3'}", folder / "data")
