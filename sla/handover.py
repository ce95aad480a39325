"""One clock goes on as another did: two matters turned out to be one, or it was cleared.

What the other lived through is done again on the new log, action by action and at the same
instants, so ``sla.proof`` recomputes it like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sla import clock as actions
from sla.calendar import Calendar
from sla.clock import PAUSED, Clock, ClockEvent, Step
from sla.policy import Promise


def take_over(log: Sequence[ClockEvent], promise: Promise, calendar: Calendar) -> Step:
    """Start a clock that ran, stood still and was met whenever the one of ``log`` was.

    ``promise`` and ``calendar`` are what that one is judged by now. Warnings and breaches
    are left to the sweep.
    """
    begin = max(place for place, event in enumerate(log) if event.kind == "start")
    clock, events = actions.start(promise, calendar, log[begin].at)
    clock, more = live(clock, log[begin + 1 :], calendar)
    return clock, [*events, *more]


def live(clock: Clock, log: Iterable[ClockEvent], calendar: Calendar) -> Step:
    """Do to a clock what happened in a log: pauses, replies, solutions, and their end."""
    events: list[ClockEvent] = []
    for event in log:
        clock, more = _again(clock, event, calendar)
        events += more
    return clock, events


def falls_due(clock: Clock, calendar: Calendar, now: datetime) -> datetime | None:
    """Return the deadline; of a clock that stands still, as if it ran on from now."""
    if clock.state == PAUSED:
        clock, _ = actions.resume(clock, calendar, now)
    return clock.due_at


def _again(clock: Clock, event: ClockEvent, calendar: Calendar) -> Step:
    match event.kind:
        case "pause":
            return actions.pause(clock, event.at)
        case "resume":
            return actions.resume(clock, calendar, event.at)
        case "meet":
            return actions.meet(clock, calendar, event.at)
        case "retract":
            return actions.retract(clock, calendar, event.at)
        case "reopen":
            return actions.reopen(clock, calendar, event.at)
        case _:
            return clock, []
