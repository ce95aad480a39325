"""``helpdesk calls``: call logs taken over, and the answer rate."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helpdesk.cli.desk import emit, with_app
from helpdesk.errors import Refusal

if TYPE_CHECKING:
    from helpdesk.services.hotline.call_import import Imported
    from sla.rates import Tally

DAY = click.DateTime(["%Y-%m-%d"])
COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x03\x04", b"PK\x05\x06")
"""How gzip, bzip2, xz and zip begin."""
FORMATS = ("queue_log", "asterisk-cdr", "freeswitch", "mapping", "told")


@click.group()
def calls() -> None:
    """Take call logs over and count what was answered."""


@calls.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True, help="What wrote it.")
@click.option(
    "--mapping",
    metavar="NAME",
    help="The saved mapping of a CSV or XLSX file's columns; without it usual headings are known.",
)
@click.option("--source", metavar="NAME", help="The exchange it is from; a new name makes one.")
@click.option("--tz", "zone", metavar="ZONE", help="The zone of the file's times.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
@with_app
def import_(
    file: Path,
    kind: str,
    mapping: str | None,
    source: str | None,
    zone: str | None,
    *,
    as_json: bool,
) -> None:
    """Take over the calls of FILE; importing it again changes nothing."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error
    try:
        done = _take_over(data, kind, mapping, source, zone)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    _tell(done, as_json=as_json)
    if done.is_foreign:
        raise click.ClickException(
            f"No line of {file} could be read as {kind}; give the format or mapping that fits."
        )


def _take_over(
    data: bytes, kind: str, mapping: str | None, source: str | None, zone: str | None
) -> Imported:
    from channels.hotline.log import decoded_lines
    from channels.spreadsheet import BadTable, read_table
    from helpdesk.extensions import reading, transaction
    from helpdesk.services.hotline import call_import, call_sources

    now = datetime.now(UTC)
    in_zone = call_sources.zone_named(zone) if zone else None
    log = None
    if kind == "mapping":
        try:
            table = read_table(data)
        except BadTable as error:
            raise click.ClickException(str(error)) from error
        with reading() as session:
            log = call_sources.mapped(session, table, mapping=mapping, zone=zone).log(table)
    elif data.startswith(COMPRESSED):
        raise click.ClickException("The file is compressed; unpack it, or import XLSX as mapping.")
    with transaction() as session:
        account_id = call_sources.source_named(session, source, now=now).id
    if log is not None:
        return call_import.import_told(account_id, log, now=now, progress=_progress())
    lines = decoded_lines(data)
    return call_import.import_log(
        account_id, kind, lines, now=now, zone=in_zone, gives_up=True, progress=_progress()
    )


def _progress() -> Any:
    """Return what shows progress on a terminal; None where nobody looks."""
    if not sys.stderr.isatty():
        return None
    taken = 0

    def show(more: int) -> None:
        nonlocal taken
        taken += more
        click.echo(f"\r{taken} calls", nl=False, err=True)

    return show


def _tell(done: Imported, *, as_json: bool) -> None:
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
@click.option(
    "--by",
    type=click.Choice(["day", "hour", "month", "queue", "agent"]),
    default="day",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a row.")
@with_app
def rate(first: datetime, last: datetime, by: Any, *, as_json: bool) -> None:
    """Count offered and answered calls of the days from FROM to TO, and a total."""
    from helpdesk.extensions import db
    from helpdesk.services.hotline import call_sums
    from helpdesk.services.hotline.calls import EARLIEST, LATEST
    from sla.rates import NOTHING

    if last < first:
        raise click.ClickException("--to is before --from; give the earlier day first.")
    begin, end = max(first.date(), EARLIEST), min(last.date(), LATEST)
    groups = call_sums.sums(db.session(), begin, end, by=by)
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


@calls.group()
def mapping() -> None:
    """Say which columns of a system's exports tell what."""


@mapping.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a mapping.")
@with_app
def list_(*, as_json: bool) -> None:
    """Show the saved mappings."""
    from helpdesk.extensions import db
    from helpdesk.models import CallMapping

    for row in db.session.query(CallMapping).order_by(CallMapping.name):
        if as_json:
            emit({"name": row.name, "tz": row.zone, "columns": row.columns})
        else:
            told = ", ".join(f"{field}={heading}" for field, heading in row.columns.items())
            click.echo(f"{row.name} ({row.zone}): {told}")


@mapping.command()
@click.argument("name")
@click.option("--column", "chosen", multiple=True, metavar="FIELD=HEADING", help="Repeat it.")
@click.option("--tz", "zone", default="Asia/Shanghai", show_default=True, metavar="ZONE")
@with_app
def save(name: str, chosen: tuple[str, ...], zone: str) -> None:
    """Save a mapping as NAME."""
    from channels.hotline.columns import FIELDS
    from helpdesk.extensions import transaction
    from helpdesk.services.hotline import call_sources

    columns = dict(pair.partition("=")[::2] for pair in chosen)
    if not all(columns.values()):
        raise click.UsageError("Write each --column as FIELD=HEADING, such as arrived=呼叫时间.")
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise click.ClickException(
            f"There is no field {unknown[0]}; the fields are: {', '.join(FIELDS)}."
        )
    try:
        with transaction() as session:
            call_sources.save_mapping(session, name, columns, zone)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    click.echo(f"Saved the mapping {name}.")
