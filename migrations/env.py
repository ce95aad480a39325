"""Alembic's environment: the desk's models against the configured database."""

from __future__ import annotations

from alembic import context
from flask import current_app

from helpdesk.models import SEARCH_TABLES, Base
from helpdesk.models.base import UtcDateTime

db = current_app.extensions["migrate"].db


def include_object(_object, name, type_, _reflected, _compare_to):
    """The search indexes are made by hand, differently for each database."""
    return not (type_ == "table" and name.startswith(SEARCH_TABLES))


def render_item(type_, obj, autogen_context):
    """Migrations stand on their own: they know column types, not the models' decorators."""
    if type_ == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def set_foreign_keys(connection, *, enforced):
    """Let SQLite copy a table without deleting the rows that name it (sqlite.org/lang_altertable.html)."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys = {enforced}")


def check_foreign_keys(connection):
    """Refuse a migration that left rows naming others that are gone."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"a migration left a row behind that names no other: {broken}")


with db.engine.connect() as connection:
    set_foreign_keys(connection, enforced=False)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        **{
            key: value
            for key, value in current_app.extensions["migrate"].configure_args.items()
            if key != "render_as_batch"
        },
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
        check_foreign_keys(connection)
    finally:
        connection.rollback()
        set_foreign_keys(connection, enforced=True)
