"""Changing when the desk is open: each change is a value that can be tried before it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import transaction
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import CalendarException, CalendarYear, ServiceCalendar
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.database.claiming import changed
from helpdesk.services.hours import calendar_list, calendars, holiday_files
from helpdesk.services.hours.holiday_files import Year
from helpdesk.services.promises import recalculation
from sla.spec import CalendarSpec, Intervals, InvalidCalendar

Change = Callable[[Session, ServiceCalendar], None]
"""Edits a calendar's rows in a transaction that writes; raises Refusal for what makes no sense."""

KINDS = ("holiday", "makeup", "opening")
LONGEST_RUN = 62
"""A run of days entered at once; a longer one is a typing mistake."""


def make(
    session: Session,
    calendar: ServiceCalendar,
    change: Change,
    *,
    now: datetime,
    by: Actor = SYSTEM,
) -> int:
    """Change a calendar for good; return how many open deadlines were recomputed."""
    calendars.hold(session, calendar.id)
    change(session, calendar)
    return recalculation.follow_calendar(session, calendar, now=now, by=by)


def tried(calendar_id: int, change: Change) -> CalendarSpec:
    """Return the calendar as a change would leave it; nothing of it is kept."""
    with transaction() as session:
        calendar = session.get_one(ServiceCalendar, calendar_id)
        change(session, calendar)
        found = calendars.checked_spec(session, calendar)
        session.rollback()
    return found


def hours(
    weekly: Mapping[int, Intervals],
    *,
    makeup_days_open: bool,
    name: str | None = None,
    tz: str | None = None,
) -> Change:
    """Replace the weekly hours, and the name and time zone where they are given.

    Raises Refusal for hours that no week can have, and for a zone that nobody knows.
    """
    if not any(weekly.values()):
        raise Refusal(
            "never_open", _("The desk would never be open; give at least one day its hours.")
        )
    _check(hours=weekly)
    if tz is not None:
        calendar_list.check_zone(tz)

    def change(session: Session, calendar: ServiceCalendar) -> None:
        if name is not None:
            calendar_list.rename(session, calendar, name)
        calendar.tz = tz or calendar.tz
        calendar.makeup_days_open = makeup_days_open
        calendar.hours = []
        session.flush()  # the old rows go first: a weekday's opening is unique
        calendars.set_hours(calendar, weekly)

    return change


def days(
    first: date, last: date, *, kind: str, name: str = "", intervals: Intervals = ()
) -> Change:
    """Make every day from first to last an exception, in place of what it was."""
    if kind not in KINDS:
        raise Refusal("unknown_kind", _("Choose one of the kinds offered."), field="kind")
    if last < first:
        raise Refusal("backwards", _("The last day is before the first one."), field="last")
    count = (last - first).days + 1
    if count > LONGEST_RUN:
        raise Refusal(
            "too_long", _("At most %(n)s days can be entered at once.", n=LONGEST_RUN), field="last"
        )

    if intervals:
        _check(hours={}, open={first: intervals})

    def change(session: Session, calendar: ServiceCalendar) -> None:
        _clear(session, calendar, first, last)
        session.add_all(
            CalendarException(
                calendar_id=calendar.id,
                date=first + timedelta(days=step),
                kind=kind,
                name=name.strip()[:100],
                intervals=[list(pair) for pair in intervals] if kind == "opening" else None,
            )
            for step in range(count)
        )

    return change


def removal(first: date, last: date) -> Change:
    """Let days be ordinary ones again."""

    def change(session: Session, calendar: ServiceCalendar) -> None:
        if not _clear(session, calendar, first, last):
            raise NotFound("no_exception", _("This day is an ordinary one already."))

    return change


def published(year: int) -> Change:
    """Enter the published days of a year; refused where none are published."""

    def change(session: Session, calendar: ServiceCalendar) -> None:
        if not calendars.seed_year(session, calendar, year):
            raise Refusal(
                "not_published",
                _(
                    "The days of %(year)s are not in the installed holidays package; "
                    "enter them by hand or from a file.",
                    year=year,
                ),
            )

    return change


def whole_years(years: Mapping[int, Year], *, source: str) -> Change:
    """Replace each year that a file names; they become official.

    Of a year that it names for another one's run over New Year alone, those days are entered.
    """
    beside = holiday_files.beside(years)

    def change(session: Session, calendar: ServiceCalendar) -> None:
        for year, named in years.items():
            if year in beside:
                calendars.enter_days(session, calendar, closed=named.off, makeup=named.work)
                continue
            calendars.replace_year(
                session, calendar, year, closed=named.off, makeup=named.work, source=source[:200]
            )

    return change


def mark(year: int, *, official: bool, source: str) -> Change:
    """Say that a year's days are complete and official, or that they may still change."""

    def change(session: Session, calendar: ServiceCalendar) -> None:
        known = session.get(CalendarYear, (calendar.id, year))
        if known is None:
            known = CalendarYear(calendar_id=calendar.id, year=year, source=source)
            session.add(known)
        known.mark = "official" if official else "provisional"

    return change


def _check(**parts: Any) -> None:
    try:
        CalendarSpec("UTC", **parts)
    except InvalidCalendar as error:  # the forms refuse it before, in the reader's language
        raise Refusal("invalid_calendar", str(error)) from error


def _clear(session: Session, calendar: ServiceCalendar, first: date, last: date) -> int:
    gone = changed(
        session,
        delete(CalendarException).where(
            CalendarException.calendar_id == calendar.id,
            CalendarException.date.between(first, last),
        ),
    )
    session.expire(calendar)
    return gone
