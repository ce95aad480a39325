"""``helpdesk calls``: call logs taken over, and the answer rate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helpdesk.cli.desk import emit, with_app

if TYPE_CHECKING:
    from sla.rates import Tally

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def calls() -> None:
    """Take call logs over and count what was answered."""


@calls.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["queue_log", "asterisk-cdr", "freeswitch"]),
    required=True,
    help="What wrote it.",
)
@click.option("--source", metavar="NAME", help="The exchange it is from; a new name makes one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
@with_app
def import_(file: Path, kind: str, source: str | None, *, as_json: bool) -> None:
    """Take over the calls of FILE; importing it again changes nothing."""
    from helpdesk.extensions import transaction
    from helpdesk.services import calls as service

    now = datetime.now(UTC)
    try:
        content = file.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error
    with content:
        with transaction() as session:
            account_id = service.source_named(session, source, now=now).id
        done = service.import_log(account_id, kind, content, now=now)
    counted = done.tally
    values = {
        "calls": counted.calls,
        "offered": counted.offered,
        "answered": counted.answered,
        "abandoned": counted.abandoned,
        "outside_hours": counted.outside_hours,
        "internal_or_outbound": counted.others,
        "duplicates": done.duplicates,
        "tickets_opened": done.tickets_opened,
        "rejected": [{"line": line, "reason": reason} for line, reason in done.rejected],
    }
    if as_json:
        emit(values)
        return
    for name, value in values.items():
        if name != "rejected":
            click.echo(f"{name:<22}{value:>8}")
    for line, reason in done.rejected:
        click.echo(f"line {line}: {reason}", err=True)


@calls.command()
@click.option("--from", "first", type=DAY, required=True, help="The first day.")
@click.option("--to", "last", type=DAY, required=True, help="The last day.")
@click.option("--by", type=click.Choice(["day", "hour", "agent"]), default="day", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a row.")
@with_app
def rate(first: datetime, last: datetime, by: Any, *, as_json: bool) -> None:
    """Count offered and answered calls of the days from FROM to TO, and a total."""
    from helpdesk.extensions import db
    from helpdesk.services import calls as service
    from sla.rates import NOTHING

    if last < first:
        raise click.ClickException("--to is before --from; give the earlier day first.")
    groups = service.rates_of(db.session(), first.date(), last.date(), by=by)
    rows = [*sorted(groups.items()), ("total", sum(groups.values(), NOTHING))]
    for period, tally in rows:
        row = _row(period, tally)
        if as_json:
            emit(row)
        else:
            told = "—" if row["rate"] is None else f"{row['rate']:.1%}"
            click.echo(f"{period:<18}{tally.offered:>8}{tally.answered:>8}{told:>8}")


def _row(period: str, tally: Tally) -> dict[str, Any]:
    return {
        "period": period,
        "offered": tally.offered,
        "answered": tally.answered,
        "abandoned": tally.abandoned,
        "rate": _rounded(tally.rate, 4),
        "outside_hours": tally.outside_hours,
        "service_level": _rounded(tally.service_level, 4),
        "asa_seconds": _rounded(tally.average_speed_of_answer, 1),
        "aht_seconds": _rounded(tally.average_handling_time, 1),
    }


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
