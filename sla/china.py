"""The Chinese year: days off and make-up working days, as the State Council sets them.

Each autumn a notice moves working days to weekends so that holidays run together.  The
``holidays`` package carries those notices; for a year without one it estimates dates and
knows no make-up days, so such a year counts as unknown here: plain weekdays, provisional.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sla.spec import CalendarSpec, Intervals

if TYPE_CHECKING:
    from holidays.countries.china import China

ZONE = "Asia/Shanghai"
FIRST_YEAR = 2010
"""The default calendar begins here, two years before the rules it serves."""

# 09:00-12:00 and 13:30-18:00, chapter 6 of the certification centers' rules (2012)
DEFAULT_DAY: Intervals = ((9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60))
DEFAULT_HOURS: Mapping[int, Intervals] = dict.fromkeys(range(5), DEFAULT_DAY)

_SWAP = re.compile(r"由 (\d{4}-\d{2}-\d{2}) 调休")  # how the package names a day off by exchange
_DAY_OFF = "调休"
_MAKEUP = "调休上班"
_SATURDAY = 5


@dataclass(frozen=True)
class YearDays:
    """One year's exceptions, each date with its Chinese name.

    ``closed`` holds whole holiday periods with the weekends inside them, ``open`` the
    make-up days.  A year that is not ``official`` has neither.
    """

    closed: Mapping[date, str] = field(default_factory=dict)
    open: Mapping[date, str] = field(default_factory=dict)
    official: bool = False


@cache
def known_years() -> frozenset[int]:
    """Return the years, from 2010 on, whose notice the installed package carries."""
    # An entry here is a notice's list of exchanged days; every year since 2001 has one.
    noticed = getattr(_package(()), "special_public_holidays", {})
    return frozenset(year for year in noticed if year >= FIRST_YEAR)


@cache
def year_days(year: int) -> YearDays:
    """Return one year's days off and make-up days; of an unknown year, none. Never raises."""
    known = known_years()
    if year not in known:
        return YearDays()
    # A run of days off may cross New Year, and so may its make-up day.
    package = _package(known & {year - 1, year, year + 1})
    makeup = {day for day in package.weekend_workdays if day.year == year}
    off = {day: name for day, name in package.items() if day not in makeup}
    return YearDays(
        closed={day: name for day, name in _periods(off, makeup).items() if day.year == year},
        open=dict.fromkeys(sorted(makeup), _MAKEUP),
        official=True,
    )


@cache
def default_spec(*, makeup_days_open: bool = True) -> CalendarSpec:
    """Return the built-in calendar: the rules' hours, 2010 to the last published year.

    Without ``makeup_days_open`` a make-up Saturday or Sunday stays a weekend day.
    """
    years = known_years()
    closed: set[date] = set()
    opened: dict[date, Intervals] = {}
    for year in years:
        days = year_days(year)
        closed.update(days.closed)
        if makeup_days_open:
            opened.update(dict.fromkeys(days.open, DEFAULT_DAY))
    return CalendarSpec(
        tz=ZONE,
        hours=DEFAULT_HOURS,
        closed=frozenset(closed),
        open=opened,
        official_years=years,
    )


def _package(years: Iterable[int]) -> China:
    # Imported late: a tenth of a second and 10 MB that few commands need.
    from holidays.countries.china import China  # noqa: PLC0415

    return China(years=sorted(years), expand=False, language="zh_CN")  # type: ignore[no-untyped-call]


def _periods(off: Mapping[date, str], makeup: set[date]) -> dict[date, str]:
    """Name every day of each holiday period, exchanged days and weekends included."""
    named = {day: name for day, name in off.items() if not _SWAP.search(name)}
    festivals = list(named.items())
    for step in (timedelta(days=1), timedelta(days=-1)):
        for day, name in festivals:
            beside = day + step
            while beside not in named and (beside in off or _is_weekend(beside, makeup)):
                named[beside] = _festival(name) + (_DAY_OFF if beside in off else "")
                beside += step
    return {day: named.get(day, _DAY_OFF) for day in sorted({*named, *off})}


def _is_weekend(day: date, makeup: set[date]) -> bool:
    return day.weekday() >= _SATURDAY and day not in makeup


def _festival(name: str) -> str:
    """Return the festival behind a name such as 清明节（补假）; New Year's Eve is 春节."""
    festival = name.split("（", maxsplit=1)[0]
    return "春节" if festival == "农历除夕" else festival
