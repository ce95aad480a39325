"""Reports in cells: the same sheet for the page, for files and for mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from helpdesk.i18n import gettext, ngettext
from helpdesk.presentation import dates
from helpdesk.presentation.quantities import share, span
from helpdesk.presentation.report_words import (
    Names,
    breakdown_names,
    call_breakdown_names,
    headings,
    part_name,
    promise_headings,
)
from helpdesk.services.reports import CallReport, CallRow, Report, Row
from helpdesk.services.reports.counted import RATIOS

Kind = Literal["count", "minutes", "share"]

TICKET_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("came", "count"),
    ("resolved", "count"),
    ("backlog", "count"),
    ("replied", "count"),
    ("median", "minutes"),
    ("p90", "minutes"),
    ("on_time", "share"),
    ("missed", "count"),
    ("at_once", "share"),
    ("prompt", "share"),
    ("one_touch", "share"),
    ("reopened", "share"),
)
PROMISE_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("replied", "count"),
    ("median", "minutes"),
    ("p90", "minutes"),
    ("on_time", "share"),
    ("missed", "count"),
)
CALL_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("offered", "count"),
    ("answered", "count"),
    ("abandoned", "count"),
    ("answer_rate", "share"),
    ("outside", "count"),
)
OPENS = {"median": "replied", "p90": "replied"}
"""Which tickets a figure opens that is no count itself."""
_RATIOS = {**RATIOS, "answer_rate": ("answered", "offered")}
_ATTRIBUTES = {"outside": "outside_hours"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: its text, its number for files (None: there is none), and what it opens.

    A share has its numerator and denominator as cells of their own; they come before
    it in a file.
    """

    name: str
    kind: Kind
    text: str
    number: float | None
    opens: str | None
    parts: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its name, its cells in the columns' order, and the row it was made from.

    ``day`` is the date that a row is named for: files keep it as figures, people read it
    with its weekday.
    """

    name: str
    cells: tuple[Cell, ...]
    row: Any = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole report as it is shown: headings by column name, lines, and the total.

    ``compared`` is what each column's total was in the period before, in words.
    """

    first_heading: str
    columns: tuple[tuple[str, Kind], ...]
    lines: Sequence[Line]
    total: Line
    compared: Mapping[str, str]
    of_promises: bool = False

    @property
    def headings(self) -> Mapping[str, str]:
        """What each column and each part of a share is called."""
        return promise_headings() if self.of_promises else headings()


def ticket_sheet(found: Report, names: Names) -> Sheet:
    """Return a report of tickets as it is shown."""
    return _sheet(found, names, TICKET_COLUMNS)


def promise_sheet(found: Report, names: Names) -> Sheet:
    """Return a report of one metric's promises as it is shown."""
    return replace(_sheet(found, names, PROMISE_COLUMNS), of_promises=True)


def _sheet(found: Report, names: Names, columns: tuple[tuple[str, Kind], ...]) -> Sheet:
    question = found.question
    lines = [
        Line(row_name(row, names), _cells(row.counted, columns), row, _day(row))
        for row in found.rows
    ]
    total = Line(gettext("Total"), _cells(found.total, columns), question)
    heading = breakdown_names()[question.breakdown]
    return Sheet(heading, columns, lines, total, _compared(columns, total, found.before))


def call_sheet(found: CallReport) -> Sheet:
    """Return a report of calls as it is shown."""
    dated = found.breakdown in ("day", "week")
    lines = [
        Line(
            call_row_name(row, found),
            _cells(row.counted, CALL_COLUMNS),
            row,
            row.first if dated else None,
        )
        for row in found.rows
    ]
    total = Line(gettext("Total"), _cells(found.total.counted, CALL_COLUMNS), found.total)
    compared = _compared(CALL_COLUMNS, total, found.before)
    return Sheet(call_breakdown_names()[found.breakdown], CALL_COLUMNS, lines, total, compared)


def rest_line(found: Report, shown: int, columns: tuple[tuple[str, Kind], ...]) -> Line:
    """Return the rows that are folded away as one line."""
    hidden = len(found.rows) - shown
    name = ngettext("%(num)s other", "%(num)s others", hidden)
    return Line(name, _cells(found.rest(shown), columns))


def row_name(row: Row, names: Names) -> str:
    """Return what a row is called."""
    breakdown = row.question.breakdown
    if row.step is not None:
        day = row.step.first_day
        return dates.month(day) if breakdown == "month" else day.isoformat()
    return part_name(breakdown, row.value, names)


def _day(row: Row) -> date | None:
    by_month = row.question.breakdown == "month"
    return None if row.step is None or by_month else row.step.first_day


def call_row_name(row: CallRow, found: CallReport) -> str:
    """Return what a row of calls is called."""
    if row.breakdown == "queue":
        return row.value or gettext("no queue")
    if row.breakdown == "agent":
        return row.value or gettext("nobody took it")
    return dates.month(row.first) if found.breakdown == "month" else row.first.isoformat()


def _cells(counted: Any, columns: Sequence[tuple[str, Kind]]) -> tuple[Cell, ...]:
    return tuple(_cell(counted, name, kind) for name, kind in columns)


def _cell(counted: Any, name: str, kind: Kind) -> Cell:
    if kind == "count":
        number: int = getattr(counted, _ATTRIBUTES.get(name, name))
        return Cell(name, kind, str(number), number, name)
    if kind == "minutes":
        minutes: int | None = getattr(counted, name)
        text = span(minutes) if minutes is not None else "—"
        return Cell(name, kind, text, minutes, OPENS[name])
    part, whole = (_cell(counted, figure, "count") for figure in _RATIOS[name])
    assert part.number is not None
    assert whole.number is not None
    # cut as ``share`` cuts, so that a file never shows a kept promise that was not
    ratio = int(part.number * 1000 // whole.number) / 1000 if whole.number else None
    text = share(int(part.number), int(whole.number))
    return Cell(name, kind, text, ratio, None, (part, whole))


def _compared(columns: Sequence[tuple[str, Kind]], total: Line, before: Any) -> dict[str, str]:
    if before is None:
        return {}
    earlier = _cells(before, columns)
    return {now.name: compared(now, was) for now, was in zip(total.cells, earlier, strict=True)}


def compared(now: Cell, was: Cell) -> str:
    """Return how a figure stands against the one of the period before, in words."""
    if now.number is None or was.number is None:
        return gettext("no figure to compare") if was.number is None else ""
    difference = now.number - was.number
    if now.kind == "share":
        points = round(abs(difference) * 100, 1)
        told = f"{points:g}"
        if not points:
            return gettext("as before")
        if difference > 0:
            return gettext("%(points)s points more than before", points=told)
        return gettext("%(points)s points less than before", points=told)
    if not difference:
        return gettext("as before")
    if now.kind == "minutes":
        told = span(abs(difference))
        if difference < 0:
            return gettext("%(span)s faster than before", span=told)
        return gettext("%(span)s slower than before", span=told)
    number = int(abs(difference))
    if difference > 0:
        return gettext("%(n)s more than before", n=number)
    return gettext("%(n)s fewer than before", n=number)
