"""Periods as people name them, with their limits at the calendar's local midnights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from sla.calendar import Calendar

Unit = Literal["day", "week", "month"]

PERIODS = ("today", "week", "month", "year")
PRESETS = (
    "week",
    "last_week",
    "month",
    "last_month",
    "quarter",
    "last_quarter",
    "year",
    "last_year",
)
LONGEST = timedelta(days=3660)
MOST_DAYS = 62
"""A longer span is told month by month."""


@dataclass(frozen=True, slots=True)
class Step:
    """One day of a span, or one month of a long one; ``end`` is exclusive, both UTC."""

    first_day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Whole local days from ``first`` to ``last``, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The instant at which the first day begins, UTC."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The instant at which the last day is over, UTC; exclusive."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    def steps(self) -> list[Step]:
        """Return its days in order, or its months where there are too many days to show."""
        by_month = (self.last - self.first).days >= MOST_DAYS
        return self.cut("month" if by_month else "day")

    def cut(self, unit: Unit) -> list[Step]:
        """Return its days, weeks (from Monday) or months; the outer ones may be parts of one."""
        begins = [self.first]
        while (following := _following(begins[-1], unit)) <= self.last:
            begins.append(following)
        limits = [_midnight(day, self.zone) for day in begins[1:]] + [self.end]
        starts = [self.start, *limits[:-1]]
        return [Step(*row) for row in zip(begins, starts, limits, strict=True)]

    def before(self) -> Span:
        """Return as many whole months that ended when this began, or as many days."""
        last = self.first - timedelta(days=1)
        if self.first.day == 1 and self.last == _end_of_month(self.last):
            months = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month
            number = 12 * self.first.year + self.first.month - 1 - months - 1
            return Span(date(number // 12, number % 12 + 1, 1), last, self.zone)
        return Span(last - (self.last - self.first), last, self.zone)


def period(name: str, calendar: Calendar, now: datetime) -> Span:
    """Return today, this week (from Monday), month or year; raise Refusal for other names.

    ``YYYY-MM`` names a month.
    """
    today = calendar.local_date(now)
    if name == "today":
        return Span(today, today, calendar.zone)
    if name == "week":
        monday = today - timedelta(days=today.weekday())
        return Span(monday, monday + timedelta(days=6), calendar.zone)
    if name == "year":
        return Span(date(today.year, 1, 1), date(today.year, 12, 31), calendar.zone)
    first = today.replace(day=1) if name == "month" else _named_month(name)
    return Span(first, _end_of_month(first), calendar.zone)


def preset(name: str, calendar: Calendar, now: datetime) -> Span:
    """Return a period that reports offer; what ``period`` knows besides."""
    if name.startswith("last_"):
        return preset(name.removeprefix("last_"), calendar, now).before()
    if name == "quarter":
        today = calendar.local_date(now)
        first = date(today.year, today.month - (today.month - 1) % 3, 1)
        return Span(first, _end_of_month(first + timedelta(days=63)), calendar.zone)
    return period(name, calendar, now)


def between(first: date, last: date, calendar: Calendar) -> Span:
    """Return the days from one to another, both included; raise Refusal where there are none."""
    if not (date(1990, 1, 1) <= first <= last <= date(2199, 12, 31)) or last - first > LONGEST:
        raise Refusal(
            "bad_period",
            lazy_gettext("Choose a first day before the last one, at most ten years apart."),
            field="first",
        )
    return Span(first, last, calendar.zone)


def workdays(calendar: Calendar, span: Span, now: datetime) -> tuple[int, int]:
    """Return how many workdays of the span have begun by today, and how many it has."""
    eve = span.first - timedelta(days=1)
    today = min(calendar.local_date(now), span.last)
    return calendar.workdays_between(eve, today), calendar.workdays_between(eve, span.last)


def _named_month(name: str) -> date:
    try:
        return date.fromisoformat(f"{name}-01")
    except ValueError as error:
        raise Refusal("unknown_period", lazy_gettext("There is no such period.")) from error


def _following(day: date, unit: Unit) -> date:
    if unit == "week":
        return day + timedelta(days=7 - day.weekday())
    return (_end_of_month(day) if unit == "month" else day) + timedelta(days=1)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
