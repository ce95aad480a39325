"""A day's calls, laid out: often while the desk is open, seldom while it is not.

A network that allows about 100 calls a day must be asked with care: what reading
would use up could not be answered with any more. The day is that of China, where
Weibo counts it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from channels.base import ServiceTime

CHINA = timezone(timedelta(hours=8))
CLOSED_MINUTES = 120
SHORTEST_MINUTES = 5
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls a day may hold, how many of them are kept for answers.

    ``cost`` is what one look takes: as many calls as there are lists to read.
    """

    daily: int
    reserve: int
    cost: int

    @property
    def polling(self) -> int:
        """How many of the day's calls may read."""
        return max(0, self.daily - self.reserve)


@dataclass(frozen=True, slots=True)
class Plan:
    """How often a day with these hours is looked at, in minutes; how many calls that takes."""

    open_minutes: float
    closed_minutes: float
    calls: int


def plan(budget: Budget, *, service_minutes: float) -> Plan:
    """Return the plan of a day with so many service minutes."""
    closed = max(0.0, 24 * 60 - service_minutes)
    looks = budget.polling // max(1, budget.cost)
    outside = min(looks // 2 if service_minutes else looks, math.ceil(closed / CLOSED_MINUTES))
    inside = looks - outside if service_minutes else 0
    every_open = max(SHORTEST_MINUTES, service_minutes / inside) if inside else math.inf
    every_closed = max(CLOSED_MINUTES, closed / outside) if outside else math.inf
    used = outside + (math.ceil(service_minutes / every_open) if inside else 0)
    return Plan(every_open, every_closed, min(looks, used) * budget.cost)


def may_read(budget: Budget, used: tuple[int, int]) -> bool:
    """Say whether one more call may read today, after so many that read and that wrote."""
    reads, writes = used
    return reads < budget.polling and reads + writes < budget.daily


def may_write(budget: Budget, used: tuple[int, int]) -> bool:
    """Say whether one more call may write today."""
    return sum(used) < budget.daily


def next_poll(
    now: datetime, *, budget: Budget, used: tuple[int, int], hours: ServiceTime | None
) -> datetime:
    """Return when to look again, so that what is left lasts for the day.

    While the desk is closed its opening is not slept through.
    """
    tomorrow = start_of_next_day(now)
    reads, writes = used
    left = min(budget.polling - reads, budget.daily - reads - writes)
    looks = left // max(1, budget.cost)
    if looks <= 0:
        return tomorrow
    open_left = hours.elapsed(now, tomorrow) if hours else 0.0
    closed_left = max(0.0, (tomorrow - now) / MINUTE - open_left)
    outside = min(looks // 2 if open_left else looks, math.ceil(closed_left / CLOSED_MINUTES))
    inside = max(1, looks - outside)
    is_open = hours is not None and hours.elapsed(now, now + MINUTE) > 0
    if is_open:
        return min(tomorrow, now + max(SHORTEST_MINUTES, open_left / inside) * MINUTE)
    wait = max(CLOSED_MINUTES, closed_left / max(1, outside)) * MINUTE
    return min(tomorrow, _opening(now, now + wait, hours))


def start_of_next_day(now: datetime) -> datetime:
    """Return when the next day of China begins."""
    local = now.astimezone(CHINA) + timedelta(days=1)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def next_hour(now: datetime) -> datetime:
    """Return when the next hour begins: Weibo's limits are by the hour."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _opening(now: datetime, until: datetime, hours: ServiceTime | None) -> datetime:
    """Return when the desk opens between two instants, to the minute, or the later one."""
    if hours is None or hours.elapsed(now, until) <= 0:
        return until
    low, high = now, until
    while high - low > MINUTE:
        middle = low + (high - low) / 2
        low, high = (low, middle) if hours.elapsed(now, middle) > 0 else (middle, high)
    return high
