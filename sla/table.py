"""The prefix table: every opening interval of a span of days, in UTC.

A calendar is open exactly while the wall clock of its zone shows a time inside the
day's hours.  That one rule settles the odd days: hours that the clocks jump over in
spring do not exist, an hour that comes twice in autumn counts twice, and a date that
the zone skipped altogether has no service time.

It is laid out in integer microseconds since 1970 and kept as datetimes and timedeltas:
both are exact, and a question that comes as a datetime is bisected as it is.  A table
never changes once it is built, so any number of threads may read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla.spec import CalendarSpec

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()

# A local date begins at most 14 hours before and ends at most 12 hours after that
# date in UTC, so the outermost two dates of a table may be cut.
_MARGIN = 2


@dataclass(frozen=True, slots=True)
class OpeningTable:
    """Openings between two UTC midnights, ``opens[0]`` ≤ instant < ``last``.

    ``opens``, ``closes`` and ``before`` run in parallel: interval ``i`` is open from
    ``opens[i]`` to ``closes[i]`` with ``before[i]`` of service time behind it; ``before``
    has one more entry, the total.  Interval 0 is empty and begins the table, so every
    covered instant has an interval at or before it.  Intervals that touch are one.

    ``workdays`` are the local dates (as ordinals) with any opening, and ``day_closes``
    their last closing instants, complete from ``first_day`` up to ``last_day``.
    """

    last: datetime
    opens: list[datetime]
    closes: list[datetime]
    before: list[timedelta]
    first_day: int
    last_day: int
    workdays: list[int]
    day_closes: list[datetime]


def build(spec: CalendarSpec, zone: ZoneInfo, first: int, last: int) -> OpeningTable:
    """Lay out the openings from one date up to another, both as ordinals in UTC."""
    start, stop = (first - EPOCH_ORDINAL) * DAY, (last - EPOCH_ORDINAL) * DAY
    opens, closes = [start], [start]
    workdays: list[int] = []
    day_closes: list[int] = []
    for day, begin, end in openings(spec, zone, start, stop):
        if begin == closes[-1] and len(opens) > 1:
            closes[-1] = end
        else:
            opens.append(begin)
            closes.append(end)
        if workdays and workdays[-1] == day:
            day_closes[-1] = end
        elif first + _MARGIN <= day < last - _MARGIN:
            workdays.append(day)
            day_closes.append(end)
    before = [0]
    for begin, end in zip(opens, closes, strict=True):
        before.append(before[-1] + end - begin)
    return OpeningTable(
        last=instant(stop),
        opens=[instant(micros) for micros in opens],
        closes=[instant(micros) for micros in closes],
        before=[timedelta(0, 0, micros) for micros in before],
        first_day=first + _MARGIN,
        last_day=last - _MARGIN,
        workdays=workdays,
        day_closes=[instant(micros) for micros in day_closes],
    )


def openings(
    spec: CalendarSpec, zone: ZoneInfo, first: int, last: int
) -> Iterator[tuple[int, int, int]]:
    """Yield (local date as an ordinal, opening, closing) in order, the instants in UTC."""
    for begin, end, offset in _constant_offsets(zone, first, last):
        first_day = (begin + offset) // DAY
        last_day = (end + offset - 1) // DAY
        for day in range(first_day, last_day + 1):
            midnight = day * DAY - offset
            ordinal = day + EPOCH_ORDINAL
            for opening, closing in spec.intervals(date.fromordinal(ordinal)):
                opens = max(midnight + opening * MINUTE, begin)
                closes = min(midnight + closing * MINUTE, end)
                if opens < closes:
                    yield ordinal, opens, closes


def instant(micros: int) -> datetime:
    """Return the UTC time that many microseconds after 1970 began."""
    return EPOCH + timedelta(0, 0, micros)


def _constant_offsets(zone: ZoneInfo, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Cut a span into stretches with one offset from UTC each."""
    begin, offset = first, _offset(zone, first)
    for midnight in range(first + DAY, last + 1, DAY):
        following = _offset(zone, midnight)
        if following != offset:
            change = _change(zone, midnight - DAY, midnight, offset)
            yield begin, change, offset
            begin, offset = change, following
    yield begin, last, offset


def _change(zone: ZoneInfo, low: int, high: int, offset: int) -> int:
    """Find the second between two instants from which the offset is another one."""
    while high - low > SECOND:
        middle = (low + high) // (2 * SECOND) * SECOND
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, micros: int) -> int:
    offset = instant(micros).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)
