"""The service hours as a notice at the door: a week in few lines, and what today is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from helpdesk.i18n import gettext, language
from sla.spec import Intervals, clock_text


class Hours(Protocol):
    """One opening interval of a weekday."""

    weekday: int
    opens: int
    closes: int


class Dated(Protocol):
    """One dated exception."""

    date: date
    kind: str
    name: str


class Openings(Protocol):
    """A calendar as it is edited."""

    tz: str

    @property
    def hours(self) -> Sequence[Hours]:
        """The weekly hours."""
        ...

    @property
    def exceptions(self) -> Sequence[Dated]:
        """The dated exceptions."""
        ...


@dataclass(frozen=True)
class Opening:
    """``week`` are lines of days and hours; ``today`` names a holiday or make-up day, if any."""

    week: list[tuple[str, str]]
    today: str


def opening(calendar: Openings, *, now: datetime) -> Opening:
    """Tell when the desk is open in an ordinary week, and what is special today."""
    today = now.astimezone(ZoneInfo(calendar.tz)).date()
    special = next((row for row in calendar.exceptions if row.date == today), None)
    return Opening(_week(calendar), _special(special) if special else "")


def weekday_name(weekday: int, *, wide: bool = True) -> str:
    """Return the name of a weekday (0 is Monday)."""
    names = get_day_names("wide" if wide else "abbreviated", locale=language())
    return str(names[weekday])


def interval_text(intervals: Intervals) -> str:
    """Write intervals as ``09:00–12:00 · 13:30–18:00``."""
    if not intervals:
        return gettext("closed")
    return " · ".join(f"{clock_text(a)}–{clock_text(b)}" for a, b in intervals)


def _week(calendar: Openings) -> list[tuple[str, str]]:
    hours = {
        day: interval_text(tuple((h.opens, h.closes) for h in calendar.hours if h.weekday == day))
        for day in range(7)
    }
    lines = []
    for text, run in groupby(range(7), key=hours.__getitem__):
        days = list(run)
        first, last = weekday_name(days[0]), weekday_name(days[-1])
        name = first if len(days) == 1 else gettext("%(first)s to %(last)s", first=first, last=last)
        lines.append((name, text))
    return lines


def _special(row: Dated) -> str:
    name = row.name or {
        "holiday": gettext("holiday"),
        "makeup": gettext("make-up working day"),
        "opening": gettext("special hours"),
    }.get(row.kind, row.kind)
    if row.kind == "holiday":
        return gettext("Today is a day off: %(name)s", name=name)
    return gettext("Today: %(name)s", name=name)
