"""Changing when the desk is open; each change says how many deadlines followed it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import CalendarException, CalendarYear, ServiceCalendar
from helpdesk.services import calendars, holiday_files, recalculation
from helpdesk.services.access import Viewer
from sla.spec import Intervals

KINDS = ("holiday", "makeup", "opening")
LONGEST_RUN = 62
"""A run of days entered at once; a longer one is a typing mistake."""


def change_hours(
    session: Session,
    calendar: ServiceCalendar,
    hours: Mapping[int, Intervals],
    *,
    makeup_days_open: bool,
    now: datetime,
    by: Viewer,
) -> int:
    """Replace the weekly hours; return how many open deadlines were recomputed."""
    calendar.makeup_days_open = makeup_days_open
    calendar.hours = []
    session.flush()  # the old rows go first: a weekday's opening is unique
    calendars.set_hours(calendar, hours)
    return _follow(session, calendar, now, by)


def set_days(
    session: Session,
    calendar: ServiceCalendar,
    first: date,
    last: date,
    *,
    kind: str,
    name: str,
    intervals: Intervals = (),
    now: datetime,
    by: Viewer,
) -> int:
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
    return _follow(session, calendar, now, by)


def remove_day(
    session: Session, calendar: ServiceCalendar, day: date, *, now: datetime, by: Viewer
) -> int:
    """Let a day be an ordinary one again."""
    if not _clear(session, calendar, day, day):
        raise NotFound("no_exception", _("This day is an ordinary one already."))
    return _follow(session, calendar, now, by)


def seed(
    session: Session, calendar: ServiceCalendar, year: int, *, now: datetime, by: Viewer
) -> int:
    """Enter the published days of a year; raise Refusal where none are published."""
    if not calendars.seed_year(session, calendar, year):
        raise Refusal(
            "not_published",
            _(
                "The days of %(year)s are not in the installed holidays package; "
                "enter them by hand or from a file.",
                year=year,
            ),
        )
    return _follow(session, calendar, now, by)


def import_file(
    session: Session,
    calendar: ServiceCalendar,
    name: str,
    data: bytes,
    *,
    now: datetime,
    by: Viewer,
) -> tuple[list[int], int]:
    """Replace each year that a file names; return the years and the deadlines recomputed."""
    years = holiday_files.read(_decoded(data))
    for year, days in years.items():
        calendars.replace_year(
            session, calendar, year, closed=days.off, makeup=days.work, source=name[:200]
        )
    return sorted(years), _follow(session, calendar, now, by)


def mark_year(
    session: Session,
    calendar: ServiceCalendar,
    year: int,
    *,
    official: bool,
    now: datetime,
    by: Viewer,
) -> int:
    """Say that a year's days are complete and official, or that they may still change."""
    known = session.get(CalendarYear, (calendar.id, year))
    if known is None:
        known = CalendarYear(calendar_id=calendar.id, year=year, source=by.name)
        session.add(known)
    known.mark = "official" if official else "provisional"
    session.flush()
    return _follow(session, calendar, now, by)


def _follow(session: Session, calendar: ServiceCalendar, now: datetime, by: Viewer) -> int:
    return recalculation.follow_calendar(session, calendar, now=now, by=by.actor)


def _clear(session: Session, calendar: ServiceCalendar, first: date, last: date) -> int:
    gone = session.execute(
        delete(CalendarException).where(
            CalendarException.calendar_id == calendar.id,
            CalendarException.date.between(first, last),
        )
    )
    session.expire(calendar)
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _decoded(data: bytes) -> str:
    for charset in ("utf-8-sig", "gb18030"):  # spreadsheets in China save the latter
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    raise Refusal("not_text", _("This file is no text; save it as CSV."), field="file")
