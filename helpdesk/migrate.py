"""Bringing the database to the code's shape, and saying whether it is.

Alembic is loaded by who first asks: a process of the pages does once its readiness is probed.
"""

from __future__ import annotations

import functools
from datetime import datetime
from types import ModuleType

from flask import current_app

from helpdesk import triggers
from helpdesk.extensions import db, transaction
from helpdesk.paths import bundled
from helpdesk.services.operations import setup


def upgrade(*, now: datetime) -> None:
    """Apply all migrations and make what every desk needs."""
    shape()
    with transaction() as session:
        setup.ensure_defaults(session, now=now)


def shape() -> None:
    """Apply all migrations; a new database stays empty."""
    _flask_migrate().upgrade()
    with transaction() as session:
        triggers.install(session.connection())


def downgrade(revision: str) -> None:
    """Undo migrations down to a revision (``base`` is an empty database)."""
    _flask_migrate().downgrade(revision=revision)


def _flask_migrate() -> ModuleType:
    """Return Flask-Migrate, told of the application."""
    import flask_migrate  # noqa: PLC0415

    wiring = flask_migrate.Migrate(directory=str(bundled("migrations")), render_as_batch=True)
    wiring.init_app(current_app, db)
    return flask_migrate


def current() -> str | None:
    """Return the database's revision; None for an empty one."""
    from alembic.migration import MigrationContext  # noqa: PLC0415

    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@functools.cache  # the code does not change under a running process
def head() -> str | None:
    """Return the revision that the code needs."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory(str(bundled("migrations"))).get_current_head()


def is_current() -> bool:
    """Say whether the database has the shape that the code needs."""
    return current() == head()


def drift() -> list[str]:
    """Return how the models differ from the migrated database; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

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
