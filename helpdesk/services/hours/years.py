"""Which years' days off should be known by now and are not; asked for until they are."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import CalendarYear, ServiceCalendar
from helpdesk.services.desk import notices
from helpdesk.services.hours import calendar_list, calendars

ASKED_FROM_MONTH = 10
"""The State Council publishes next year's days in autumn."""


def wanted(today: date) -> list[int]:
    """Return the years whose days off should be known on a local date."""
    return [today.year, *([today.year + 1] if today.month >= ASKED_FROM_MONTH else [])]


def gaps(session: Session, *, now: datetime) -> list[tuple[ServiceCalendar, int]]:
    """Return each wanted year that a calendar lacks, by that calendar's own date."""
    rows = calendar_list.listing(session)
    return [(row, year) for row in rows for year in missing_in(session, row, now=now)]


def missing(session: Session, *, now: datetime) -> list[int]:
    """Return the wanted years that some calendar lacks."""
    return sorted({year for _, year in gaps(session, now=now)})


def missing_in(session: Session, calendar: ServiceCalendar, *, now: datetime) -> list[int]:
    """Return the wanted years that are not marked as official in one calendar."""
    official = session.scalars(
        select(CalendarYear.year).where(
            CalendarYear.calendar_id == calendar.id, CalendarYear.mark == "official"
        )
    ).all()
    return [year for year in wanted(calendars.today(calendar, now=now)) if year not in official]


def ask(session: Session, *, now: datetime) -> None:
    """Tell the administrators once a local day which years' days off are missing, and where."""
    today = calendars.today(calendars.default_calendar(session), now=now)
    for calendar, year in gaps(session, now=now):
        notices.year_unknown(session, year, calendar, today=today, now=now)
