"""``helpdesk holidays``: the year's days off and make-up days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpdesk.cli.desk import with_app

if TYPE_CHECKING:
    from helpdesk.models import ServiceCalendar
    from helpdesk.services.hours.calendar_changes import Change


@click.group()
def holidays() -> None:
    """The year's days off and make-up days."""


_which = click.option(
    "--calendar", "name", metavar="NAME", help="Of this calendar; otherwise the default one."
)


@holidays.command()
@_which
@with_app
def status(name: str | None) -> None:
    """Say which years are official and which deadlines may still move, of every calendar."""
    from helpdesk.extensions import db
    from helpdesk.services.hours import calendar_list

    session = db.session()
    rows = calendar_list.listing(session) if name is None else [calendar_list.named(session, name)]
    for row in rows:
        if len(rows) > 1:
            click.echo(f"{row.name} ({row.tz})")
        _show_years(row)


def _show_years(calendar: ServiceCalendar) -> None:
    known = {row.year: row for row in calendar.years}
    this_year = datetime.now(UTC).year
    for year in sorted({*known, this_year, this_year + 1}):
        row = known.get(year)
        mark = row.mark if row else "unknown: deadlines are provisional"
        days = [e for e in calendar.exceptions if e.date.year == year]
        off = sum(e.kind == "holiday" for e in days)
        click.echo(
            f"{year}  {mark}  {off} days off, {len(days) - off} opened  {row.source if row else ''}"
        )


@holidays.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@_which
@with_app
def seed(year: int, name: str | None) -> None:
    """Enter the days published for YEAR and recompute open deadlines."""
    from helpdesk.extensions import transaction
    from helpdesk.services.hours import calendar_list, calendars
    from helpdesk.services.promises import recalculation

    now = datetime.now(UTC)
    with transaction() as session:
        calendar = calendar_list.named(session, name)
        calendars.hold(session, calendar.id)
        if not calendars.seed_year(session, calendar, year):
            raise click.ClickException(
                f"The days of {year} are not in the installed holidays package; update it or "
                "enter them with: helpdesk holidays import FILE"
            )
        moved = recalculation.follow_calendar(session, calendar, now=now)
    click.echo(f"{year} is official; {moved} open deadlines were recomputed.")


@holidays.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say which deadlines would move; enter nothing.")
@_which
@with_app
def import_(file: Path, name: str | None, *, dry_run: bool) -> None:
    """Enter days from FILE: lines of "date,off|work,name", or iCalendar (.ics).

    All of it or nothing. Every year that the file names becomes official and is replaced
    as a whole, but for one that it names for a run over New Year alone: its days are added.
    """
    from helpdesk.extensions import reading, transaction
    from helpdesk.services.hours import calendar_changes, calendar_list, holiday_files

    now = datetime.now(UTC)
    years = holiday_files.read(file.read_bytes())
    change = calendar_changes.whole_years(years, source=file.name)
    beside = holiday_files.beside(years)
    named = ", ".join(f"days of {year}" if year in beside else str(year) for year in years)
    if dry_run:
        with reading() as session:
            number = calendar_list.named(session, name).id
        _tell(named, number, change, now)
        return
    with transaction() as session:
        calendar = calendar_list.named(session, name)
        moved = calendar_changes.make(session, calendar, change, now=now)
    click.echo(f"{named} entered; {moved} open deadlines were recomputed.")


def _tell(named: str, calendar_id: int, change: Change, now: datetime) -> None:
    from helpdesk.services.hours import calendar_preview

    shown = calendar_preview.preview(calendar_id, change, now=now)
    for move, ticket in shown.rows:
        late = "  overdue at once" if move.overdue else ""
        click.echo(f"#{ticket.id}  {_minute(move.before)} -> {_minute(move.after)}{late}")
    least = "" if shown.complete else "at least "
    click.echo(
        f"{named} would move {least}{shown.count} open deadlines, "
        f"{shown.overdue} of them into the past; nothing was entered."
    )


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%MZ}" if at else "-"
