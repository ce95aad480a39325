"""Deadlines a second: the calendar's arithmetic alone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sla.calendar import Calendar
from sla.china import DEFAULT_HOURS, ZONE, known_years, year_days
from sla.spec import CalendarSpec
from tests.bench.report import Figure

COUNT = 200_000
RUNS = 3
WORKDAY_MINUTES = 450


def measure() -> Iterator[Figure]:
    """Add one working day to instants all over the known years; the best run counts."""
    years = sorted(known_years())
    days = [year_days(year) for year in years]
    spec = CalendarSpec(
        ZONE,
        DEFAULT_HOURS,
        closed=frozenset(day for year in days for day in year.closed),
        open={day: DEFAULT_HOURS[0] for year in days for day in year.open},
    )
    calendar = Calendar(spec)
    first = datetime(years[0], 1, 1, tzinfo=UTC)
    chance = random.Random(7)
    minutes = 60 * 24 * 365 * len(years)
    starts = [first + timedelta(minutes=chance.randrange(minutes)) for _ in range(COUNT)]
    seconds = min(_run(calendar, starts) for _ in range(RUNS))
    yield Figure("deadlines", "–", "one working day", COUNT / seconds, "/s", at_least=500_000)


def _run(calendar: Calendar, starts: list[datetime]) -> float:
    add = calendar.add_minutes
    started = time.perf_counter()
    for start in starts:
        add(start, WORKDAY_MINUTES)
    return time.perf_counter() - started
