"""The hotline's promise: how many of the calls that asked for a person were answered.

A rate is a ratio of sums, never a mean of ratios, and no call gives no rate. Sums add
up: those of the days are those of the month.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import add, sub
from typing import NamedTuple, Protocol, TypeVar

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


class Tally(NamedTuple):
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

    def __add__(self, other: Tally) -> Tally:  # type: ignore[override]
        """Return the sums over both."""
        return Tally(*map(add, self, other))

    def __sub__(self, other: Tally) -> Tally:
        """Return the sums without those of ``other``."""
        return Tally(*map(sub, self, other))

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


def together(tallies: Iterable[Tally]) -> Tally:
    """Return the sums over many sums, column by column: a tenth of adding them up in turn."""
    return Tally(*map(sum, zip(NOTHING, *tallies, strict=True)))


def grouped(tallies: Iterable[tuple[Key, Tally]]) -> dict[Key, Tally]:
    """Return the sums over those of each key."""
    groups: dict[Key, list[Tally]] = {}
    for key, counted in tallies:
        groups.setdefault(key, []).append(counted)
    return {key: together(found) for key, found in groups.items()}


def tally(call: Call, calendar: Calendar, terms: Terms) -> Tally:
    """Return what one call counts."""
    return total((call,), calendar, terms)


def total(calls: Iterable[Call], calendar: Calendar, terms: Terms) -> Tally:
    """Return the sums over calls."""
    # sums are made once, not added for each of a hundred thousand calls
    answered = abandoned = short = outside = others = within = 0
    waited = talked = 0.0
    for call in calls:
        if not call.asked:
            others += 1
        elif not calendar.is_open(call.arrived):
            outside += 1
        elif call.answered is not None:
            answered += 1
            within += call.wait_seconds <= terms.service_seconds
            waited += call.wait_seconds
            talked += call.talk_seconds
        elif call.wait_seconds < terms.short_seconds:
            short += 1
        else:
            abandoned += 1
    return Tally(
        offered=answered + abandoned,
        answered=answered,
        abandoned=abandoned,
        short=short,
        outside_hours=outside,
        others=others,
        within=within,
        waited=waited,
        talked=talked,
    )


def by(
    calls: Iterable[AnyCall], key: Callable[[AnyCall], Key], calendar: Calendar, terms: Terms
) -> dict[Key, Tally]:
    """Return the sums of each group, such as a day, a queue or an agent."""
    groups: dict[Key, list[AnyCall]] = {}
    for call in calls:
        groups.setdefault(key(call), []).append(call)
    return {group: total(found, calendar, terms) for group, found in groups.items()}


def is_kept(counted: Tally, target: float = TARGET) -> bool | None:
    """Say whether the promise holds; None where nothing was offered."""
    # without dividing: 0.85 of 20 calls is 17 exactly
    return None if not counted.offered else counted.answered >= target * counted.offered - 1e-9
