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
