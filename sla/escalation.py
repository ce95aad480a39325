"""Points on the way to a deadline, and what is done at them.

A point is written as people write it: ``80%`` of the promised service time used, ``60m``
(so many service minutes before the deadline), or ``breach``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sla.calendar import Calendar
from sla.events import Clock

BREACH = "breach"
Doing = Literal["notify", "group", "priority", "assign"]
DOINGS: tuple[Doing, ...] = ("notify", "group", "priority", "assign")
WATCHERS = ("holder", "group", "managers")
"""Whom ``notify`` may name besides an agent's address."""

_POINT = re.compile(r"([1-9]\d?)%|([1-9]\d{0,5})m")
_KEYS = ("when", "do", "to")
_SLACK = 0.01
"""Minutes by which computed points may differ from the instants they were made into."""


class InvalidAction(ValueError):
    """An action that cannot be taken; the message says what to write instead."""


@dataclass(frozen=True)
class Action:
    """What is done at a point: somebody is told, or the ticket is moved, raised or given.

    ``to`` names who is told (``WATCHERS`` or an agent's mail address), the group, the
    priority, or the agent's address; an empty one takes the ticket from whoever holds it.

    Raises InvalidAction.
    """

    when: str
    do: Doing
    to: str

    def __post_init__(self) -> None:
        if self.when != BREACH and not _POINT.fullmatch(str(self.when)):
            raise InvalidAction(f"{self.when!r} is no point; write 80%, 60m or {BREACH}.")
        if self.do not in DOINGS:
            raise InvalidAction(f"{self.do!r} cannot be done; write {', '.join(DOINGS)}.")
        if not isinstance(self.to, str) or not (self.to or self.do == "assign"):
            raise InvalidAction(f"{self.when}: {self.do} needs to whom or to what.")

    @classmethod
    def from_json(cls, value: Any) -> Action:
        """Read ``{"when", "do", "to"}``."""
        if not isinstance(value, dict) or set(value) - set(_KEYS):
            raise InvalidAction('An action is {"when": "80%", "do": "notify", "to": "managers"}.')
        return cls(value.get("when", ""), value.get("do", ""), value.get("to", ""))

    def to_json(self) -> dict[str, str]:
        """Write the form that ``from_json`` reads."""
        return {"when": self.when, "do": self.do, "to": self.to}


def minutes_before(point: str, promised: float) -> float:
    """Return how many service minutes before the deadline a point lies; 0 for the breach."""
    found = _POINT.fullmatch(point)
    if found is None:
        return 0.0
    percent, minutes = found.groups()
    return promised * (100 - int(percent)) / 100 if percent else float(minutes)


def points_reached(
    points: Iterable[str], clock: Clock, calendar: Calendar, at: datetime
) -> tuple[str, ...]:
    """Return which points the warning that is recorded ``at`` an instant stands for.

    ``clock`` is as it was before. A warning that was late stands for those it overtook.
    """
    if clock.due_at is None:
        return ()
    begun = calendar.next_opening(clock.since or clock.started_at)
    lefts = [
        (calendar.elapsed(instant, clock.due_at), instant <= begun)
        for instant in clock.warnings
        if instant <= at
    ]
    return tuple(
        point
        for point in points
        if point != BREACH
        and any(
            _meant(minutes_before(point, clock.terms.promised_minutes), left, at_once)
            for left, at_once in lefts
        )
    )


def _meant(before: float, left: float, at_once: bool) -> bool:
    """A point that lies before the beginning is reached at the beginning."""
    return abs(before - left) < _SLACK or (at_once and before > left)
