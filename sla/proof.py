"""Proof that a log is right: every deadline in it, computed again from its promise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sla import clock as actions
from sla.calendar import Calendar
from sla.events import BrokenLog, Clock, ClockEvent, apply
from sla.policy import Promise


def verify(
    events: Iterable[ClockEvent],
    promise_of: Callable[[ClockEvent], Promise],
    calendar_of: Callable[[ClockEvent], Calendar],
) -> list[str]:
    """Repeat every action of a log and return one sentence for each difference.

    ``promise_of`` and ``calendar_of`` give the promise and the calendar, in the version
    that counted when the event was recorded.  A log that is right gives no sentence.
    """
    differences: list[str] = []
    clock: Clock | None = None
    for number, event in enumerate(events, start=1):
        try:
            expected = _expected(clock, event, promise_of, calendar_of)
            differences += (f"Event {number}, {said}" for said in _compare(event, expected))
            clock = apply(clock, event)
        except (ValueError, KeyError, TypeError) as error:  # a log that no action has written
            return [*differences, f"Event {number}, {event.kind}, cannot be read: {error}"]
    if clock is None:
        differences.append("The log is empty; a clock begins with a start event.")
    return differences


def _expected(
    clock: Clock | None,
    event: ClockEvent,
    promise_of: Callable[[ClockEvent], Promise],
    calendar_of: Callable[[ClockEvent], Calendar],
) -> list[ClockEvent]:
    """Return the events that the same action would record now."""
    if event.kind == "start":
        starts = clock is None or clock.state == actions.CANCELLED
        return actions.start(promise_of(event), calendar_of(event), event.at)[1] if starts else []
    if clock is None:
        raise BrokenLog("a clock begins with a start event.")
    match event.kind:
        case "pause":
            return actions.pause(clock, event.at)[1]
        case "resume":
            return actions.resume(clock, calendar_of(event), event.at)[1]
        case "meet":
            return actions.meet(clock, calendar_of(event), event.at)[1]
        case "retract":
            return actions.retract(clock, calendar_of(event), event.at)[1]
        case "cancel" | "hand_over":
            end = actions.cancel if event.kind == "cancel" else actions.hand_over
            return end(clock, event.at)[1]
        case "reopen":
            return actions.reopen(clock, calendar_of(event), event.at)[1]
        case "reschedule" | "judge":
            moved = actions.reschedule(clock, promise_of(event), calendar_of(event), event.at)[1]
            return moved or _unmoved(event)
        case _:
            return _swept(clock, event)


def _unmoved(event: ClockEvent) -> list[ClockEvent]:
    """Return what is recorded where other terms move nothing."""
    return [event] if event.kind == "judge" else []


def _swept(clock: Clock, event: ClockEvent) -> list[ClockEvent]:
    """Return the warning or breach that the clock had coming."""
    if event.kind == "warn" and event.at in clock.warnings:
        return [event]
    if event.kind == "breach" and clock.state in (actions.RUNNING, actions.PAUSED):
        assert clock.due_at is not None
        return [ClockEvent("breach", clock.due_at)]
    return []


def _compare(event: ClockEvent, expected: list[ClockEvent]) -> Iterable[str]:
    """Say how an event differs from the ones that were expected in its place.

    What an action records after its own event has a line of its own in the log, and the
    caller may add keys of its own to an event.
    """
    if not expected:
        yield f"{event.kind} at {_text(event.at)}: the clock had nothing of the kind to record."
        return
    first = expected[0]
    if first.kind != event.kind:
        yield f"{event.kind}: a {first.kind} at {_text(first.at)} is missing before it."
        return
    if first.at != event.at:
        yield f"{event.kind}: recorded at {_text(event.at)}, expected at {_text(first.at)}."
    for key in sorted(first.data):
        recorded, computed = event.data.get(key), first.data.get(key)
        if recorded != computed:
            yield f"{event.kind}: {key} is {recorded}, recomputed {computed}."


def _text(at: datetime) -> str:
    return at.isoformat()
