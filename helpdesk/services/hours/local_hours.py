"""The hour and weekday that the local clock showed, asked of a column of instants.

PostgreSQL knows time zones and SQLite does not; there the span of time is cut into
stretches over which the zone's distance from UTC does not change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_

STEP = timedelta(days=7)
"""No zone changes its distance from UTC and back again within a week."""


def at_local(
    column: Any,
    zone: ZoneInfo,
    span: tuple[datetime, datetime],
    *,
    hour: int | None = None,
    weekday: int | None = None,
    postgres: bool,
) -> ColumnElement[bool]:
    """Return the condition that the local clock showed an hour, a weekday (0 is Monday), or both.

    ``span`` bounds the instants that are asked about, its end excluded.
    """
    if postgres:
        local = func.timezone(zone.key, column)
        found = []
        if hour is not None:
            found.append(func.extract("hour", local) == hour)
        if weekday is not None:
            found.append(func.extract("isodow", local) == weekday + 1)
        return and_(*found)
    stretches = []
    for begin, end, offset in _stretches(zone, *span):
        shown = [column >= begin, column < end]
        if hour is not None:
            shown.append(_shown("%H", column, offset) == hour)
        if weekday is not None:
            shown.append(_shown("%w", column, offset) == (weekday + 1) % 7)
        stretches.append(and_(*shown))
    return or_(*stretches)


def _shown(what: str, column: Any, offset: timedelta) -> ColumnElement[int]:
    shift = f"{int(offset.total_seconds()):+d} seconds"
    return cast(func.strftime(what, column, shift), Integer)


def _stretches(
    zone: ZoneInfo, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut a span where the zone's distance from UTC changes."""
    at = begin = begin.astimezone(UTC)
    end = end.astimezone(UTC)
    offset = _offset(zone, begin)
    while at < end:
        following = min(at + STEP, end)
        if _offset(zone, following) != offset:
            change = _change(zone, at, following)
            yield begin, change, offset
            begin, offset = change, _offset(zone, change)
        at = following
    if begin < end:
        yield begin, end, offset


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first whole second after the change between two instants."""
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
