"""How fast the machine is at the moment: plain Python that no change of the desk touches.

Shared machines run at half their speed for minutes. A figure compares with another only
beside the yardstick of its own moment.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tests.bench.report import Figure

SECONDS = 0.5
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def measure(before: str, kind: str) -> Figure:
    """Count rounds of a fixed piece of work for half a second, before a benchmark begins."""
    rounds, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < SECONDS:
        _work()
        rounds += 1
    return Figure("yardstick", kind, f"before {before}", rounds / passed, "rounds/s")


def _work() -> int:
    """Do a thousand small things of the kinds that a desk does: numbers, words, rows, instants."""
    rows = [{"id": n, "at": _BEGIN + timedelta(minutes=n), "name": f"row {n}"} for n in range(250)]
    by_name = {row["name"]: row for row in rows}
    words = " ".join(by_name).split()
    found = [by_name[row["name"]]["at"].isoformat() for row in rows]  # type: ignore[attr-defined]
    return len(words) + len(sorted(found)) + sum(n * n % 7 for n in range(250))
