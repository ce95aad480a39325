"""One target's life: a clock as a fold over its append-only events.

A clock is a value.  `apply` folds one event into it and `replay` a whole log; the
actions in ``sla.clock`` compute the next events with a calendar.  Events carry the
deadlines they led to, so replaying needs no calendar, and ``sla.proof`` recomputes them
from the promise and the calendar to show that they are right.

Events are in the order they were recorded.  ``at`` is when a thing happened, which for
a call or visit entered later is before events already in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

RUNNING = "running"
PAUSED = "paused"
MET = "met"
BREACHED = "breached"
CANCELLED = "cancelled"


class BrokenLog(ValueError):
    """A log of events that no clock can have lived."""


@dataclass(frozen=True)
class ClockEvent:
    """One line of a clock's log; ``data`` is plain JSON, its instants ISO 8601 in UTC.

    ``kind`` is one of start, pause, resume, warn, breach, meet, retract, cancel, hand_over,
    reopen, reschedule, judge.  Start, resume, retract, reopen and reschedule carry ``due_at``,
    ``warnings`` and ``provisional``; start carries ``metric`` as well, start and
    reschedule the terms (``promised_minutes``, ``pauses``, ``warn_minutes``), resume and
    reopen the service ``minutes`` that the clock stood still.  Judge says that another
    promise or calendar holds from here on, which moves nothing.
    """

    kind: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What a clock needs of its promise: service minutes in all, warnings ahead, pauses."""

    promised_minutes: float
    pauses: bool
    warn_minutes: tuple[float, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Terms:
        """Read the terms of a start or reschedule event."""
        return cls(data["promised_minutes"], data["pauses"], tuple(data["warn_minutes"]))

    def to_json(self) -> dict[str, Any]:
        """Write the form that ``from_json`` reads."""
        return {
            "promised_minutes": self.promised_minutes,
            "pauses": self.pauses,
            "warn_minutes": list(self.warn_minutes),
        }


@dataclass(frozen=True)
class Clock:
    """Where a target stands.

    ``state`` is running, paused, met, breached or cancelled.  A target is met iff
    ``met_at`` ≤ ``due_at``; breached with a ``met_at`` means answered too late.  While
    paused, ``due_at`` is the deadline as it stood, and the time left is the service
    time from ``paused_at`` to it.  A breached clock can be paused too: it stays
    breached, and the pause does not add to how long it is overdue.

    ``warnings`` are those still to come; ``ran`` are the finished stretches of running
    and ``since`` is when the present one began: together they use what the ``terms`` promise.
    Minutes are service minutes.
    """

    metric: str
    state: str
    started_at: datetime
    due_at: datetime | None
    terms: Terms
    warnings: tuple[datetime, ...] = ()
    provisional: bool = False
    warned_at: datetime | None = None
    paused_at: datetime | None = None
    paused_minutes: float = 0.0
    met_at: datetime | None = None
    breached_at: datetime | None = None
    ran: tuple[tuple[datetime, datetime], ...] = ()
    since: datetime | None = None
    overdue_paused_minutes: float = 0.0

    @property
    def warn_at(self) -> datetime | None:
        """The next warning, if one is to come."""
        return self.warnings[0] if self.warnings else None


def replay(events: Iterable[ClockEvent]) -> Clock:
    """Fold a log, in the order of recording, into the clock that it describes.

    Raises BrokenLog for a log that is empty or does not begin with a start.
    """
    clock: Clock | None = None
    for event in events:
        clock = apply(clock, event)
    if clock is None:
        raise BrokenLog("The log is empty; a clock begins with a start event.")
    return clock


def apply(clock: Clock | None, event: ClockEvent) -> Clock:
    """Fold one event into a clock; a start event makes a new one."""
    if event.kind == "start":
        return _start(event)
    if clock is None:
        raise BrokenLog(f"The log begins with {event.kind}; a clock begins with a start event.")
    fold = _FOLDS.get(event.kind)
    if fold is None:
        raise BrokenLog(f"{event.kind!r} is no kind of clock event.")
    return fold(clock, event)


def unanswered(clock: Clock) -> Clock:
    """Return a met clock as if it had never stopped for the answer."""
    begin = clock.ran[-1][0] if clock.ran else clock.started_at
    return _but(clock, state=RUNNING, met_at=None, since=begin, ran=clock.ran[:-1])


def _but(clock: Clock, **changed: object) -> Clock:
    """Return a clock with some fields changed.

    A fold makes two or three of them for each event, and ``dataclasses.replace``, which
    goes through the constructor, takes five times as long.
    """
    copy = object.__new__(Clock)
    copy.__dict__.update(clock.__dict__, **changed)
    return copy


def _start(event: ClockEvent) -> Clock:
    return _with_deadline(
        _FRESH,
        event,
        metric=event.data["metric"],
        started_at=event.at,
        terms=Terms.from_json(event.data),
        since=event.at,
    )


def _with_deadline(clock: Clock, event: ClockEvent, **changed: object) -> Clock:
    return _but(
        clock,
        **changed,
        due_at=datetime.fromisoformat(event.data["due_at"]),
        warnings=tuple(datetime.fromisoformat(at) for at in event.data["warnings"]),
        provisional=event.data["provisional"],
    )


def _pause(clock: Clock, event: ClockEvent) -> Clock:
    if clock.state == RUNNING:
        clock = _but(_stopped(clock, event.at), state=PAUSED)
    return _but(clock, paused_at=event.at)


def _resume(clock: Clock, event: ClockEvent) -> Clock:
    minutes = event.data["minutes"]
    clock = _but(clock, paused_at=None, paused_minutes=clock.paused_minutes + minutes)
    if clock.state == PAUSED:
        return _with_deadline(_but(clock, state=RUNNING, since=event.at), event)
    return _but(clock, overdue_paused_minutes=clock.overdue_paused_minutes + minutes)


def _warn(clock: Clock, event: ClockEvent) -> Clock:
    to_come = tuple(at for at in clock.warnings if at > event.at)
    return _but(clock, warned_at=event.at, warnings=to_come)


def _breach(clock: Clock, event: ClockEvent) -> Clock:
    return _but(_stopped(clock, event.at), state=BREACHED, breached_at=event.at, warnings=())


def _meet(clock: Clock, event: ClockEvent) -> Clock:
    if clock.due_at is not None and event.at <= clock.due_at:
        clock = _stopped(clock, event.at)
        # Entered late, but it happened in time: the breach on record was none.
        return _but(
            clock, state=MET, met_at=event.at, breached_at=None, paused_at=None, warnings=()
        )
    return _but(clock, met_at=event.at, paused_at=None)


def _retract(clock: Clock, event: ClockEvent) -> Clock:
    if clock.state == MET:
        return _with_deadline(unanswered(clock), event)
    return _but(clock, met_at=None)


def _cancel(clock: Clock, event: ClockEvent) -> Clock:
    clock = _stopped(clock, event.at)
    return _but(clock, state=CANCELLED, due_at=None, paused_at=None, warnings=())


def _hand_over(clock: Clock, event: ClockEvent) -> Clock:
    return _but(_cancel(clock, event), breached_at=None)


def _reopen(clock: Clock, event: ClockEvent) -> Clock:
    clock = _but(clock, met_at=None)
    if clock.state == MET:
        return _with_deadline(_but(clock, state=RUNNING, since=event.at), event)
    minutes = clock.overdue_paused_minutes + event.data["minutes"]
    return _but(clock, overdue_paused_minutes=minutes)


def _reschedule(clock: Clock, event: ClockEvent) -> Clock:
    return _with_deadline(_but(clock, terms=Terms.from_json(event.data)), event)


def rescheduled(
    clock: Clock,
    terms: Terms,
    due_at: datetime,
    warnings: tuple[datetime, ...],
    *,
    provisional: bool,
) -> Clock:
    """Return what a reschedule event with these data makes of a clock; the clock if nothing."""
    known = (clock.terms, clock.due_at, clock.warnings, clock.provisional)
    if known == (terms, due_at, warnings, provisional):
        return clock
    return _but(clock, terms=terms, due_at=due_at, warnings=warnings, provisional=provisional)


def _judge(clock: Clock, _event: ClockEvent) -> Clock:
    return clock


def _stopped(clock: Clock, at: datetime) -> Clock:
    """End the running at an instant, which for a late entry is in an earlier stretch.

    A stretch without length stays: a reply that is given while the clock stands still begins and
    ends one, and if it never arrived, time went on from there.
    """
    ran = clock.ran if clock.since is None else (*clock.ran, (clock.since, at))
    return _but(
        clock,
        since=None,
        ran=tuple((begin, min(end, at)) for begin, end in ran if begin <= at),
    )


_FRESH = Clock("", RUNNING, datetime.min.replace(tzinfo=UTC), None, Terms(0.0, False, ()))
"""What a start event gives its own values."""
_FOLDS: dict[str, Callable[[Clock, ClockEvent], Clock]] = {
    "pause": _pause,
    "resume": _resume,
    "warn": _warn,
    "breach": _breach,
    "meet": _meet,
    "retract": _retract,
    "cancel": _cancel,
    "hand_over": _hand_over,
    "reopen": _reopen,
    "reschedule": _reschedule,
    "judge": _judge,
}
