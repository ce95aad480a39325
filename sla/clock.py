"""What happens to a clock, and what is due: each action returns the clock and its events.

The caller stores the events with the change that caused them.  An action that changes
nothing returns no events.  The rules:

- An action later than a deadline first records the breach, dated to the due instant.
- A target is met iff the reply came at or before the deadline.  The first reply counts;
  one entered later that happened earlier replaces it, and undoes a breach it came before.
- A reply that never arrived is retracted: the clock had been running all along.
- A pause keeps the service time that is left, and resuming counts it from then on.
- Reopening goes on from what was used; the time closed does not count.  A first or next
  reply that was given stays given.
- A new calendar or promise moves the deadline of running and paused clocks alone.
- Cancelling clears a deadline still ahead; a breach that has happened stays.  A
  cancelled target comes back by a new start.
- Handing over ends a clock whose promise another one keeps from now on, its breach included.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sla.calendar import Calendar
from sla.events import (
    BREACHED,
    CANCELLED,
    MET,
    PAUSED,
    RUNNING,
    BrokenLog,
    Clock,
    ClockEvent,
    Terms,
    apply,
    replay,
    rescheduled,
    unanswered,
)
from sla.metrics import REPLIES
from sla.policy import Promise
from sla.targets import Deadline, deadline, falls_due, promised_minutes, warnings_before

__all__ = [
    "AFTER",
    "BREACHED",
    "CANCELLED",
    "MET",
    "PAUSED",
    "RUNNING",
    "BrokenLog",
    "Clock",
    "ClockEvent",
    "apply",
    "cancel",
    "due",
    "hand_over",
    "meet",
    "minutes_left",
    "next_at",
    "overdue_minutes",
    "pause",
    "reopen",
    "replay",
    "reschedule",
    "resume",
    "retract",
    "start",
    "used_minutes",
]

Step = tuple[Clock, list[ClockEvent]]

AFTER = timedelta(microseconds=1)
"""Deadlines are inclusive: a reply at the due instant is in time, so the breach shows
from the smallest step after it."""


def start(promise: Promise, calendar: Calendar, at: datetime) -> Step:
    """Start a clock when the request came in, which may be long before it is entered."""
    limit = deadline(promise, calendar, at)
    terms = _terms(promise, calendar, at, limit.due_at)
    data = {"metric": promise.metric, **terms.to_json(), **_json(limit)}
    event = ClockEvent("start", at, data)
    return apply(None, event), [event]


def pause(clock: Clock, at: datetime) -> Step:
    """Stop counting while the desk waits on the requester, if the promise allows it."""
    step = _settled(clock, at)
    clock = step[0]
    counting = clock.state == RUNNING or (clock.state == BREACHED and clock.met_at is None)
    if not (counting and clock.terms.pauses and clock.paused_at is None):
        return step
    earliest = clock.since if clock.state == RUNNING else clock.due_at
    assert earliest is not None
    return _add(step, ClockEvent("pause", max(at, earliest)))


def resume(clock: Clock, calendar: Calendar, at: datetime) -> Step:
    """Count on: the service time that was left at the pause is left from now on."""
    if clock.paused_at is None:
        return clock, []
    at = max(at, clock.paused_at)
    data: dict[str, Any] = {"minutes": calendar.elapsed(clock.paused_at, at)}
    if clock.state == PAUSED:
        to_come = len(clock.warnings)
        data |= _json(_continued(clock, clock.terms, calendar, at, at, to_come=to_come))
    return _add((clock, []), ClockEvent("resume", at, data))


def meet(clock: Clock, calendar: Calendar, at: datetime) -> Step:
    """Record the reply or solution; a paused clock is resumed first, so it may still count."""
    step = _settled(clock, at)
    clock = step[0]
    if clock.state == CANCELLED or (clock.met_at is not None and at >= clock.met_at):
        return step
    if clock.paused_at is not None and at > clock.paused_at:
        resumed, events = resume(clock, calendar, at)
        step = resumed, step[1] + events
    return _add(step, ClockEvent("meet", at))


def retract(clock: Clock, calendar: Calendar, at: datetime) -> Step:
    """Take back the reply that was recorded: it never arrived, so time went on counting."""
    if clock.met_at is None or clock.state == CANCELLED:
        return clock, []
    at = max(at, clock.met_at)
    data: Mapping[str, Any] = {}
    if clock.state == MET:
        running = unanswered(clock)
        assert running.since is not None
        data = _json(_continued(running, clock.terms, calendar, running.since, at))
    retracted, events = _add((clock, []), ClockEvent("retract", at, data))
    settled, breach = _settled(retracted, at)
    return settled, events + breach


def cancel(clock: Clock, at: datetime) -> Step:
    """Clear the deadline: no policy promises it any more, or the ticket is no ticket."""
    step = _settled(clock, at)
    if step[0].state not in (RUNNING, PAUSED):
        return step
    return _add(step, ClockEvent("cancel", at))


def hand_over(clock: Clock, at: datetime) -> Step:
    """End a clock that is owed: another one lives on as it did (``sla.handover``)."""
    step = _settled(clock, at)
    clock = step[0]
    if clock.state == CANCELLED or clock.met_at is not None:
        return step
    return _add(step, ClockEvent("hand_over", at))


def reopen(clock: Clock, calendar: Calendar, at: datetime) -> Step:
    """Go on from what was used before the target was met; replies stay given."""
    if clock.metric in REPLIES or clock.met_at is None:
        return clock, []
    at = max(at, clock.met_at)
    data: dict[str, Any] = {"minutes": calendar.elapsed(clock.met_at, at)}
    if clock.state == MET:
        data |= _json(_continued(clock, clock.terms, calendar, at, at))
    return _add((clock, []), ClockEvent("reopen", at, data))


def reschedule(clock: Clock, promise: Promise, calendar: Calendar, at: datetime) -> Step:
    """Recompute the deadline after an edit of hours, days off, policy or priority.

    The new terms count from the start; pauses stay pauses.  A new deadline that has
    already passed is a breach at that instant.
    """
    step = _settled(clock, at)
    clock = step[0]
    if clock.state not in (RUNNING, PAUSED):
        return step
    began, since = clock.started_at, clock.since or clock.paused_at
    assert since is not None
    due_at = falls_due(promise, calendar, began)
    terms = _terms(promise, calendar, began, due_at)
    limit = _continued(clock, terms, calendar, since, at, from_start=due_at)
    moved = rescheduled(clock, terms, limit.due_at, limit.warnings, provisional=limit.provisional)
    if moved is clock:
        return step
    event = ClockEvent("reschedule", at, {**terms.to_json(), **_json(limit)})
    settled, breach = _settled(moved, at)
    return settled, [*step[1], event, *breach]


def due(clock: Clock, now: datetime) -> list[ClockEvent]:
    """Return what a sweep at ``now`` has to record: a breach, or a warning, or nothing.

    The breach is dated to the due instant however late the sweep is, the warning to the
    last warning instant that has passed.  A deadline that has passed is not warned about.
    """
    if clock.state != RUNNING or clock.due_at is None:
        return []
    if now > clock.due_at:
        return [ClockEvent("breach", clock.due_at)]
    passed = [at for at in clock.warnings if at <= now]
    return [ClockEvent("warn", passed[-1])] if passed else []


def next_at(clock: Clock) -> datetime | None:
    """Return the first instant at which ``due`` has something to say; None for never."""
    if clock.state != RUNNING or clock.due_at is None:
        return None
    return min([*clock.warnings[:1], clock.due_at + AFTER])


def minutes_left(clock: Clock, calendar: Calendar, now: datetime) -> float | None:
    """Return the service minutes until the deadline; None when none is ahead."""
    if clock.state not in (RUNNING, PAUSED) or clock.due_at is None:
        return None
    return calendar.elapsed(clock.paused_at or now, clock.due_at)


def overdue_minutes(clock: Clock, calendar: Calendar, now: datetime) -> float:
    """Return the service minutes past the deadline, pauses and closed time left out."""
    if clock.due_at is None or clock.state not in (RUNNING, BREACHED):
        return 0.0
    end = clock.met_at or clock.paused_at or now
    return max(0.0, calendar.elapsed(clock.due_at, end) - clock.overdue_paused_minutes)


def used_minutes(clock: Clock, calendar: Calendar) -> float | None:
    """Return the service minutes that it took until it was met; None for a clock that is not.

    A reply counts from the question. Of other promises the time that the clock stood still,
    waiting for the requester or settled in between, is left out.
    """
    if clock.met_at is None:
        return None
    if clock.metric in REPLIES:
        return calendar.elapsed(clock.started_at, clock.met_at)
    ran = sum(calendar.elapsed(begin, end) for begin, end in clock.ran)
    return ran + overdue_minutes(clock, calendar, clock.met_at)


def _add(step: Step, event: ClockEvent) -> Step:
    clock, events = step
    return apply(clock, event), [*events, event]


def _settled(clock: Clock, at: datetime) -> Step:
    """Record the breach that an instant leaves behind; a paused clock stands at its pause."""
    instant = clock.paused_at or at
    if clock.state in (RUNNING, PAUSED) and clock.due_at is not None and instant > clock.due_at:
        return _add((clock, []), ClockEvent("breach", clock.due_at))
    return clock, []


def _continued(
    clock: Clock,
    terms: Terms,
    calendar: Calendar,
    since: datetime,
    at: datetime,
    *,
    to_come: int | None = None,
    from_start: datetime | None = None,
) -> Deadline:
    """Return the deadline of a clock that runs since an instant, after what it has used.

    ``to_come`` is how many warnings had not been reached before it stood still;
    ``from_start`` is the deadline of a clock that has not, where the caller knows it.
    """
    left = terms.promised_minutes
    for begin, end in clock.ran:
        used = calendar.elapsed(begin, end)
        if left < used:  # stricter terms ran out in an earlier stretch
            since = begin
            break
        left -= used
    unbroken = from_start is not None and not clock.ran and since == clock.started_at
    due_at = from_start if from_start and unbroken else calendar.add_minutes(since, left)
    lefts = terms.warn_minutes if to_come is None else _last(terms.warn_minutes, to_come)
    warnings = warnings_before(due_at, lefts, calendar, since, left=left if unbroken else None)
    if clock.warned_at is not None and to_come is None:  # nobody needs the same warning twice
        warnings = tuple(warning for warning in warnings if warning > at)
    return Deadline(
        due_at=due_at,
        warnings=warnings,
        provisional=calendar.is_provisional(clock.started_at, due_at),
    )


def _last(lefts: tuple[float, ...], count: int) -> tuple[float, ...]:
    return tuple(sorted(lefts, reverse=True)[len(lefts) - count :]) if count else ()


def _terms(promise: Promise, calendar: Calendar, began: datetime, due_at: datetime) -> Terms:
    promised = promised_minutes(promise, calendar, began, due_at)
    return Terms(promised, promise.pauses, promise.warnings_before(promised))


def _json(limit: Deadline) -> Mapping[str, Any]:
    return {
        "due_at": _text(limit.due_at),
        "warnings": [_text(at) for at in limit.warnings],
        "provisional": limit.provisional,
    }


def _text(at: datetime) -> str:
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    # as isoformat writes it, which takes twice as long to find out what the zone is
    return f"{at.date().isoformat()}T{at.time().isoformat()}+00:00"
