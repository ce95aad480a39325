"""Where a call counts, and by what: its local hour, its queue and its agent, its day's hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from sla.calendar import Calendar
from sla.rates import Terms

By = Literal["day", "hour", "month", "hour_of_day", "queue", "agent"]


class Slot(NamedTuple):
    """Where a call counts: its local hour, and who had it."""

    day: date
    hour: int
    queue: str
    agent: str


class Counted(NamedTuple):
    """What the rates know of a call."""

    asked: bool
    arrived: datetime
    answered: datetime | None
    wait_seconds: float
    talk_seconds: float
    queue: str
    agent: str

    def slot(self, calendar: Calendar) -> Slot:
        """Return where it counts."""
        local = self.arrived.astimezone(calendar.zone)
        return Slot(local.date(), local.hour, self.queue, self.agent)


KEYS: Mapping[By, Callable[[Slot], str]] = {
    "day": lambda slot: slot.day.isoformat(),
    "hour": lambda slot: f"{slot.day.isoformat()} {slot.hour:02}:00",
    "month": lambda slot: slot.day.isoformat()[:7],
    "hour_of_day": lambda slot: f"{slot.hour:02}:00",
    "queue": lambda slot: slot.queue,
    "agent": lambda slot: slot.agent,
}
"""How the groups of each way are called."""


def counted_of(row: Any) -> Counted:
    """Return what counts of a row that has the columns of a call."""
    return Counted(
        row.direction == "inbound",
        row.arrived_at,
        row.answered_at,
        row.wait_seconds,
        row.talk_seconds,
        row.queue,
        row.agent,
    )


@lru_cache(maxsize=4096)
def basis(calendar: Calendar, day: date, promised: Terms) -> str:
    """Return a digest of what a day's calls are counted by; a page asks for each of its days."""
    openings = [(begin.isoformat(), end.isoformat()) for begin, end in calendar.intervals_on(day)]
    counted_by = (calendar.zone.key, openings, astuple(promised))
    return sha256(repr(counted_by).encode()).hexdigest()[:16]
