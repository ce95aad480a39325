"""``helpdesk holidays``: the year's days off and make-up days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from helpdesk.cli.desk import with_app


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
@with_app
def import_(file: Path) -> None:
    """Enter days from FILE: lines of "date,off|work,name"; all of it or nothing.

    Every year that the file names becomes official and is replaced as a whole.
    """
    from helpdesk.extensions import transaction
    from helpdesk.services import calendars, holiday_files, recalculation

    now = datetime.now(UTC)
    years = holiday_files.read(file.read_text(encoding="utf-8-sig"))
    with transaction() as session:
        calendar = calendars.default_calendar(session)
        for year, days in years.items():
            calendars.replace_year(
                session, calendar, year, closed=days.off, makeup=days.work, source=file.name
            )
        moved = recalculation.follow_calendar(session, calendar, now=now)
    named = ", ".join(map(str, sorted(years)))
    click.echo(f"{named} entered; {moved} open deadlines were recomputed.")
