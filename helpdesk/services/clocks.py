"""Promises on tickets: the pure clocks of ``sla`` kept in targets and their events.

A target's row is the projection of its clock; the events with kind ``clock.*``
are its truth, and every change here writes both in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import row_ids
from helpdesk.models import NO_PROMISE, Event, Target, Ticket
from helpdesk.services import calendars, policies
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.events import record
from helpdesk.services.events import write as write_events
from helpdesk.services.policies import FIRST_REPLY
from sla import clock as actions
from sla.calendar import Calendar
from sla.events import Clock, ClockEvent, apply, replay
from sla.policy import Promise

PREFIX = "clock."
UNFINISHED = ("running", "paused")


def start_promises(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """Start every promised clock at the instant the matter was raised."""
    policy = policies.policy_for(session, ticket)
    version = calendars.current_version(session, policy.record.calendar) if policy else None
    if policy is None or version is None:
        return
    calendar = calendars.calendar_at(session, version.id)
    for promise in policy.value.promises:
        clock, events = actions.start(promise, calendar, ticket.started_at)
        target = Target(
            metric=promise.metric,
            policy_id=policy.value.id,
            policy_name=policy.value.name,
            promise=promise.to_json(),
            calendar_version_id=version.id,
            **projection(clock),
        )
        ticket.targets.append(target)
        row_ids.add(session, target)
        _write_down(session, target, events, now=now, by=by)
    refresh_queue(ticket)


def reply_sent(session: Session, ticket: Ticket, *, at: datetime, now: datetime, by: Actor) -> None:
    """A human answered so that the requester can see it: the first reply is given."""
    for target in _of(ticket, FIRST_REPLY):
        if target.met_at is not None and target.met_at <= at:
            continue
        calendar = calendar_of(session, target)
        changed = actions.meet(clock_of(session, target), calendar, at)
        _act(session, target, changed, now=now, by=by)
        if target.met_at is not None:
            target.service_minutes = calendar.elapsed(target.started_at, target.met_at)
    refresh_queue(ticket)


def reply_failed(
    session: Session,
    ticket: Ticket,
    *,
    earliest_other: datetime | None,
    now: datetime,
    by: Actor = SYSTEM,
) -> None:
    """A reply never arrived: unless another one did, the promise is open again."""
    for target in _of(ticket, FIRST_REPLY):
        if target.met_at is None or target.met_at == earliest_other:
            continue
        changed = actions.retract(clock_of(session, target), calendar_of(session, target), now)
        _act(session, target, changed, now=now, by=by)
        target.service_minutes = None
    refresh_queue(ticket)
    if earliest_other is not None:
        reply_sent(session, ticket, at=earliest_other, now=now, by=by)


def wait(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """The desk waits for the requester: clocks that pause, pause."""
    for target in ticket.targets:
        if target.state in (*UNFINISHED, "breached"):
            _act(session, target, actions.pause(clock_of(session, target), now), now=now, by=by)
    refresh_queue(ticket)


def go_on(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """The desk no longer waits: paused clocks run on with the time they had left."""
    for target in ticket.targets:
        if target.paused_at is not None:
            changed = actions.resume(clock_of(session, target), calendar_of(session, target), now)
            _act(session, target, changed, now=now, by=by)
    refresh_queue(ticket)


def cancel(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """Nothing is promised any more (spam, merged): deadlines are cleared."""
    for target in ticket.targets:
        if target.state != "cancelled" and target.met_at is None:
            _act(session, target, actions.cancel(clock_of(session, target), now), now=now, by=by)
    refresh_queue(ticket)


def start_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """It was no spam after all: cancelled clocks run from their old start again."""
    for target in ticket.targets:
        if target.state == "cancelled":
            promise = Promise.from_json(target.promise)
            changed = actions.start(promise, calendar_of(session, target), target.started_at)
            _act(session, target, changed, now=now, by=by)
    refresh_queue(ticket)


def judge_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """A fact that policies ask about changed: running clocks follow the policy that holds now."""
    policy = policies.policy_for(session, ticket)
    for target in ticket.targets:
        if target.state not in UNFINISHED:
            continue
        promise = policy.value.promise(target.metric) if policy else None
        clock = clock_of(session, target)
        if policy is None or promise is None:
            _act(session, target, actions.cancel(clock, now), now=now, by=by)
            continue
        version = calendars.current_version(session, policy.record.calendar)
        assert version is not None
        if target.promise == promise.to_json() and target.calendar_version_id == version.id:
            continue
        reschedule(session, target, promise, version.id, now=now, by=by)
        target.policy_id, target.policy_name = policy.value.id, policy.value.name
    refresh_queue(ticket)


def reschedule(
    session: Session,
    target: Target,
    promise: Promise,
    version_id: int,
    *,
    now: datetime,
    by: Actor,
) -> None:
    """Judge an unfinished target by another promise or calendar from now on."""
    calendar = calendars.calendar_at(session, version_id)
    changed = actions.reschedule(clock_of(session, target), promise, calendar, now)
    target.promise = promise.to_json()
    target.calendar_version_id = version_id
    _act(session, target, changed, now=now, by=by)


def record_due(session: Session, target: Target, *, now: datetime) -> list[ClockEvent]:
    """Record the warning or breach that is due, dated to its own instant (BEHAVIOURS 15, 18)."""
    clock = clock_of(session, target)
    events = actions.due(clock, now)
    for event in events:
        clock = apply(clock, event)
    _keep(session, target, clock, events, now=now, by=SYSTEM)
    return events


def clock_of(session: Session, target: Target) -> Clock:
    """Return the target's clock, folded from its events."""
    return replay(log_of(session, target.id))


def log_of(session: Session, target_id: int) -> list[ClockEvent]:
    """Return a target's clock events in the order of recording."""
    write_events(session)
    rows = session.execute(
        select(Event.kind, Event.at, Event.data)
        .where(Event.target_id == target_id)
        .order_by(Event.id)
    )
    return [ClockEvent(kind.removeprefix(PREFIX), at, data) for kind, at, data in rows]


def logs_of(session: Session, target_ids: Sequence[int]) -> dict[int, list[ClockEvent]]:
    """Return many targets' clock events at once, each in the order of recording."""
    write_events(session)
    logs: dict[int, list[ClockEvent]] = {target_id: [] for target_id in target_ids}
    rows = session.execute(
        select(Event.target_id, Event.kind, Event.at, Event.data)
        .where(Event.target_id.in_(target_ids))
        .order_by(Event.id)
    )
    for target_id, kind, at, data in rows:
        if target_id is not None:
            logs[target_id].append(ClockEvent(kind.removeprefix(PREFIX), at, data))
    return logs


def calendar_of(session: Session, target: Target) -> Calendar:
    """Return the calendar that a target is judged by."""
    return calendars.calendar_at(session, target.calendar_version_id)


def refresh_queue(ticket: Ticket) -> None:
    """Set the queue's order, the earliest promise still owed, and whether one is at risk.

    Of spam and merged tickets a breach stays on record, but nobody is owed a reply
    (BEHAVIOURS 11).
    """
    owed = [] if ticket.status in ("spam", "merged") else [*filter(_is_owed, ticket.targets)]
    ticket.queue_at = min((t.due_at for t in owed if t.due_at is not None), default=NO_PROMISE)
    ticket.at_risk = any(t.warned_at is not None or t.state == "breached" for t in owed)


def _is_owed(target: Target) -> bool:
    if target.due_at is None:
        return False
    return target.state == "running" or (target.state == "breached" and target.met_at is None)


def _of(ticket: Ticket, metric: str) -> Iterable[Target]:
    return (target for target in ticket.targets if target.metric == metric)


def _act(
    session: Session,
    target: Target,
    changed: tuple[Clock, Iterable[ClockEvent]],
    *,
    now: datetime,
    by: Actor,
) -> None:
    clock, events = changed
    _keep(session, target, clock, events, now=now, by=by)


def _keep(
    session: Session,
    target: Target,
    clock: Clock,
    events: Iterable[ClockEvent],
    *,
    now: datetime,
    by: Actor,
) -> None:
    """Write the events and project the clock onto the row."""
    _write_down(session, target, events, now=now, by=by)
    for name, value in projection(clock).items():
        setattr(target, name, value)


def _write_down(
    session: Session, target: Target, events: Iterable[ClockEvent], *, now: datetime, by: Actor
) -> None:
    for event in events:
        # Whoever recomputes the clock needs what it was judged by from here on.
        judged_by = (
            {"promise": target.promise, "calendar_version": target.calendar_version_id}
            if event.kind in ("start", "reschedule")
            else {}
        )
        record(
            session,
            PREFIX + event.kind,
            at=event.at,
            now=now,
            by=by,
            ticket=target.ticket,
            target=target,
            data={**event.data, **judged_by},
        )


def projection(clock: Clock) -> dict[str, object]:
    """Return the columns of a target's row that its clock decides."""
    return {
        "state": clock.state,
        "provisional": clock.provisional,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "warn_at": clock.warn_at,
        "next_at": actions.next_at(clock),
        "warned_at": clock.warned_at,
        "paused_at": clock.paused_at,
        "paused_minutes": clock.paused_minutes,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
    }
