"""``helpdesk holidays``: the year's days off and make-up days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpdesk.cli.desk import with_app

if TYPE_CHECKING:
    from helpdesk.services.calendar_changes import Change


@click.group()
def holidays() -> None:
    """The year's days off and make-up days."""


@holidays.command()
@with_app
def status() -> None:
    """Say which years are official and which deadlines may still move."""
    from helpdesk.extensions import db
    from helpdesk.services import calendars

    calendar = calendars.default_calendar(db.session())
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
@with_app
def seed(year: int) -> None:
    """Enter the days published for YEAR and recompute open deadlines."""
    from helpdesk.extensions import transaction
    from helpdesk.services import calendars, recalculation

    now = datetime.now(UTC)
    with transaction() as session:
        calendar = calendars.default_calendar(session)
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
@with_app
def import_(file: Path, *, dry_run: bool) -> None:
    """Enter days from FILE: lines of "date,off|work,name", or iCalendar (.ics).

    All of it or nothing. Every year that the file names becomes official and is replaced
    as a whole.
    """
    from helpdesk.extensions import reading, transaction
    from helpdesk.services import calendar_changes, calendars, holiday_files

    now = datetime.now(UTC)
    years = holiday_files.read(file.read_bytes())
    change = calendar_changes.whole_years(years, source=file.name)
    named = ", ".join(map(str, years))
    if dry_run:
        with reading() as session:
            number = calendars.default_calendar(session).id
        _tell(named, number, change, now)
        return
    with transaction() as session:
        calendar = calendars.default_calendar(session)
        moved = calendar_changes.make(session, calendar, change, now=now)
    click.echo(f"{named} entered; {moved} open deadlines were recomputed.")


def _tell(named: str, calendar_id: int, change: Change, now: datetime) -> None:
    from helpdesk.services import calendar_preview

    shown = calendar_preview.preview(calendar_id, change, now=now)
    for move, ticket in shown.rows:
        late = "  overdue at once" if move.overdue else ""
        click.echo(
            f"#{ticket.id}  {move.before:%Y-%m-%d %H:%M} -> {move.after:%Y-%m-%d %H:%M}Z{late}"
        )
    least = "" if shown.complete else "at least "
    click.echo(
        f"{named} would move {least}{shown.count} open deadlines, "
        f"{shown.overdue} of them into the past; nothing was entered."
    )
