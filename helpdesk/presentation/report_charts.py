"""What a report's chart is drawn from: the same figures as in its table, as plain values."""

from __future__ import annotations

from typing import Any

from helpdesk.presentation import dates
from helpdesk.presentation.reports import Cell, Line, Sheet
from helpdesk.services.reports import CallReport, Report

MOST_BARS = 20
"""Rows that are not steps of time are drawn up to here; the table has all of them."""


def ticket_chart(found: Report, sheet: Sheet) -> dict[str, Any]:
    """Return bars of what came and was resolved, and a line of what was on time."""
    return _chart(sheet, ("came", "resolved"), "on_time", over_time=found.question.by_time)


def promise_chart(found: Report, sheet: Sheet) -> dict[str, Any]:
    """Return bars of what was done and missed, and a line of what was on time."""
    return _chart(sheet, ("replied", "missed"), "on_time", over_time=found.question.by_time)


def call_chart(found: CallReport, sheet: Sheet) -> dict[str, Any]:
    """Return bars of calls offered and taken, and a line of the answer rate."""
    over_time = found.breakdown in ("day", "week", "month")
    return _chart(sheet, ("offered", "answered"), "answer_rate", over_time=over_time)


def _chart(sheet: Sheet, bars: tuple[str, str], line: str, *, over_time: bool) -> dict[str, Any]:
    names = sheet.headings
    lines = sheet.lines if over_time else sheet.lines[:MOST_BARS]
    return {
        "labels": [dates.short_day(line.day) if line.day else line.name for line in lines],
        "bars": [{"name": names[bar], "values": _numbers(lines, bar)} for bar in bars],
        "line": {
            "name": names[line],
            "values": [
                None if number is None else round(number * 100, 1)
                for number in _numbers(lines, line)
            ],
        },
        "overTime": over_time,
    }


def _numbers(lines: Any, name: str) -> list[float | None]:
    return [_named(line, name).number for line in lines]


def _named(line: Line, name: str) -> Cell:
    return next(cell for cell in line.cells if cell.name == name)
