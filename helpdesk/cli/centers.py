"""``helpdesk centers``: list and show."""

from __future__ import annotations

from typing import Any

import click

from helpdesk.cli.desk import emit, with_app


@click.group()
def centers() -> None:
    """List and show certification centers."""


@centers.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a center.")
@with_app
def list_(*, as_json: bool) -> None:
    """List the centers by code."""
    from sqlalchemy import select

    from helpdesk.extensions import db
    from helpdesk.models import Center

    for center in db.session.scalars(select(Center).order_by(Center.code)):
        if as_json:
            emit(_value(center))
        else:
            click.echo(f"{center.code}  {center.state:<12} {center.region} {center.name}")


@centers.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
@with_app
def show(code: str, *, as_json: bool) -> None:
    """Show one center."""
    from sqlalchemy import select

    from helpdesk.errors import NotFound
    from helpdesk.extensions import db
    from helpdesk.models import Center

    center = db.session.scalar(select(Center).where(Center.code == code))
    if center is None:
        raise NotFound("no_center", f"There is no center with the code {code}.")
    value = _value(center)
    if as_json:
        emit(value)
        return
    for name, content in value.items():
        click.echo(f"{name}: {', '.join(content) if isinstance(content, list) else content}")


def _value(center: Any) -> dict[str, Any]:
    return {
        "code": center.code,
        "name": center.name,
        "name_en": center.name_en,
        "region": center.region,
        "city": center.city,
        "state": center.state,
        "domains": [row.domain for row in center.domains],
    }
