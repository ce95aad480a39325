"""Figures, what they should be, and how they are shown."""

from __future__ import annotations

import json
import statistics
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value and its bound, if it has one.

    ``at_least`` and ``at_most`` are in the value's ``unit``.
    """

    benchmark: str
    database: str
    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def good(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None

    @property
    def target(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"≥ {_number(self.at_least)}"
        return f"≤ {_number(self.at_most)}" if self.at_most is not None else ""


WARM_UP, ROUNDS, SERIES = 4, 20, 3
HEAD = ("benchmark", "database", "what", "value", "unit", "target", "")


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table for people."""
    rows: list[Sequence[str]] = [HEAD]
    for figure in figures:
        verdict = {True: "ok", False: "MISSED", None: ""}[figure.good]
        value = _number(figure.value)
        rows.append(
            (
                figure.benchmark,
                figure.database,
                figure.what,
                value,
                figure.unit,
                figure.target,
                verdict,
            )
        )
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def as_json(figures: Iterable[Figure]) -> str:
    """Return the figures as one line of JSON."""
    return json.dumps(
        [{**asdict(figure), "good": figure.good} for figure in figures], ensure_ascii=False
    )


def spread(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile in milliseconds."""
    return (
        statistics.median(seconds) * 1000,
        statistics.quantiles(seconds, n=20, method="inclusive")[18] * 1000,
    )


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """Return the median and 95th percentile of the best series, in milliseconds."""
    for _ in range(WARM_UP):
        do()
    return min(spread(_series(do)) for _ in range(SERIES))


def _series(do: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - started)
    return seconds


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = []
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (width - _width(cell))
        cells.append(gap + cell if place == 3 else cell + gap)
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:,.2f}"
