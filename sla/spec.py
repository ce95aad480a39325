"""What a calendar is made of: a zone, weekly hours, days off and dated openings.

A specification is a value.  It is checked and brought into one normal form when
it is made, so whoever holds one holds a calendar that opens at least once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from reprlib import Repr
from typing import Any
from zoneinfo import ZoneInfo

Intervals = tuple[tuple[int, int], ...]
"""Opening intervals of one local day, in minutes from midnight: 0 ≤ open < close ≤ 1440."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60

_KEYS = ("tz", "hours", "closed", "open", "official_years")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 80


class InvalidCalendar(ValueError):
    """A calendar that cannot be used; the message says where, why and what to write."""


@dataclass(frozen=True)
class CalendarSpec:
    """A working calendar, before any arithmetic.

    ``hours`` maps a weekday (0 is Monday) to its intervals; a missing weekday is
    closed.  A dated opening (``open``) replaces everything that day, an empty one
    closes it; a day off (``closed``) beats the weekday's hours.

    ``official_years`` are the years whose days off are known for certain; deadlines
    that touch any other year are provisional.  None means that nothing is uncertain.

    Raises InvalidCalendar for an unknown zone, an impossible interval, or a calendar
    that is never open.
    """

    tz: str
    hours: Mapping[int, Intervals]
    closed: frozenset[date] = frozenset()
    open: Mapping[date, Intervals] = field(default_factory=dict)
    official_years: frozenset[int] | None = None

    def __post_init__(self) -> None:
        check_zone(self.tz)
        hours = {}
        for weekday, intervals in sorted(self.hours.items()):
            if weekday not in range(7):
                raise InvalidCalendar(f"{shown(weekday)} is not a weekday; write 0 (Monday) to 6.")
            if normal := _normal(WEEKDAYS[weekday], intervals):
                hours[weekday] = normal
        openings = {day: _normal(day.isoformat(), self.open[day]) for day in sorted(self.open)}
        object.__setattr__(self, "hours", hours)
        object.__setattr__(self, "open", openings)
        if not hours and not any(openings.values()):
            raise InvalidCalendar(
                "The calendar is never open; give at least one weekday or one date its hours."
            )

    def intervals(self, day: date) -> Intervals:
        """Return the intervals of one local date: dated opening, then day off, then weekday."""
        dated = self.open.get(day)
        if dated is not None:
            return dated
        if day in self.closed:
            return ()
        return self.hours.get(day.weekday(), ())

    @classmethod
    def from_json(cls, value: Any) -> CalendarSpec:
        """Read the form that the command line and the settings share.

        ``{"tz": "Asia/Shanghai", "hours": {"mon": [["09:00", "12:00"]]}, "closed":
        ["2026-10-01"], "open": {"2026-10-10": [["09:00", "12:00"]]}, "official_years":
        [2026]}``; only ``tz`` must be there.  Raises InvalidCalendar.
        """
        given = _object("The calendar", value)
        for key in given:
            if key not in _KEYS:
                raise InvalidCalendar(
                    f"{shown(key)} is no part of a calendar; write {_list(_KEYS)}."
                )
        if "tz" not in given:
            raise InvalidCalendar('"tz" is missing; write a zone such as "Asia/Shanghai".')
        hours = _object('"hours"', given.get("hours", {}))
        openings = _object('"open"', given.get("open", {}))
        return cls(
            tz=given["tz"],
            hours={_weekday(name): _intervals(name, rows) for name, rows in hours.items()},
            closed=frozenset(_date('"closed"', day) for day in _rows('"closed"', given, "closed")),
            open={_date('"open"', day): _intervals(day, rows) for day, rows in openings.items()},
            official_years=_years(given),
        )

    def to_json(self) -> dict[str, Any]:
        """Write the form that ``from_json`` reads, dates in order."""
        value: dict[str, Any] = {
            "tz": self.tz,
            "hours": {WEEKDAYS[day]: _texts(rows) for day, rows in self.hours.items()},
            "closed": [day.isoformat() for day in sorted(self.closed)],
            "open": {day.isoformat(): _texts(rows) for day, rows in self.open.items()},
        }
        if self.official_years is not None:
            value["official_years"] = sorted(self.official_years)
        return value


def check_zone(name: Any) -> ZoneInfo:
    """Return the named zone, or raise InvalidCalendar."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):  # OSError: a folder, such as "Asia"
        raise InvalidCalendar(
            f'{shown(name)} is not a time zone; write an IANA name such as "Asia/Shanghai".'
        ) from None


def shown(value: Any) -> str:
    """Return a value as a message quotes it: what is long or deep is cut."""
    return _SHORT.repr(value)


def clock_text(minute: int) -> str:
    """Write a minute of the day as ``HH:MM``; the end of the day is ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _normal(where: str, intervals: Iterable[tuple[int, int]]) -> Intervals:
    """Sort the intervals and join those that touch; refuse what no day can have."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(intervals):
        text = f"{where} {clock_text(begin)}-{clock_text(end)}"
        if not (0 <= begin < MINUTES_A_DAY and 0 <= end <= MINUTES_A_DAY):
            raise InvalidCalendar(f"{text} leaves the day; write times from 00:00 to 24:00.")
        if begin == end:
            raise InvalidCalendar(f"{text} is empty; for a whole day write 00:00-24:00.")
        if begin > end:
            raise InvalidCalendar(
                f"{text} ends before it begins; an interval may cross no midnight, so split it"
                " into one for each day."
            )
        if merged and begin < merged[-1][1]:
            before = f"{clock_text(merged[-1][0])}-{clock_text(merged[-1][1])}"
            raise InvalidCalendar(f"{text} overlaps {before}; give each hour once.")
        if merged and begin == merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return tuple(merged)


def _object(what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidCalendar(f"{what} must be a JSON object, not {_kind(value)}.")
    return value


def _rows(what: str, given: dict[str, Any], key: str) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list):
        raise InvalidCalendar(f"{what} must be a JSON list, not {_kind(value)}.")
    return value


def _weekday(name: str) -> int:
    if name not in WEEKDAYS:
        raise InvalidCalendar(f"{shown(name)} is not a weekday; write {_list(WEEKDAYS)}.")
    return WEEKDAYS.index(name)


def _intervals(where: str, rows: Any) -> Intervals:
    if not isinstance(rows, list):
        raise InvalidCalendar(f"{where} must hold a list of intervals, not {_kind(rows)}.")
    return tuple(_interval(where, row) for row in rows)


def _interval(where: str, row: Any) -> tuple[int, int]:
    if not (isinstance(row, list) and len(row) == 2):
        raise InvalidCalendar(
            f'{where}: an interval is a pair of times such as ["09:00", "12:00"].'
        )
    begin, end = (_minute(where, text) for text in row)
    return begin, end


def _minute(where: str, text: Any) -> int:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match:
        hour, minute = int(match[1]), int(match[2])
        if minute < 60 and hour * 60 + minute <= MINUTES_A_DAY:
            return hour * 60 + minute
    raise InvalidCalendar(
        f"{where}: {shown(text)} is not a time of day; write HH:MM from 00:00 to 24:00."
    )


def _date(where: str, text: Any) -> date:
    try:
        if isinstance(text, str) and _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidCalendar(f"{where}: {shown(text)} is not a date; write YYYY-MM-DD.")


def _years(given: dict[str, Any]) -> frozenset[int] | None:
    if given.get("official_years") is None:
        return None
    years = _rows('"official_years"', given, "official_years")
    for year in years:
        if type(year) is not int:
            raise InvalidCalendar(f'"official_years": {shown(year)} is not a year; write 2026.')
    return frozenset(years)


def _texts(intervals: Intervals) -> list[list[str]]:
    return [[clock_text(begin), clock_text(end)] for begin, end in intervals]


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
    return kinds.get(type(value), "a number")


def _list(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
