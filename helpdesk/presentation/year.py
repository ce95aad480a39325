"""A year on one page: twelve months of weeks, each day with what it is, in colour and words."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from babel.dates import get_month_names

from helpdesk.i18n import gettext, language
from helpdesk.presentation.opening import Dated, interval_text, weekday_name
from sla.spec import Intervals

Look = Literal["", "shut", "holiday", "makeup", "opening"]


class Openings(Protocol):
    """A calendar specification."""

    def intervals(self, day: date) -> Intervals:
        """Return the intervals of one local date."""
        ...


@dataclass(frozen=True)
class Day:
    """One day: its look, the short word under its number, and what hovering tells."""

    date: date
    look: Look
    word: str
    title: str
    today: bool


@dataclass(frozen=True)
class Month:
    """One month; None stands for days of its neighbours."""

    name: str
    weeks: list[list[Day | None]]


def months(spec: Openings, exceptions: Sequence[Dated], year: int, *, today: date) -> list[Month]:
    """Lay a year out, weeks beginning on Monday."""
    dated = {row.date: row for row in exceptions if row.date.year == year}
    names = get_month_names("wide", context="stand-alone", locale=language())
    return [
        Month(
            str(names[month]),
            [
                [
                    _day(spec, dated.get(day), day, today) if day.month == month else None
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


def kind_names() -> dict[str, str]:
    """Return what each kind of exception is called."""
    return {
        "holiday": gettext("Day off"),
        "makeup": gettext("Make-up working day"),
        "opening": gettext("Hours of its own"),
    }


def _day(spec: Openings, exception: Dated | None, day: date, today: date) -> Day:
    hours = interval_text(spec.intervals(day))
    if exception is None:
        look: Look = "" if spec.intervals(day) else "shut"
        return Day(day, look, "", hours, day == today)
    words: dict[str, tuple[Look, str]] = {
        "holiday": ("holiday", gettext("off")),
        "makeup": ("makeup", gettext("work")),
        "opening": ("opening", gettext("own")),
    }
    look, word = words[exception.kind]
    title = " · ".join(filter(None, (exception.name or kind_names()[exception.kind], hours)))
    return Day(day, look, word, title, day == today)
