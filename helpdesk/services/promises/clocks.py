"""Promises on tickets: what happens to the pure clocks of ``sla`` when something happens here.

A target's row is the projection of its clock; the events with kind ``clock.*``
are its truth, and every change here writes both in the caller's transaction
(``clock_log``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.models import Target, Ticket
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.database import waiting_rows
from helpdesk.services.database.rows import AnyTarget
from helpdesk.services.hours import calendars
from helpdesk.services.promises import rules
from helpdesk.services.promises.clock_log import (
    OWES_NOTHING,
    calendar_of,
    clock_of,
    hold,
    judged_by,
    keep,
    log_of,
    projection,
    promise_of,
    refresh_queue,
    taken_over_as,
    write_down,
)
from sla import clock as actions
from sla.calendar import Calendar
from sla.escalation import BREACH, points_reached
from sla.events import BREACHED, MET, Clock, ClockEvent, apply
from sla.metrics import FIRST_REPLY, NEXT_REPLY, REPLIES, RESOLUTION


@dataclass(frozen=True, slots=True)
class Due:
    """A warning or breach that was recorded, and the points of its promise that it reached."""

    event: ClockEvent
    points: tuple[str, ...]


FROM_THE_START = (FIRST_REPLY, RESOLUTION)
UNFINISHED = ("running", "paused")


def start_promises(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """Start every clock that runs from the instant the matter was raised."""
    policy = rules.policy_for(session, ticket)
    for metric in FROM_THE_START:
        _start(session, ticket, policy, metric, at=ticket.started_at, now=now, by=by)
    refresh_queue(ticket)


def start(
    session: Session, ticket: Ticket, metric: str, *, at: datetime, now: datetime, by: Actor
) -> None:
    """Start a clock where it is promised, unless one of the metric has not been met yet."""
    policy = rules.policy_for(session, ticket)
    if _start(session, ticket, policy, metric, at=at, now=now, by=by):
        refresh_queue(ticket)


def _start(
    session: Session,
    ticket: Ticket,
    policy: rules.Applied | None,
    metric: str,
    *,
    at: datetime,
    now: datetime,
    by: Actor,
) -> bool:
    """Start a clock; say whether that was to do, without reading the ticket's others in vain."""
    promise = policy.value.promise(metric) if policy else None
    if policy is None or promise is None or ticket.status in OWES_NOTHING:
        return False
    hold(session, ticket)
    known = rounds(ticket, metric)
    if any(target.met_at is None and target.state != "cancelled" for target in known):
        return False
    version_id = rules.version_for(session, policy, ticket)
    calendar = calendars.calendar_at(session, version_id)
    clock, events = actions.start(promise, calendar, at)
    target = waiting_rows.make(
        session,
        Target,
        ticket_id=ticket.id,
        metric=metric,
        round=len(known) + 1,
        policy_id=policy.value.id,
        policy_version_id=policy.version_id,
        policy_name=policy.value.name,
        promise=promise.to_json(),
        calendar_version_id=version_id,
        **projection(clock),
    )
    ticket.targets.append(target)
    waiting_rows.add(session, target)
    write_down(session, target, events, now=now, by=by)
    return True


def meet(
    session: Session, ticket: Ticket, metric: str, *, at: datetime, now: datetime, by: Actor
) -> None:
    """What a metric waits for has happened: a reply was given, the matter is settled."""
    hold(session, ticket)
    for target in rounds(ticket, metric):
        if target.started_at > at or (target.met_at is not None and target.met_at <= at):
            continue
        _meet(session, target, at=at, now=now, by=by)
    refresh_queue(ticket)


def reply_sent(
    session: Session,
    ticket: Ticket,
    *,
    at: datetime,
    now: datetime,
    by: Actor,
    written_at: datetime | None = None,
) -> None:
    """A human answered so that the requester can see it.

    An answer that was written before a question does not answer it.
    """
    hold(session, ticket)
    for target in ticket.targets:
        if target.metric not in REPLIES or (target.met_at is not None and target.met_at <= at):
            continue
        if target.metric == NEXT_REPLY and target.started_at > (written_at or at):
            continue
        _meet(session, target, at=at, now=now, by=by)
    refresh_queue(ticket)


def reply_failed(
    session: Session,
    ticket: Ticket,
    replies: Sequence[datetime],
    *,
    now: datetime,
    by: Actor = SYSTEM,
) -> None:
    """A reply never arrived: what only it had met is owed again.

    ``replies`` are when the others were given, the earliest first. What a merged ticket
    owes again is left to the caller, who hands it over.
    """
    hold(session, ticket)
    for target in ticket.targets:
        if target.metric not in REPLIES or target.met_at is None:
            continue
        others = [at for at in replies if target.metric == FIRST_REPLY or at >= target.started_at]
        if target.met_at in others[:1]:
            continue
        if others:
            clock, calendar = clock_of(session, target), calendar_of(session, target)
            _act(session, target, actions.retract(clock, calendar, now), now=now, by=by)
            _meet(session, target, at=others[0], now=now, by=by)
            continue
        _run_again(session, target, actions.retract, now=now, by=by)
        if ticket.status == "spam":
            _cancel(session, target, now=now, by=by)
    _leave_to_the_oldest(session, ticket, now=now, by=by)
    refresh_queue(ticket)


def _leave_to_the_oldest(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """Of several next replies that are owed at once the oldest question owns the one to come.

    What was broken for a later question by then stays on record.
    """
    owed = sorted(_owed(ticket, NEXT_REPLY), key=lambda target: (target.started_at, target.id))
    for later in owed[1:]:
        _cancel(session, later, now=now, by=by)


def _owed(ticket: Ticket, metric: str) -> list[Target]:
    known = rounds(ticket, metric)
    return [t for t in known if t.met_at is None and t.state != "cancelled"]


def asked_again(
    session: Session, ticket: Ticket, *, at: datetime, now: datetime, by: Actor
) -> None:
    """The requester wrote after an answer: the oldest unanswered message owns the next reply.

    Whoever writes again before that does not extend it (BEHAVIOURS 6).
    """
    start(session, ticket, NEXT_REPLY, at=at, now=now, by=by)


def settled(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """The matter is resolved. An answer that was still to come is not needed any more.

    But who asked on a ticket that was merged into this one was promised a first reply.
    """
    meet(session, ticket, RESOLUTION, at=now, now=now, by=by)
    for target in _owed(ticket, NEXT_REPLY):
        if taken_over_as(log_of(session, target.id), target.promise) != FIRST_REPLY:
            _cancel(session, target, now=now, by=by)
    refresh_queue(ticket)


def opened_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """It was not: the resolution goes on from what it had used (BEHAVIOURS 10)."""
    hold(session, ticket)
    for target in rounds(ticket, RESOLUTION):
        _run_again(session, target, actions.reopen, now=now, by=by)
    refresh_queue(ticket)


def _run_again(
    session: Session,
    target: Target,
    action: Callable[[Clock, Calendar, datetime], tuple[Clock, list[ClockEvent]]],
    *,
    now: datetime,
    by: Actor,
) -> None:
    """A finished clock is owed again: from now on it counts in the hours that hold by now.

    No edit of hours or days off has moved it since it was met (BEHAVIOURS 12).
    """
    clock, before = clock_of(session, target), target.calendar_version_id
    if clock.state == MET:
        target.calendar_version_id = calendars.newest(session, before)
    calendar = calendar_of(session, target)
    clock, events = action(clock, calendar, now)
    if target.calendar_version_id != before:
        # what reopened it was counted in the new hours already
        events = [replace(event, data={**event.data, **judged_by(target)}) for event in events]
        clock, moved = actions.reschedule(clock, promise_of(session, target), calendar, now)
        events = [*events, *moved]
    _act(session, target, (clock, events), now=now, by=by)
    if target.met_at is None:
        target.service_minutes = None


def wait(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """The desk waits for the requester: clocks that pause, pause."""
    hold(session, ticket)
    for target in ticket.targets:
        if target.state in (*UNFINISHED, BREACHED):
            _act(session, target, actions.pause(clock_of(session, target), now), now=now, by=by)
    refresh_queue(ticket)


def go_on(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """The desk no longer waits: paused clocks run on with the time they had left."""
    hold(session, ticket)
    for target in ticket.targets:
        if target.paused_at is not None:
            changed = actions.resume(clock_of(session, target), calendar_of(session, target), now)
            _act(session, target, changed, now=now, by=by)
    refresh_queue(ticket)


def cancel(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """Nothing is promised any more (spam, merged): deadlines are cleared."""
    hold(session, ticket)
    for metric in {target.metric for target in ticket.targets}:
        cancel_metric(session, ticket, metric, now=now, by=by)
    refresh_queue(ticket)


def cancel_metric(
    session: Session, ticket: Ticket, metric: str, *, now: datetime, by: Actor
) -> None:
    """Clear the deadlines of one metric that are still ahead."""
    hold(session, ticket)
    for target in _owed(ticket, metric):
        _cancel(session, target, now=now, by=by)
    refresh_queue(ticket)


def record_due(session: Session, target: AnyTarget, *, now: datetime) -> list[Due]:
    """Record the warning or breach that is due, dated to its own instant (BEHAVIOURS 15, 18).

    A breach that an action recorded, and that is still owed, is returned to be told.
    """
    clock = clock_of(session, target)
    points = promise_of(session, target).points
    found = []
    events = actions.due(clock, now)
    for event in events:
        reached: tuple[str, ...] = (BREACH,)
        if event.kind == "warn":
            reached = points_reached(points, clock, calendar_of(session, target), event.at)
        clock = apply(clock, event)
        found.append(Due(event, reached))
    if not events and clock.state == BREACHED and clock.met_at is None:
        assert clock.breached_at is not None
        found.append(Due(ClockEvent("breach", clock.breached_at), (BREACH,)))
    keep(session, target, clock, events, now=now, by=SYSTEM, swept=True)
    return found


def _meet(session: Session, target: Target, *, at: datetime, now: datetime, by: Actor) -> None:
    calendar = calendar_of(session, target)
    clock, events = actions.meet(clock_of(session, target), calendar, at)
    _act(session, target, (clock, events), now=now, by=by)
    if clock.met_at is not None:
        target.service_minutes = actions.used_minutes(clock, calendar)


def _cancel(session: Session, target: Target, *, now: datetime, by: Actor) -> None:
    _act(session, target, actions.cancel(clock_of(session, target), now), now=now, by=by)


def rounds(ticket: Ticket, metric: str) -> list[Target]:
    """Return a ticket's targets of one metric, the latest last."""
    return [target for target in ticket.targets if target.metric == metric]


def _act(
    session: Session,
    target: Target,
    changed: tuple[Clock, Iterable[ClockEvent]],
    *,
    now: datetime,
    by: Actor,
) -> None:
    clock, events = changed
    keep(session, target, clock, events, now=now, by=by)
