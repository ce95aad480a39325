"""``helpdesk demo``: a small, lifelike desk for trying everything out."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from helpdesk.cli.desk import with_app


@click.command()
@with_app
def demo() -> None:
    """Load a small, lifelike desk into an empty database and print its sign-ins."""
    load_and_tell()


def load_and_tell() -> None:
    """Load the demo and say how to sign in; raises Refusal unless the desk is empty."""
    from helpdesk.demo import load

    accounts = load(datetime.now(UTC))
    click.echo("The demo desk is loaded. Sign in as:\n")
    for account in accounts:
        click.echo(
            f"    {account.role:<8} {account.email:<28} {account.password}  ({account.name})"
        )
    click.echo("")
