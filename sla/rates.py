"""The hotline's promise: how many of the calls that asked for a person were answered.

A rate is a ratio of sums, never a mean of ratios, and no call gives no rate. Sums add
up: those of the days are those of the month.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from sla.calendar import Calendar

TARGET = 0.85
SERVICE_SECONDS = 20.0

Key = TypeVar("Key", bound=Hashable)
AnyCall = TypeVar("AnyCall", bound="Call")


class Call(Protocol):
    """What is counted of a call; durations are in seconds."""

    @property
    def asked(self) -> bool:
        """Whether somebody called the desk to speak with a person."""

    @property
    def arrived(self) -> datetime:
        """When the call came."""

    @property
    def answered(self) -> datetime | None:
        """When a person took it."""

    @property
    def wait_seconds(self) -> float:
        """How long the caller waited for that, or in vain."""

    @property
    def talk_seconds(self) -> float:
        """How long agents spoke with the caller."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the promise means.

    - ``short_seconds``: callers who hung up sooner are not offered calls; 0 leaves
      nobody out.
    - ``service_seconds``: an answer within them is good service.
    """

    short_seconds: float = 0.0
    service_seconds: float = SERVICE_SECONDS


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over calls.

    ``offered`` are those in service hours that asked for a person, ``answered`` of
    them were taken and ``abandoned`` were not; ``short`` hung up too soon to be
    offered. ``outside_hours`` and ``others`` (outbound and internal) are apart.
    ``within`` were answered in good time; ``waited`` is how long the answered ones
    waited together, ``talked`` how long they spoke.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short: int = 0
    outside_hours: int = 0
    others: int = 0
    within: int = 0
    waited: float = 0.0
    talked: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        """Return the sums over both."""
        return Tally(
            self.offered + other.offered,
            self.answered + other.answered,
            self.abandoned + other.abandoned,
            self.short + other.short,
            self.outside_hours + other.outside_hours,
            self.others + other.others,
            self.within + other.within,
            self.waited + other.waited,
            self.talked + other.talked,
        )

    def __sub__(self, other: Tally) -> Tally:
        """Return the sums without those of ``other``."""
        return self + Tally(*(-value for value in astuple(other)))

    @property
    def calls(self) -> int:
        """Every call that was looked at."""
        return self.offered + self.short + self.outside_hours + self.others

    @property
    def rate(self) -> float | None:
        """The answer rate, from 0 to 1; None without an offered call."""
        return self.answered / self.offered if self.offered else None

    @property
    def service_level(self) -> float | None:
        """The share of offered calls that were answered in good time."""
        return self.within / self.offered if self.offered else None

    @property
    def average_speed_of_answer(self) -> float | None:
        """How many seconds an answered call waited in the mean."""
        return self.waited / self.answered if self.answered else None

    @property
    def average_handling_time(self) -> float | None:
        """How many seconds agents spoke in an answered call in the mean."""
        return self.talked / self.answered if self.answered else None


NOTHING = Tally()


def tally(call: Call, calendar: Calendar, terms: Terms) -> Tally:
    """Return what one call counts."""
    if not call.asked:
        return Tally(others=1)
    if not calendar.is_open(call.arrived):
        return Tally(outside_hours=1)
    if call.answered is not None:
        return Tally(
            offered=1,
            answered=1,
            within=int(call.wait_seconds <= terms.service_seconds),
            waited=call.wait_seconds,
            talked=call.talk_seconds,
        )
    if call.wait_seconds < terms.short_seconds:
        return Tally(short=1)
    return Tally(offered=1, abandoned=1)


def total(calls: Iterable[Call], calendar: Calendar, terms: Terms) -> Tally:
    """Return the sums over calls."""
    return sum((tally(call, calendar, terms) for call in calls), NOTHING)


def by(
    calls: Iterable[AnyCall], key: Callable[[AnyCall], Key], calendar: Calendar, terms: Terms
) -> dict[Key, Tally]:
    """Return the sums of each group, such as a day, a queue or an agent."""
    groups: dict[Key, Tally] = {}
    for call in calls:
        group = key(call)
        groups[group] = groups.get(group, NOTHING) + tally(call, calendar, terms)
    return groups


def is_kept(counted: Tally, target: float = TARGET) -> bool | None:
    """Say whether the promise holds; None where nothing was offered."""
    # without dividing: 0.85 of 20 calls is 17 exactly
    return None if not counted.offered else counted.answered >= target * counted.offered - 1e-9
