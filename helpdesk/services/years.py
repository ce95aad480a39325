"""Which years' days off should be known by now and are not; asked for until they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import CalendarYear, ServiceCalendar
from helpdesk.services import calendars, notices

ASKED_FROM_MONTH = 10
"""The State Council publishes next year's days in autumn."""


def wanted(today: date) -> list[int]:
    """Return the years whose days off should be known on a local date."""
    return [today.year, *([today.year + 1] if today.month >= ASKED_FROM_MONTH else [])]


def missing(session: Session, *, now: datetime) -> list[int]:
    """Return the wanted years that some calendar lacks, by that calendar's own date."""
    found: set[int] = set()
    for calendar in session.scalars(select(ServiceCalendar)):
        found.update(missing_in(session, calendar, now=now))
    return sorted(found)


def missing_in(session: Session, calendar: ServiceCalendar, *, now: datetime) -> list[int]:
    """Return the wanted years that are not marked as official in one calendar."""
    official = session.scalars(
        select(CalendarYear.year).where(
            CalendarYear.calendar_id == calendar.id, CalendarYear.mark == "official"
        )
    ).all()
    return [year for year in wanted(calendars.today(calendar, now=now)) if year not in official]


def ask(session: Session, *, now: datetime) -> Sequence[int]:
    """Tell the administrators once a local day which years' days off are missing."""
    years = missing(session, now=now)
    today = calendars.today(calendars.default_calendar(session), now=now)
    for year in years:
        notices.year_unknown(session, year, today=today, now=now)
    return years
