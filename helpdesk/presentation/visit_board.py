"""Visits laid out as a month or a week: each day with who is where, and who travels."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from sla.calendar import Calendar


class Timed(Protocol):
    """Something that begins at an instant."""

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        ...


class Travelling(Protocol):
    """An agreed visit with its time on the road."""

    @property
    def starts_at(self) -> datetime | None:
        """When it begins."""
        ...

    @property
    def away_from(self) -> datetime | None:
        """When its agent leaves."""
        ...

    @property
    def away_until(self) -> datetime | None:
        """When its agent is back."""
        ...


S = TypeVar("S", bound=Timed)
T = TypeVar("T", bound=Travelling)


@dataclass(frozen=True)
class Day(Generic[S, T]):
    """One day: what happens on it, whose visits make them travel, and what kind of day it is."""

    date: date
    slots: list[S]
    travellers: list[T]
    inside: bool
    shut: bool
    today: bool


def span_of(view: str, day: date) -> tuple[date, date]:
    """Return the first and the last day that a view shows; weeks begin on Monday."""
    if view == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    weeks = Weeks().monthdatescalendar(day.year, day.month)
    return weeks[0][0], weeks[-1][-1]


def neighbours(view: str, day: date) -> tuple[date, date]:
    """Return a day of the week or month before, and of the one after."""
    if view == "week":
        return day - timedelta(days=7), day + timedelta(days=7)
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


def weeks_of(
    view: str,
    day: date,
    slots: Sequence[S],
    agreed: Sequence[T],
    *,
    calendar: Calendar,
    today: date,
) -> list[list[Day[S, T]]]:
    """Lay out the weeks that a view shows."""
    first, last = span_of(view, day)
    by_day: dict[date, list[S]] = {}
    for slot in slots:
        by_day.setdefault(calendar.local_date(slot.starts_at), []).append(slot)
    days = [
        Day(
            one,
            by_day.get(one, []),
            [visit for visit in agreed if _travels(visit, one, calendar)],
            inside=view == "week" or one.month == day.month,
            shut=not calendar.intervals_on(one),
            today=one == today,
        )
        for one in (first + timedelta(days=n) for n in range((last - first).days + 1))
    ]
    return [days[n : n + 7] for n in range(0, len(days), 7)]


def _travels(visit: Travelling, day: date, calendar: Calendar) -> bool:
    """Say whether an agent is on the road that day, the day of the visit itself left out."""
    if visit.starts_at is None or visit.away_from is None or visit.away_until is None:
        return False
    if calendar.local_date(visit.starts_at) == day:
        return False
    first = calendar.local_date(visit.away_from)
    last = calendar.local_date(visit.away_until - timedelta(microseconds=1))
    return first <= day <= last
