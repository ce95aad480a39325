"""Where kept figures are put together: a row for each value, a column for each step of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from helpdesk.services.reports.counted import Counted
from helpdesk.services.reports.periods import Span


@dataclass
class Board:
    """Rows of counted steps that moves are put on; ``lasts`` are the steps' last days."""

    span: Span
    lasts: Sequence[date]
    rows: dict[str, list[Counted]] = field(default_factory=dict)

    def put(self, key: str, day: date, name: str, number: int) -> None:
        """Count something on a day; the backlog of a step holds all that moved by its end."""
        if name in ("entered", "left"):
            first = bisect_left(self.lasts, day)
            for row in self._row(key)[first:]:
                row.backlog += number if name == "entered" else -number
        elif self.span.first <= day <= self.span.last:
            row = self._row(key)[bisect_left(self.lasts, day)]
            setattr(row, name, row.of(name) + number)

    def speeds(self, key: str, day: date, minutes: Iterable[tuple[int, int]]) -> None:
        """Count how many first replies of a day took how long."""
        if self.span.first <= day <= self.span.last:
            known = self._row(key)[bisect_left(self.lasts, day)].minutes
            for minute, number in minutes:
                known[minute] += number

    def _row(self, key: str) -> list[Counted]:
        if key not in self.rows:
            self.rows[key] = [Counted() for _ in self.lasts]
        return self.rows[key]
