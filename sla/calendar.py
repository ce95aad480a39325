"""Working-time arithmetic: when service time runs out, and how much has passed.

A calendar keeps a prefix table of its opening intervals and answers by bisection.
The table is made when it is first asked for and grows with the questions.  Instants
go in with any zone and come out in UTC; service time is in minutes, exact to the
microsecond.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla.spec import CalendarSpec, Intervals, InvalidCalendar
from sla.table import (
    DAY,
    EPOCH,
    EPOCH_ORDINAL,
    OpeningTable,
    build,
    instant,
    openings,
)

__all__ = ["Calendar", "CalendarSpec", "Intervals", "InvalidCalendar", "NeverOpens"]

# No promise lives outside these years; a slip of the keyboard does, and must not
# cost a table of ten thousand years.
FIRST_DAY = date(1900, 1, 1).toordinal()
LAST_DAY = date(2200, 1, 1).toordinal()
_REACH = 64  # days laid out around the first question
_EDGE = 4  # days that a question needs around it: zones, and dates cut at the rim

_NEAR = 8  # intervals: four ordinary days
_MOST_DAYS = 4000  # whose openings are kept: pages ask for the same weeks again and again
_NO_TIME = timedelta(0)
_MINUTE = timedelta(minutes=1)

_NOTHING = OpeningTable(EPOCH, [], [], [], 0, 0, [], [])


class NeverOpens(ValueError):
    """The calendar has not enough opening hours left after the given instant."""


class Calendar:
    """The arithmetic of one calendar.

    Every method takes aware datetimes and raises ValueError for naive ones and for
    instants outside the years 1900 to 2199.
    """

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec.tz)
        self._table = _NOTHING
        self._days: dict[int, tuple[tuple[datetime, datetime], ...]] = {}
        self._workday_minutes = _most_common_total(spec)
        # Without weekly hours nothing opens after the last dated opening.
        last = LAST_DAY if spec.hours else max(spec.open).toordinal() + _EDGE
        self._horizon = min(last, LAST_DAY)

    def add_minutes(self, start: datetime, minutes: float) -> datetime:
        """Return the earliest instant at which that much service time has passed.

        The result may be the closing instant, never a later opening; no minutes at all
        give the start itself, open or not.  Raises NeverOpens when the calendar has not
        that much time left, and ValueError for a negative amount.
        """
        need = _need(minutes)
        if not need:
            return _utc(_inside(start))
        while True:
            table = self._table
            opens, before = table.opens, table.before
            # What _find does for all others: this one answers for every ticket that comes.
            try:
                index = bisect_right(opens, start) - 1
                if index < 0 or start >= table.last:
                    self._cover(_utc_day(start))
                    continue
            except TypeError:
                raise ValueError(_NAIVE) from None
            if start < table.closes[index]:
                target = before[index] + (start - opens[index]) + need
            else:
                target = before[index + 1] + need
            if target <= before[-1]:
                # Most promises end within days: the rest of the table is seldom searched.
                near = index + _NEAR
                end = near if near < len(opens) and target <= before[near] else len(before)
                index = bisect_left(before, target, index, end) - 1
                return opens[index] + (target - before[index])
            self._grow(table)

    def reached(self, start: datetime, amounts: Iterable[float]) -> list[datetime]:
        """Return when each of some amounts of service minutes has passed, in service hours.

        Where ``add_minutes`` gives a closing instant, this gives the opening that follows;
        no minutes at all give the start itself, or the next opening.  Raises the same.
        """
        needs = [_need(minutes) for minutes in amounts]
        most = max(needs, default=_NO_TIME)
        while True:
            table, index = self._find(start)
            begun = _service(table, index, start)
            if begun + most < table.before[-1]:
                return [_opening(table, begun + need) for need in needs]
            self._grow(table)

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Return the service minutes from start to end; 0 when the end is not after it."""
        while True:
            table, last = self._find(end)
            wider, first = self._find(start)
            if wider is table:
                passed = _service(table, last, end) - _service(table, first, start)
                return max(passed / _MINUTE, 0.0)

    def end_of_workday(self, start: datetime, workdays: int) -> datetime:
        """Return the close of business of the given workday after the day of receipt.

        The local date of receipt is not counted, even when it is a workday; the last
        day counts to its last closing instant.  Raises NeverOpens when there are not
        that many workdays left, and ValueError for fewer than one.
        """
        if workdays < 1:
            raise ValueError(f"A promise of {workdays} workdays is none; write at least 1.")
        day = self.local_date(start).toordinal()
        table = self._covering_day(day)
        while True:
            index = bisect_right(table.workdays, day) + workdays - 1
            if index < len(table.workdays):
                return table.day_closes[index]
            table = self._grow(table)

    def is_open(self, at: datetime) -> bool:
        """Say whether service time runs at that instant; the closing instant is closed."""
        table, index = self._find(at)
        return at < table.closes[index]

    def next_change(self, at: datetime) -> datetime | None:
        """Return the next opening or closing after that instant; None when none comes."""
        while True:
            table, index = self._find(at)
            closing = table.closes[index]
            if at < closing < table.last:
                return closing
            if closing <= at and index + 1 < len(table.opens):
                return table.opens[index + 1]
            try:
                self._grow(table)
            except NeverOpens:
                return None

    def next_opening(self, at: datetime) -> datetime:
        """Return the first instant from then on at which the calendar is open.

        That is the instant itself while open.  Raises NeverOpens when none comes.
        """
        while True:
            table, index = self._find(at)
            if at < table.closes[index]:
                return _utc(at)
            if index + 1 < len(table.opens):
                return table.opens[index + 1]
            self._grow(table)

    def intervals_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the openings of one local date as (opening, closing) in UTC."""
        ordinal = day.toordinal()
        found = self._days.get(ordinal)
        if found is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            found = self._days[ordinal] = tuple(self._laid_out(ordinal))
        return list(found)

    def workday_minutes(self) -> int:
        """Return the service minutes of the ordinary working day.

        That is the most common total among the weekdays that open (of two equally
        common the smaller, the earlier deadline); without weekly hours, among the
        dated openings.
        """
        return self._workday_minutes

    def workdays_between(self, first: date, last: date) -> int:
        """Count the workdays after the first date up to and including the last."""
        begin, end = first.toordinal(), last.toordinal()
        if end <= begin:
            return 0
        self._covering_day(begin)
        days = self._covering_day(end).workdays
        return bisect_right(days, end) - bisect_right(days, begin)

    def is_provisional(self, start: datetime, due: datetime) -> bool:
        """Say whether any local year from start to due has days off not yet published."""
        known = self.spec.official_years
        if known is None:
            return False
        first, last = self.local_date(start).year, self.local_date(due).year
        return any(year not in known for year in range(first, last + 1))

    def local_date(self, at: datetime) -> date:
        """Return the date in the calendar's zone; ValueError for a naive datetime."""
        if at.utcoffset() is None:
            raise ValueError(_NAIVE)
        try:
            return at.astimezone(self.zone).date()
        except OverflowError:
            raise ValueError(_OUTSIDE) from None

    def _find(self, at: datetime) -> tuple[OpeningTable, int]:
        """Return a table that covers an instant, and its last interval to open by then."""
        table = self._table
        try:
            index = bisect_right(table.opens, at) - 1
            if index >= 0 and at < table.last:
                return table, index
        except TypeError:
            raise ValueError(_NAIVE) from None
        table = self._cover(_utc_day(at))
        return table, bisect_right(table.opens, at) - 1

    def _laid_out(self, ordinal: int) -> Iterator[tuple[datetime, datetime]]:
        middle = (ordinal - EPOCH_ORDINAL) * DAY
        found: list[tuple[int, int]] = []
        span = openings(self.spec, self.zone, middle - 2 * DAY, middle + 3 * DAY)
        for local, begin, end in span:
            if local != ordinal:
                continue
            if found and found[-1][1] == begin:  # the clocks changed inside the interval
                found[-1] = (found[-1][0], end)
            else:
                found.append((begin, end))
        return ((instant(begin), instant(end)) for begin, end in found)

    def _covering_day(self, day: int) -> OpeningTable:
        table = self._table
        if not table.first_day <= day < table.last_day:
            table = self._cover(day)
        return table

    def _cover(self, day: int) -> OpeningTable:
        """Return a table that holds everything around one date (an ordinal)."""
        table = self._table
        if table.first_day <= day - 1 and day + 1 < table.last_day:
            return table
        if not FIRST_DAY <= day < LAST_DAY:
            raise ValueError(_OUTSIDE)
        first, last = day - _REACH, day + _REACH
        if table is not _NOTHING:
            first = min(first, table.first_day)
            last = max(last, table.last_day)
        return self._lay_out(first, last)

    def _grow(self, table: OpeningTable) -> OpeningTable:
        """Return a table of twice the span, or raise NeverOpens when nothing is ahead."""
        if table.last_day >= self._horizon:
            raise NeverOpens("The calendar has not enough opening hours left after that instant.")
        last = min(2 * table.last_day - table.first_day, LAST_DAY)
        return self._lay_out(table.first_day, last)

    def _lay_out(self, first: int, last: int) -> OpeningTable:
        self._table = build(self.spec, self.zone, first - _EDGE, last + _EDGE)
        return self._table


_MOST_MINUTES = (LAST_DAY - FIRST_DAY) * 24 * 60
_OUTSIDE = "The instant lies outside the years 1900 to 2199."
_NAIVE = "An instant without a time zone can mean anything; pass an aware datetime."


def _utc(at: datetime) -> datetime:
    """Return the same instant in UTC; ValueError for a naive datetime."""
    if at.utcoffset() is None:
        raise ValueError(_NAIVE)
    return at.astimezone(UTC)


def _inside(at: datetime) -> datetime:
    """Return an instant within the years that calendars know; ValueError for any other."""
    if not FIRST_DAY <= _utc_day(at) < LAST_DAY:
        raise ValueError(_OUTSIDE)
    return at


def _utc_day(at: datetime) -> int:
    """Return the date of an instant in UTC as an ordinal, or raise ValueError."""
    try:
        return _utc(at).toordinal()
    except OverflowError:
        raise ValueError(_OUTSIDE) from None


@lru_cache(maxsize=1024)  # promises are made of a few round amounts
def _need(minutes: float) -> timedelta:
    if 0 <= minutes <= _MOST_MINUTES:
        return timedelta(minutes=minutes)
    if minutes > _MOST_MINUTES:
        raise NeverOpens("That much service time lies beyond the year 2199.")
    raise ValueError(f"{minutes} is not an amount of service time; write 0 minutes or more.")


def _service(table: OpeningTable, index: int, at: datetime) -> timedelta:
    """Return the service time from the beginning of the table to an instant in an interval."""
    return table.before[index] + (min(at, table.closes[index]) - table.opens[index])


def _opening(table: OpeningTable, service: timedelta) -> datetime:
    """Return when the next bit of service time runs after that much of it."""
    index = bisect_right(table.before, service) - 1
    return table.opens[index] + (service - table.before[index])


def _most_common_total(spec: CalendarSpec) -> int:
    days = spec.hours.values() if spec.hours else spec.open.values()
    totals = Counter(sum(end - begin for begin, end in day) for day in days if day)
    return min(totals, key=lambda total: (-totals[total], total))
