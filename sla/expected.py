"""What the telephone will bring: the calls of an ordinary week, and those still to come.

The mean of each hour of the week is taken over ordinary working days alone. Holidays are
left out, and so are days with dated hours, such as make-up days: a Sunday worked for a
Thursday is neither. A make-up day still to come is expected to be like the mean of all
weekdays. Nothing is said about trends or seasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sla.budget import Stretch
from sla.calendar import Calendar

DAY = timedelta(days=1)
Hours = Mapping[tuple[date, int], int]
"""Calls offered, by local date and hour."""


@dataclass(frozen=True, slots=True)
class OpenHour:
    """A stretch of service time within one hour of the local clock."""

    hour: int
    opens: datetime
    closes: datetime

    @property
    def minutes(self) -> float:
        """How long it is, in service minutes."""
        return (self.closes - self.opens).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """One hour of the ordinary week: ``calls`` offered in it on ``days`` days.

    ``minutes`` is how long the desk is open within that hour of the clock.
    """

    calls: int
    days: int
    minutes: float

    @property
    def mean(self) -> float:
        """How many calls it brings in the mean."""
        return self.calls / self.days

    @property
    def per_minute(self) -> float:
        """How many calls a service minute of it brings in the mean."""
        return self.mean / self.minutes


Week = Mapping[tuple[int, int], HourOfWeek]
"""The ordinary week by weekday (0 is Monday) and hour."""


def open_hours(calendar: Calendar, day: date) -> list[OpenHour]:
    """Cut the service time of a local date at the full hours of the clock."""
    found = []
    for opens, closes in calendar.intervals_on(day):
        at = opens
        while at < closes:
            local = at.astimezone(calendar.zone)
            into = timedelta(
                minutes=local.minute, seconds=local.second, microseconds=local.microsecond
            )
            end = min(at - into + timedelta(hours=1), closes)
            found.append(OpenHour(local.hour, at, end))
            at = end
    return found


def is_ordinary(calendar: Calendar, day: date) -> bool:
    """Say whether a date is a working day with its weekday's own hours."""
    return day not in calendar.spec.open and bool(calendar.intervals_on(day))


def ordinary_week(hours: Hours, calendar: Calendar, first: date, last: date) -> Week:
    """Return what each hour of the week brought between two local dates, both included."""
    calls: dict[tuple[int, int], int] = {}
    days: dict[tuple[int, int], int] = {}
    minutes: dict[tuple[int, int], float] = {}
    for day in _days(first, last):
        if not is_ordinary(calendar, day):
            continue
        for hour, open_minutes in _minutes_by_hour(calendar, day).items():
            key = day.weekday(), hour
            calls[key] = calls.get(key, 0) + hours.get((day, hour), 0)
            days[key] = days.get(key, 0) + 1
            minutes[key] = open_minutes
    return {key: HourOfWeek(calls[key], days[key], minutes[key]) for key in sorted(calls)}


def coming(week: Week, calendar: Calendar, now: datetime, last: date) -> list[Stretch]:
    """Return the service time from now to the end of a local date, with the calls expected.

    An hour of which the week knows nothing brings what that hour brings on other
    weekdays, and nothing where none of them knows it.
    """
    found = []
    for day in _days(calendar.local_date(now), last):
        ordinary = day not in calendar.spec.open
        for part in open_hours(calendar, day):
            opens = max(part.opens, now)
            if opens < part.closes:
                pace = _pace(week, day.weekday() if ordinary else None, part.hour)
                minutes = (part.closes - opens).total_seconds() / 60
                found.append(Stretch(opens, part.closes, pace * minutes))
    return found


def _pace(week: Week, weekday: int | None, hour: int) -> float:
    """Return the calls of a service minute in an hour of the clock."""
    known = week.get((weekday, hour)) if weekday is not None else None
    if known is not None:
        return known.per_minute
    others = [cell.per_minute for (_, at), cell in week.items() if at == hour]
    return sum(others) / len(others) if others else 0.0


def _minutes_by_hour(calendar: Calendar, day: date) -> dict[int, float]:
    found: dict[int, float] = {}
    for part in open_hours(calendar, day):
        found[part.hour] = found.get(part.hour, 0.0) + part.minutes
    return found


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY
