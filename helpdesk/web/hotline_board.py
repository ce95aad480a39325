"""The hotline's promise as the dashboard and the wallboard show it; figures open their calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from flask import url_for

from helpdesk.presentation import dates
from helpdesk.presentation.charts import heat
from helpdesk.presentation.opening import weekday_name
from helpdesk.services.hotline.calls import Which
from helpdesk.services.hotline.telephone import Telephone
from helpdesk.services.promises.forecast import MonthBudget, month_budget
from helpdesk.services.reports import Span
from sla.rates import Tally, together

Value = TypeVar("Value")


@dataclass(frozen=True)
class RateBar:
    """A day or month of a period: its calls, and where they are listed."""

    name: str
    tally: Tally
    href: str

    @property
    def share(self) -> float:
        """The answer rate, for the height of the bar."""
        return self.tally.rate or 0.0


@dataclass(frozen=True)
class Board:
    """The hotline over a period, and the budget of its month."""

    span: Span
    tally: Tally
    bars: list[RateBar]
    budget: MonthBudget
    heat: Grid[Cell]
    percent: int

    @property
    def is_kept(self) -> bool:
        """Whether the period's rate keeps the promise."""
        return 100 * self.tally.answered >= self.percent * self.tally.offered


@dataclass(frozen=True)
class Cell:
    """An hour of the week: its number, how deep it is tinted (0 to 9), and what it opens."""

    value: int
    heat: int
    href: str


class Grid(dict[tuple[int, int], Value]):
    """Something for each hour of the week, by weekday (0 is Monday) and hour."""

    @property
    def hours(self) -> list[int]:
        """The hours that any weekday has."""
        return sorted({hour for _, hour in self})

    @property
    def weekdays(self) -> list[tuple[int, str]]:
        """The weekdays that have any hour, with their names."""
        return [(day, weekday_name(day, wide=False)) for day in sorted({day for day, _ in self})]


def board(telephone: Telephone, span: Span) -> Board:
    """Return what is shown of a period; the budget is that of its month, or of this one."""
    today = telephone.today
    month = span.first if span.last < today.replace(day=1) else today
    return Board(
        span,
        telephone.total(span.first, span.last),
        _bars(telephone, span),
        month_budget(telephone, month),
        heat_map(telephone.by_hour_of_week(span.first, span.last), span),
        telephone.percent,
    )


def calls_behind(which: Which, first: date, last: date, **more: Any) -> str:
    """Return the address of the calls that a figure counts."""
    return url_for(
        "calls.index", which=which, first=first.isoformat(), last=last.isoformat(), **more
    )


def heat_map(tallies: Mapping[tuple[int, int], Tally], span: Span) -> Grid[Cell]:
    """Return the offered calls by hour of the week, each number opening its calls."""
    offered = {slot: tally.offered for slot, tally in tallies.items() if tally.offered}
    top = max(offered.values(), default=0)

    def cell(weekday: int, hour: int) -> Cell:
        number = offered.get((weekday, hour), 0)
        href = calls_behind("offered", span.first, span.last, weekday=weekday, hour=hour)
        return Cell(number, heat(number, top), href)

    return filled(offered, cell)


def filled(known: Mapping[tuple[int, int], Any], cell: Callable[[int, int], Value]) -> Grid[Value]:
    """Make a cell for every weekday and hour between which anything is known."""
    weekdays = {weekday for weekday, _ in known}
    hours = {hour for _, hour in known}
    return Grid(
        {(day, hour): cell(day, hour) for day in sorted(weekdays) for hour in sorted(hours)}
    )


def _bars(telephone: Telephone, span: Span) -> list[RateBar]:
    steps = span.steps()
    by_month = len(steps) > 1 and steps[0].first_day.month != steps[1].first_day.month
    days = telephone.by_day(span.first, span.last)
    found = []
    for index, part in enumerate(steps):
        following = steps[index + 1].first_day if index + 1 < len(steps) else None
        last = following - timedelta(days=1) if following else span.last
        tally = together(t for day, t in days.items() if part.first_day <= day <= last)
        if tally.offered:
            name = dates.month(part.first_day) if by_month else dates.short_day(part.first_day)
            found.append(RateBar(name, tally, calls_behind("offered", part.first_day, last)))
    return found
