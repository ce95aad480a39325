"""Service calendars in the database: editable rows, and the versions deadlines rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db
from helpdesk.i18n import lazy_gettext
from helpdesk.models import (
    CalendarException,
    CalendarHours,
    CalendarVersion,
    CalendarYear,
    ServiceCalendar,
)
from helpdesk.services.database import memory
from sla.calendar import Calendar
from sla.china import DEFAULT_HOURS, ZONE, known_years, year_days
from sla.spec import CalendarSpec, Intervals, InvalidCalendar

DEFAULT_NAME = "default"
KEPT_CALENDARS = 64

_calendars: dict[tuple[str, int], Calendar] = {}


def default_calendar(session: Session) -> ServiceCalendar:
    """Return the calendar that counts where nobody chose another."""
    found = session.scalar(select(ServiceCalendar).where(ServiceCalendar.is_default))
    if found is None:
        raise NotFound(
            "no_calendar",
            lazy_gettext("The desk has no service hours yet; run: helpdesk db upgrade"),
        )
    return found


def hold(session: Session, number: int | None = None) -> None:
    """Keep others from changing a calendar, or all of them, and read what they have changed.

    A version holds a calendar whole: two who edit it at the same moment would each leave out
    what the other did. SQLite has one writer.
    """
    mine = select(ServiceCalendar).order_by(ServiceCalendar.id)
    if number is not None:
        mine = mine.where(ServiceCalendar.id == number)
    held = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    for calendar in session.scalars(held):
        session.expire(calendar)  # what belongs to it as well


def today(calendar: ServiceCalendar, *, now: datetime) -> date:
    """Return the date that it is where the calendar counts."""
    return now.astimezone(ZoneInfo(calendar.tz)).date()


def make_default(session: Session, *, now: datetime) -> ServiceCalendar:
    """Make the calendar of the service rules with every year that is published."""
    calendar = ServiceCalendar(name=DEFAULT_NAME, tz=ZONE, makeup_days_open=True, is_default=True)
    calendar.hours = [
        CalendarHours(weekday=weekday, opens=opens, closes=closes)
        for weekday, intervals in DEFAULT_HOURS.items()
        for opens, closes in intervals
    ]
    session.add(calendar)
    session.flush()
    for year in sorted(known_years()):
        seed_year(session, calendar, year)
    save_version(session, calendar, now=now)
    return calendar


def seed_year(session: Session, calendar: ServiceCalendar, year: int) -> bool:
    """Replace a year's days by the published ones; False where none are published."""
    days = year_days(year)
    if not days.official:
        return False
    replace_year(
        session,
        calendar,
        year,
        closed=days.closed,
        makeup=days.open,
        source=f"国务院办公厅 {year}",
    )
    return True


def replace_year(
    session: Session,
    calendar: ServiceCalendar,
    year: int,
    *,
    closed: Mapping[date, str],
    makeup: Mapping[date, str],
    source: str,
    official: bool = True,
) -> None:
    """Replace a year's exceptions; dated openings entered by hand stay."""
    for day in [*closed, *makeup]:
        if day.year != year:
            raise Refusal(
                "wrong_year", lazy_gettext("%(day)s is not in %(year)s.", day=day, year=year)
            )
    whole = CalendarException.date.between(date(year, 1, 1), date(year, 12, 31))
    _replace(session, calendar, whole, closed=closed, makeup=makeup)
    mark = session.get(CalendarYear, (calendar.id, year)) or CalendarYear(
        calendar_id=calendar.id, year=year
    )
    mark.mark = "official" if official else "provisional"
    mark.source = source
    session.add(mark)
    session.flush()
    session.expire(calendar)


def enter_days(
    session: Session,
    calendar: ServiceCalendar,
    *,
    closed: Mapping[date, str],
    makeup: Mapping[date, str],
) -> None:
    """Enter days beside those that are there; dated openings entered by hand stay."""
    named = CalendarException.date.in_([*closed, *makeup])
    _replace(session, calendar, named, closed=closed, makeup=makeup)
    session.flush()
    session.expire(calendar)


def _replace(
    session: Session,
    calendar: ServiceCalendar,
    old: ColumnElement[bool],
    *,
    closed: Mapping[date, str],
    makeup: Mapping[date, str],
) -> None:
    by_hand = {row.date for row in calendar.exceptions if row.kind == "opening"}
    session.execute(
        delete(CalendarException).where(
            CalendarException.calendar_id == calendar.id, old, CalendarException.kind != "opening"
        )
    )
    for kind, days in (("holiday", closed), ("makeup", makeup)):
        session.add_all(
            CalendarException(calendar_id=calendar.id, date=day, kind=kind, name=name)
            for day, name in days.items()
            if day not in by_hand
        )


def spec_of(calendar: ServiceCalendar) -> CalendarSpec:
    """Return the calendar as a value; raise InvalidCalendar where it makes no sense."""
    hours: dict[int, list[tuple[int, int]]] = {}
    for row in calendar.hours:
        hours.setdefault(row.weekday, []).append((row.opens, row.closes))
    weekly: dict[int, Intervals] = {day: tuple(rows) for day, rows in hours.items()}
    # a Monday's; a desk that is closed on Mondays works on them as on its first working day
    first_day = weekly[min(weekly)] if weekly else ()
    makeup_hours = first_day if calendar.makeup_days_open else None
    opened: dict[date, Intervals] = {}
    for exception in calendar.exceptions:
        if exception.kind == "opening":
            opened[exception.date] = tuple((a, b) for a, b in exception.intervals or ())
        elif exception.kind == "makeup" and makeup_hours is not None:
            opened[exception.date] = makeup_hours
    years = {row.year for row in calendar.years if row.mark == "official"}
    return CalendarSpec(
        tz=calendar.tz,
        hours=weekly,
        closed=frozenset(row.date for row in calendar.exceptions if row.kind == "holiday"),
        open=opened,
        official_years=frozenset(years) if calendar.years else None,
    )


def checked_spec(session: Session, calendar: ServiceCalendar) -> CalendarSpec:
    """Return the calendar with the changes of this transaction; raise Refusal for nonsense."""
    session.flush()
    session.expire(calendar)
    try:
        return spec_of(calendar)
    except InvalidCalendar as error:
        raise Refusal("invalid_calendar", str(error)) from error


def save_version(session: Session, calendar: ServiceCalendar, *, now: datetime) -> CalendarVersion:
    """Keep the calendar as it stands now, if it differs from its last version."""
    spec = checked_spec(session, calendar).to_json()
    last = current_version(session, calendar)
    if last is not None and last.spec == spec:
        return last
    version = CalendarVersion(calendar_id=calendar.id, created_at=now, spec=spec)
    session.add(version)
    session.flush()
    return version


def current_version(session: Session, calendar: ServiceCalendar) -> CalendarVersion | None:
    """Return the version that new deadlines are computed from."""

    def find() -> CalendarVersion | None:
        return session.scalar(
            select(CalendarVersion)
            .where(CalendarVersion.calendar_id == calendar.id)
            .order_by(CalendarVersion.id.desc())
            .limit(1)
        )

    return memory.once(session, ("version", calendar.id), find)


def newest(session: Session, version_id: int) -> int:
    """Return the version in force of the calendar that a version belongs to."""

    def find() -> int:
        calendar = select(CalendarVersion.calendar_id).where(CalendarVersion.id == version_id)
        mine = CalendarVersion.calendar_id == calendar.scalar_subquery()
        return session.scalars(select(func.max(CalendarVersion.id)).where(mine)).one()

    return memory.once(session, ("newest", version_id), find)


def calendar_at(session: Session, version_id: int) -> Calendar:
    """Return a version as something to count with; versions never change, so it is kept."""

    def find() -> Calendar:
        key = (str(session.get_bind().engine.url), version_id)
        if key not in _calendars:
            if len(_calendars) > KEPT_CALENDARS:
                _calendars.clear()
            version = session.get_one(CalendarVersion, version_id)
            _calendars[key] = Calendar(CalendarSpec.from_json(version.spec))
        return _calendars[key]

    return memory.once(session, ("calendar", version_id), find)


def default(session: Session) -> Calendar:
    """Return the default calendar as it stands, ready to count with."""
    version_id: int = _of_default(session, CalendarVersion.id)
    return calendar_at(session, version_id)


def default_version(session: Session) -> CalendarVersion:
    """Return the default calendar's current version."""
    version: CalendarVersion = _of_default(session, CalendarVersion)
    return version


def _of_default(session: Session, wanted: Any) -> Any:
    def find() -> Any:
        return session.scalar(
            select(wanted)
            .join(ServiceCalendar, CalendarVersion.calendar_id == ServiceCalendar.id)
            .where(ServiceCalendar.is_default)
            .order_by(CalendarVersion.id.desc())
            .limit(1)
        )

    found = memory.once(session, ("default calendar", wanted), find)
    if found is None:
        default_calendar(session)  # without any calendar another sentence helps
        raise NotFound(
            "no_calendar", lazy_gettext("The service hours were never saved; save them once.")
        )
    return found


def spec_named(name: str) -> CalendarSpec | None:
    """Return the named calendar's specification, for the command line."""
    found = db.session.scalar(select(ServiceCalendar).where(ServiceCalendar.name == name))
    return spec_of(found) if found else None


def set_hours(calendar: ServiceCalendar, hours: Mapping[int, Iterable[tuple[int, int]]]) -> None:
    """Replace the weekly hours; the caller saves a version, which refuses nonsense."""
    wanted = {
        (weekday, opens): closes
        for weekday, intervals in hours.items()
        for opens, closes in intervals
    }
    # Rows are changed in place: new ones are inserted before old ones are deleted.
    kept = {(row.weekday, row.opens): row for row in calendar.hours}
    for (weekday, opens), closes in wanted.items():
        row = kept.setdefault((weekday, opens), CalendarHours(weekday=weekday, opens=opens))
        row.closes = closes
    calendar.hours = [kept[interval] for interval in wanted]
