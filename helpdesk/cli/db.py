"""``helpdesk db``: create, migrate and check the database."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from helpdesk.cli.desk import with_app


@click.group()
def db() -> None:
    """Create, migrate and check the database."""


@db.command()
@with_app
def upgrade() -> None:
    """Create the database or bring it up to date; nothing that is in it is lost."""
    from helpdesk import migrate

    migrate.upgrade(now=datetime.now(UTC))
    click.echo(f"The database is at {migrate.current()}.")


@db.command()
@click.argument("revision")
@with_app
def downgrade(revision: str) -> None:
    """Undo migrations down to REVISION (base: all of them, with everything in it)."""
    from helpdesk import migrate

    migrate.downgrade(revision)
    click.echo(f"The database is at {migrate.current() or 'base'}.")


@db.command()
@with_app
def check() -> None:
    """Say whether the database has the shape that this version needs."""
    from helpdesk import migrate

    if not migrate.is_current():
        raise click.ClickException(
            f"The database is at {migrate.current() or 'nothing'}, this version needs "
            f"{migrate.head()}; run: helpdesk db upgrade"
        )
    drift = migrate.drift()
    if drift:
        raise click.ClickException("The database differs from the models: " + "; ".join(drift))
    click.echo(f"ok, at {migrate.current()}")


@db.command()
@click.argument("url")
@with_app
def copy(url: str) -> None:
    """Copy everything into the empty database at URL, of either kind.

    The desk has to stand still meanwhile. Afterwards set DATABASE_URL to the new one; the
    folder of files stays as it is.
    """
    from dataclasses import replace

    from helpdesk import create_app, migrate
    from helpdesk.config import database_url
    from helpdesk.extensions import db as database
    from helpdesk.runtime import current_config
    from helpdesk.services.operations import copying

    copying.check_nobody_works(database.session(), now=datetime.now(UTC))
    database.session.remove()
    if not migrate.is_current():
        raise click.ClickException("First bring this database up to date: helpdesk db upgrade")
    source = database.engine
    other = create_app(replace(current_config(), database_url=database_url(url)), pages=False)
    with other.app_context():
        migrate.shape()
        target = database.engine
    total = 0
    with copying.snapshot(source) as old, target.begin() as new:
        for table, rows in copying.copy(old, new):
            if rows:
                click.echo(f"{rows:>12,}  {table}")
            total += rows
    target.dispose()
    click.echo(
        f"{total:>12,}  rows are there. Set DATABASE_URL to the new database and start the desk; "
        "helpdesk sla verify proves its promises."
    )
