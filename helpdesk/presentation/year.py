"""A year on one page: twelve months of weeks, each day with what it is, in colour and words."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

from babel.dates import format_date, get_day_names, get_month_names

from helpdesk.i18n import gettext, language
from helpdesk.presentation.dates import plain_day
from helpdesk.presentation.opening import Dated, interval_text, weekday_name
from sla.spec import Intervals

Look = Literal["", "shut", "holiday", "makeup", "opening"]
ONE_DAY = timedelta(days=1)


class Openings(Protocol):
    """A calendar specification."""

    def intervals(self, day: date) -> Intervals:
        """Return the intervals of one local date."""
        ...


@dataclass(frozen=True)
class Day:
    """One day: its look, the short word under its number, and what hovering tells.

    ``label`` is all of it in words, for who does not see the page.
    """

    date: date
    look: Look
    word: str
    title: str
    label: str
    today: bool
    chosen: bool


@dataclass(frozen=True)
class Month:
    """One month; None stands for days of its neighbours."""

    number: int
    name: str
    weeks: list[list[Day | None]]


@dataclass(frozen=True)
class Run:
    """Days in a row that are the same exception."""

    first: date
    last: date
    kind: str
    name: str
    text: str

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Sums:
    """How many days of a year are open, and how many are exceptions of each kind."""

    workdays: int
    holiday: int
    makeup: int
    opening: int


def months(
    spec: Openings,
    exceptions: Sequence[Dated],
    year: int,
    *,
    today: date,
    chosen: date | None = None,
) -> list[Month]:
    """Lay a year out, weeks beginning on Monday."""
    dated = {row.date: row for row in exceptions if row.date.year == year}
    names = get_month_names("wide", context="stand-alone", locale=language())
    return [
        Month(
            month,
            str(names[month]),
            [
                [
                    _day(spec, dated.get(day), day, today, chosen) if day.month == month else None
                    for day in week
                ]
                for week in Weeks().monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def weekday_letters() -> list[str]:
    """Return the seven short names that head each month."""
    return [weekday_name(day, wide=False) for day in range(7)]


def weekday_heads() -> list[tuple[str, str]]:
    """Return the shortest name of each weekday, with its whole name."""
    width: Literal["narrow", "short"] = "narrow" if language() == "zh" else "short"
    short = get_day_names(width, locale=language())
    return [(str(short[day]), weekday_name(day)) for day in range(7)]


def kind_names() -> dict[str, str]:
    """Return what each kind of exception is called."""
    return {
        "holiday": gettext("Day off"),
        "makeup": gettext("Make-up working day"),
        "opening": gettext("Hours of its own"),
    }


def runs(exceptions: Sequence[Dated]) -> list[Run]:
    """Join days in a row that are of one kind and festival (国庆节, 国庆节调休)."""
    found: list[Run] = []
    for row in sorted(exceptions, key=lambda row: row.date):
        first, name = row.date, row.name
        if found and _goes_on(found[-1], row):
            before = found.pop()
            first, name = before.first, min(before.name, name, key=len)
        found.append(Run(first, row.date, row.kind, name, _short_span(first, row.date)))
    return found


def sums(spec: Openings, exceptions: Sequence[Dated], year: int) -> Sums:
    """Count the days of a year."""
    kinds = [row.kind for row in exceptions]
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    days = (first + n * ONE_DAY for n in range((after - first).days))
    return Sums(
        sum(bool(spec.intervals(day)) for day in days),
        kinds.count("holiday"),
        kinds.count("makeup"),
        kinds.count("opening"),
    )


def span(first: date, last: date) -> str:
    """Tell one day, or the first and the last of several."""
    if first == last:
        return _long(first)
    return f"{_long(first)} – {_long(last)}"


def _goes_on(run: Run, row: Dated) -> bool:
    if row.kind == "opening" or run.kind != row.kind or row.date - run.last != ONE_DAY:
        return False
    shorter, longer = sorted((run.name, row.name), key=len)
    return longer == shorter or (shorter != "" and longer.startswith(shorter))


def _short_span(first: date, last: date) -> str:
    days = [plain_day(day, today=first) for day in (first, last)]
    return days[0] if first == last else " – ".join(days)


def _long(day: date) -> str:
    pattern = "y年M月d日 EEE" if language() == "zh" else "EEE d MMM y"
    return format_date(day, pattern, locale=language())


def _day(
    spec: Openings, exception: Dated | None, day: date, today: date, chosen: date | None
) -> Day:
    hours = interval_text(spec.intervals(day))
    look: Look = "" if spec.intervals(day) else "shut"
    word, title = "", hours
    if exception is not None:
        words: dict[str, tuple[Look, str]] = {
            "holiday": ("holiday", gettext("off")),
            "makeup": ("makeup", gettext("work")),
            "opening": ("opening", gettext("own")),
        }
        look, word = words[exception.kind]
        kind = kind_names()[exception.kind]
        title = " · ".join(filter(None, (exception.name, kind, hours)))
    label = f"{_long(day)}: {title}"
    return Day(day, look, word, title, label, day == today, day == chosen)
