"""``helpdesk user``: accounts that sign in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from helpdesk.cli.desk import with_app


@click.group()
def user() -> None:
    """Accounts that sign in."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["agent", "manager", "admin", "center"]), required=True)
@click.option("--center", "center_code", help="Code of the center that a contact belongs to.")
@click.option("--name", default="", help="Name to show.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_app
def add(email: str, role: str, center_code: str | None, name: str, *, password_stdin: bool) -> None:
    """Add an account. Without a password the person sets one by mail ("forgotten")."""
    from helpdesk.extensions import transaction
    from helpdesk.services.identity import accounts

    kept = accounts.hashed(sys.stdin.readline().rstrip("\r\n")) if password_stdin else None
    with transaction() as session:
        login = accounts.add_login(
            session,
            email=email,
            role=role,
            name=name,
            center_code=center_code,
            now=datetime.now(UTC),
        )
        if kept is not None:
            accounts.set_password(login, kept)
        address = login.email
    click.echo(f"{address} may sign in as {role}.")
