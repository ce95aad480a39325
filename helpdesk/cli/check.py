"""``helpdesk check``: whether everything is in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from helpdesk.services.operations.checks import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON line a finding.")
def check(*, as_json: bool) -> None:
    """Say for each part of the desk: ok, or what to do. Exit 1 if something is wrong."""
    from helpdesk.cli.desk import emit

    fine = True
    for finding in _findings():
        fine = fine and finding.level != "wrong"
        if as_json:
            emit({"what": finding.what, "level": finding.level, "sentence": finding.sentence})
        else:
            click.echo(finding.line)
    if not fine:
        raise SystemExit(1)


def _findings() -> Iterator[Finding]:
    """Look at the configuration, then at whatever it leads to."""
    from sqlalchemy.exc import DBAPIError

    from helpdesk import create_app, migrate
    from helpdesk.cli.desk import database_sentence
    from helpdesk.config_source import ConfigError
    from helpdesk.services.operations import checks

    try:
        app = create_app(pages=False)
    except ConfigError as error:
        yield checks.wrong("configuration", str(error))
        return
    except DBAPIError as error:
        yield checks.wrong("database", database_sentence(error))
        return
    yield checks.ok("configuration")
    with app.app_context():
        try:
            revisions = migrate.current(), migrate.head()
        except DBAPIError as error:
            yield checks.wrong("database", database_sentence(error))
            return
        yield from checks.run(now=datetime.now(UTC), revisions=revisions)
