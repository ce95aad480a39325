"""From a promise and a start to the deadline: when it falls due and when to warn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sla.calendar import Calendar
from sla.policy import END_OF_NEXT_WORKDAY, Promise


@dataclass(frozen=True)
class Deadline:
    """When a promise falls due, in UTC.

    ``warnings`` are the instants to warn at, in order.  ``provisional`` says that the
    days off of a year it touches are not published yet, so it may still move.
    """

    due_at: datetime
    warnings: tuple[datetime, ...] = ()
    provisional: bool = False

    @property
    def warn_at(self) -> datetime | None:
        """The first warning, if there is one."""
        return self.warnings[0] if self.warnings else None


def deadline(promise: Promise, calendar: Calendar, start: datetime) -> Deadline:
    """Return the deadline of a promise whose clock starts at an instant.

    Raises NeverOpens when the calendar has not that much service time left.
    """
    due_at = falls_due(promise, calendar, start)
    promised = promised_minutes(promise, calendar, start, due_at)
    lefts = promise.warnings_before(promised)
    return Deadline(
        due_at=due_at,
        warnings=warnings_before(due_at, lefts, calendar, start, left=promised),
        provisional=calendar.is_provisional(start, due_at),
    )


def falls_due(promise: Promise, calendar: Calendar, start: datetime) -> datetime:
    """Return when a promise whose clock starts at an instant falls due; raise NeverOpens."""
    if promise.mode == END_OF_NEXT_WORKDAY:
        assert promise.workdays is not None
        return calendar.end_of_workday(start, promise.workdays)
    return calendar.add_minutes(start, target_minutes(promise, calendar))


def target_minutes(promise: Promise, calendar: Calendar) -> int:
    """Return the service minutes of a promise that is not about whole workdays."""
    if promise.minutes is not None:
        return promise.minutes
    assert promise.workdays is not None
    return promise.workdays * calendar.workday_minutes()


def promised_minutes(
    promise: Promise, calendar: Calendar, start: datetime, due_at: datetime
) -> float:
    """Return the service minutes from the start to the deadline that ``falls_due`` gives."""
    if promise.mode == END_OF_NEXT_WORKDAY:
        return calendar.elapsed(start, due_at)
    return float(target_minutes(promise, calendar))


def warnings_before(
    due_at: datetime,
    warn_minutes: tuple[float, ...],
    calendar: Calendar,
    since: datetime,
    *,
    left: float | None = None,
) -> tuple[datetime, ...]:
    """Return when only each amount of service time is left, from ``since`` on.

    Warnings fall into service hours: one that a closing instant reaches waits for the
    next opening, when as much time is left. ``left`` is the service time until the
    deadline, where the caller knows it.
    """
    if not warn_minutes:
        return ()
    if left is None:
        left = calendar.elapsed(since, due_at)
    if not left:
        return ()
    reached = calendar.reached(since, [max(0.0, left - minutes) for minutes in warn_minutes])
    return tuple(sorted(set(reached))) if len(reached) > 1 else tuple(reached)
