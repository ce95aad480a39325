"""Bringing the database to the code's shape, and saying whether it is."""

from __future__ import annotations

import functools
from datetime import datetime

import flask_migrate
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from helpdesk import triggers
from helpdesk.extensions import db, transaction
from helpdesk.paths import bundled
from helpdesk.services import setup


def upgrade(*, now: datetime) -> None:
    """Apply all migrations and make what every desk needs."""
    _wire()
    flask_migrate.upgrade()
    with transaction() as session:
        triggers.install(session.connection())
        setup.ensure_defaults(session, now=now)


def downgrade(revision: str) -> None:
    """Undo migrations down to a revision (``base`` is an empty database)."""
    _wire()
    flask_migrate.downgrade(revision=revision)


def _wire() -> None:
    """Tell Flask-Migrate of the application; only who migrates waits until Alembic is loaded."""
    wiring = flask_migrate.Migrate(directory=str(bundled("migrations")), render_as_batch=True)
    wiring.init_app(current_app, db)


def current() -> str | None:
    """Return the database's revision; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@functools.cache  # the code does not change under a running process
def head() -> str | None:
    """Return the revision that the code needs."""
    return ScriptDirectory(str(bundled("migrations"))).get_current_head()


def is_current() -> bool:
    """Say whether the database has the shape that the code needs."""
    return current() == head()


def drift() -> list[str]:
    """Return how the models differ from the migrated database; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415

    from helpdesk.models import SEARCH_TABLES, Base  # noqa: PLC0415

    assert current_app
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _o, name, kind, _r, _c: (
                    not (kind == "table" and str(name).startswith(SEARCH_TABLES))
                ),
            },
        )
        return [str(difference) for difference in compare_metadata(context, Base.metadata)]
