"""``helpdesk reports``: the sums that reports read, kept up and proved."""

from __future__ import annotations

import click

from helpdesk.cli.desk import emit, with_app


@click.group()
def reports() -> None:
    """The sums that reports read."""


@reports.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@with_app
def verify(*, as_json: bool) -> None:
    """Count anew what reports are made of; exit 1 and list what differs."""
    from helpdesk.extensions import db
    from helpdesk.services.reports import folding, proof

    folding.fold_all()
    found = list(proof.differences(db.session()))
    if as_json:
        emit({"differences": found})
    else:
        for sentence in found:
            click.echo(sentence)
        if not found:
            click.echo("Reports count what the tickets' logs tell.")
    if found:
        raise click.ClickException(f"{len(found)} figures differ.")
