"""A fresh desk for each example, within one application: its database is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from helpdesk.extensions import db
from helpdesk.services.hours import calendars
from tests.servers.renewal import RenewedDatabase


def starting_over(app: Flask, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Return what puts the test's database back to the prepared one."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")

        def copy() -> None:
            for suffix in ("-wal", "-shm"):
                Path(f"{url.database}{suffix}").unlink(missing_ok=True)
            shutil.copy(template, str(url.database))

        return _around(copy)
    database: RenewedDatabase = request.getfixturevalue("postgres_database")

    def put_back() -> None:
        database.renew()
        database.fresh()

    return _around(put_back)


def _around(renew: Callable[[], None]) -> Callable[[], None]:
    def start_over() -> None:
        db.session.remove()
        db.engine.dispose()
        renew()
        calendars._calendars.clear()  # kept by version, and versions are counted anew

    return start_over
