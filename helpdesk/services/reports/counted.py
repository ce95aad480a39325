"""What the tickets of one row add up to, and how it is told."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

COUNTERS = (
    "came",
    "resolved",
    "kept",
    "missed",
    "replied",
    "at_once",
    "settled",
    "reopened",
    "one_touch",
    "immediate",
    "prompt",
)
"""What adds up over days; the backlog stands at their end."""
RATIOS = {
    "on_time": ("kept", "judged"),
    "at_once": ("at_once", "replied"),
    "reopened": ("reopened", "settled"),
    "one_touch": ("one_touch", "settled"),
    "prompt": ("prompt", "immediate"),
}
"""Shares by name: the figure above the line and the one below it."""
MEDIAN, MOST = 0.5, 0.9


@dataclass(slots=True)
class Counted:
    """The figures of ``reports.figures`` over a span, its promises being those of one metric.

    ``minutes`` are how many of what was promised took how many whole service minutes
    (part minutes dropped).
    """

    came: int = 0
    resolved: int = 0
    backlog: int = 0
    kept: int = 0
    missed: int = 0
    replied: int = 0
    at_once: int = 0
    settled: int = 0
    reopened: int = 0
    one_touch: int = 0
    immediate: int = 0
    prompt: int = 0
    minutes: Counter[int] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """Promises kept or missed."""
        return self.kept + self.missed

    def of(self, figure: str) -> int:
        """Return a figure by its name."""
        found: int = getattr(self, figure)
        return found

    def ratio(self, name: str) -> float | None:
        """Return a share of ``RATIOS``, from 0 to 1; None where there is nothing to share."""
        part, whole = (self.of(figure) for figure in RATIOS[name])
        return part / whole if whole else None

    @property
    def median(self) -> int | None:
        """The median (nearest rank) in whole service minutes."""
        return self.ranked(MEDIAN)

    @property
    def p90(self) -> int | None:
        """Within how many whole service minutes nine in ten were done."""
        return self.ranked(MOST)

    def ranked(self, share: float) -> int | None:
        """Return the value of which ``share`` of all are no greater."""
        size = self.minutes.total()
        rank, seen = max(1, math.ceil(size * share)), 0
        for minute in sorted(self.minutes):
            seen += self.minutes[minute]
            if seen >= rank:
                return minute
        return None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.backlog or any(self.of(name) for name in COUNTERS))


def together(rows: list[Counted], *, backlog: int | None = None) -> Counted:
    """Return the sums over rows; the backlog of steps in time is that of the last one."""
    whole = Counted()
    for row in rows:
        for name in COUNTERS:
            setattr(whole, name, whole.of(name) + row.of(name))
        whole.backlog += row.backlog
        whole.minutes.update(row.minutes)
    if backlog is not None:
        whole.backlog = backlog
    return whole
