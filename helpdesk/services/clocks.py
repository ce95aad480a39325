"""Promises on tickets: the pure clocks of ``sla`` kept in targets and their events.

A target's row is the projection of its clock; the events with kind ``clock.*``
are its truth, and every change here writes both in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import NO_PROMISE, Event, Message, Target, Ticket
from helpdesk.services import calendars, memory, policies, waiting_rows
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.events import record
from helpdesk.services.events import write as write_events
from sla import clock as actions
from sla.calendar import Calendar
from sla.escalation import BREACH, points_reached
from sla.events import Clock, ClockEvent, apply, replay
from sla.metrics import FIRST_REPLY, NEXT_REPLY, REPLIES, RESOLUTION
from sla.policy import Promise


@dataclass(frozen=True, slots=True)
class Due:
    """A warning or breach that was recorded, and the points of its promise that it reached."""

    event: ClockEvent
    points: tuple[str, ...]


FROM_THE_START = (FIRST_REPLY, RESOLUTION)
PREFIX = "clock."
UNFINISHED = ("running", "paused")
LOG = "log"


def start_promises(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """Start every clock that runs from the instant the matter was raised."""
    policy = policies.policy_for(session, ticket)
    for metric in FROM_THE_START:
        _start(session, ticket, policy, metric, at=ticket.started_at, now=now, by=by)
    refresh_queue(ticket)


def start(
    session: Session, ticket: Ticket, metric: str, *, at: datetime, now: datetime, by: Actor
) -> None:
    """Start a clock where it is promised, unless one of the metric has not been met yet."""
    policy = policies.policy_for(session, ticket)
    if _start(session, ticket, policy, metric, at=at, now=now, by=by):
        refresh_queue(ticket)


def _start(
    session: Session,
    ticket: Ticket,
    policy: policies.Applied | None,
    metric: str,
    *,
    at: datetime,
    now: datetime,
    by: Actor,
) -> bool:
    """Start a clock; say whether that was to do, without reading the ticket's others in vain."""
    promise = policy.value.promise(metric) if policy else None
    if policy is None or promise is None:
        return False
    rounds = _of(ticket, metric)
    if any(target.met_at is None and target.state != "cancelled" for target in rounds):
        return False
    version = policies.calendar_for(session, policy.record, ticket)
    calendar = calendars.calendar_at(session, version.id)
    clock, events = actions.start(promise, calendar, at)
    target = Target(
        ticket_id=ticket.id,
        metric=metric,
        round=len(rounds) + 1,
        policy_id=policy.value.id,
        policy_version_id=policy.version_id,
        policy_name=policy.value.name,
        promise=promise.to_json(),
        calendar_version_id=version.id,
        **projection(clock),
    )
    ticket.targets.append(target)
    waiting_rows.add(session, target)
    _write_down(session, target, events, now=now, by=by)
    return True


def meet(
    session: Session, ticket: Ticket, metric: str, *, at: datetime, now: datetime, by: Actor
) -> None:
    """What a metric waits for has happened: a reply was given, the matter is settled."""
    for target in _of(ticket, metric):
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

    ``replies`` are when the others were given, the earliest first.
    """
    for target in ticket.targets:
        if target.metric not in REPLIES or target.met_at is None:
            continue
        others = [at for at in replies if target.metric == FIRST_REPLY or at >= target.started_at]
        if target.met_at in others[:1]:
            continue
        clock, calendar = clock_of(session, target), calendar_of(session, target)
        _act(session, target, actions.retract(clock, calendar, now), now=now, by=by)
        target.service_minutes = None
        if others:
            _meet(session, target, at=others[0], now=now, by=by)
    refresh_queue(ticket)


def asked_again(
    session: Session, ticket: Ticket, *, at: datetime, now: datetime, by: Actor
) -> None:
    """The requester wrote after an answer: the oldest unanswered message owns the next reply.

    Whoever writes again before that does not extend it (BEHAVIOURS 6).
    """
    start(session, ticket, NEXT_REPLY, at=at, now=now, by=by)


def settled(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """The matter is resolved. An answer that was still to come is not needed any more."""
    meet(session, ticket, RESOLUTION, at=now, now=now, by=by)
    cancel_metric(session, ticket, NEXT_REPLY, now=now, by=by)


def opened_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """It was not: the resolution goes on from what it had used (BEHAVIOURS 10)."""
    for target in _of(ticket, RESOLUTION):
        clock, calendar = clock_of(session, target), calendar_of(session, target)
        _act(session, target, actions.reopen(clock, calendar, now), now=now, by=by)
        if target.met_at is None:
            target.service_minutes = None
    refresh_queue(ticket)


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
    for metric in {target.metric for target in ticket.targets}:
        cancel_metric(session, ticket, metric, now=now, by=by)


def cancel_metric(
    session: Session, ticket: Ticket, metric: str, *, now: datetime, by: Actor
) -> None:
    """Clear the deadlines of one metric that are still ahead."""
    for target in _of(ticket, metric):
        if target.state != "cancelled" and target.met_at is None:
            _act(session, target, actions.cancel(clock_of(session, target), now), now=now, by=by)
    refresh_queue(ticket)


def start_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """It was no spam after all: cancelled clocks run from their old start again."""
    for target in ticket.targets:
        if target.state == "cancelled" and target.metric in FROM_THE_START:
            _start_again(session, target, Promise.from_json(target.promise), now=now, by=by)
    refresh_queue(ticket)


def judge_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """A fact that policies ask about changed: clocks follow the policy that holds now.

    What it does not promise is cancelled, what it promises anew runs from the beginning.
    """
    policy = policies.policy_for(session, ticket)
    for target in ticket.targets:
        promise = policy.value.promise(target.metric) if policy else None
        if target.state == "cancelled" and promise and _is_wanted(ticket, target):
            _start_again(session, target, promise, now=now, by=by)
        if target.state not in UNFINISHED:
            continue
        if policy is None or promise is None:
            clock = clock_of(session, target)
            _act(session, target, actions.cancel(clock, now), now=now, by=by)
            continue
        version = policies.calendar_for(session, policy.record, ticket)
        if target.promise != promise.to_json() or target.calendar_version_id != version.id:
            reschedule(session, target, promise, version.id, now=now, by=by)
        target.policy_id, target.policy_name = policy.value.id, policy.value.name
        target.policy_version_id = policy.version_id
    if ticket.status in ("open", "waiting") and not _of(ticket, RESOLUTION):
        start(session, ticket, RESOLUTION, at=ticket.started_at, now=now, by=by)
        if ticket.status == "waiting":
            wait(session, ticket, now=now, by=by)
    unasked = not _of(ticket, FIRST_REPLY) and ticket.awaiting_reply
    if unasked and not _was_answered(session, ticket):
        start(session, ticket, FIRST_REPLY, at=ticket.started_at, now=now, by=by)
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


def record_due(session: Session, target: Target, *, now: datetime) -> list[Due]:
    """Record the warning or breach that is due, dated to its own instant (BEHAVIOURS 15, 18)."""
    clock = clock_of(session, target)
    points = Promise.from_json(target.promise).points
    found = []
    for event in actions.due(clock, now):
        reached: tuple[str, ...] = (BREACH,)
        if event.kind == "warn":
            reached = points_reached(points, clock, calendar_of(session, target), event.at)
        clock = apply(clock, event)
        found.append(Due(event, reached))
    _keep(session, target, clock, [due.event for due in found], now=now, by=SYSTEM)
    return found


def clock_of(session: Session, target: Target) -> Clock:
    """Return the target's clock, folded from its events."""
    return replay(log_of(session, target.id))


def log_of(session: Session, target_id: int) -> list[ClockEvent]:
    """Return a target's clock events in the order of recording."""
    batch = memory.current(session)
    if batch is not None and (LOG, target_id) in batch.known:
        return list(batch.known[LOG, target_id])
    return logs_of(session, [target_id])[target_id]


def foresee(session: Session, targets: Sequence[Target]) -> None:
    """Read the logs of targets that a batch is going to act on at once."""
    logs = logs_of(session, [target.id for target in targets])
    for target_id, log in logs.items():
        memory.note(session, LOG, target_id, log)


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
    ticket.at_risk = any(_is_at_risk(target) for target in owed)


def _is_at_risk(target: Target) -> bool:
    """The last warning has gone out, or it is too late."""
    return target.state == "breached" or (target.warned_at is not None and target.warn_at is None)


def _was_answered(session: Session, ticket: Ticket) -> bool:
    replies = select(Message.id).where(
        Message.ticket_id == ticket.id,
        Message.direction == "out",
        Message.automatic.is_(False),
        Message.delivery != "failed",
    )
    return session.scalar(replies.limit(1)) is not None


def _is_wanted(ticket: Ticket, target: Target) -> bool:
    """Say whether what a cancelled clock waited for is still to come."""
    if target.metric == FIRST_REPLY:
        return ticket.awaiting_reply
    return target.metric == RESOLUTION and ticket.status in ("open", "waiting")


def _start_again(
    session: Session, target: Target, promise: Promise, *, now: datetime, by: Actor
) -> None:
    target.promise = promise.to_json()
    changed = actions.start(promise, calendar_of(session, target), target.started_at)
    _act(session, target, changed, now=now, by=by)


def _meet(session: Session, target: Target, *, at: datetime, now: datetime, by: Actor) -> None:
    calendar = calendar_of(session, target)
    _act(session, target, actions.meet(clock_of(session, target), calendar, at), now=now, by=by)
    if target.met_at is not None:
        target.service_minutes = calendar.elapsed(target.started_at, target.met_at)


def _is_owed(target: Target) -> bool:
    if target.due_at is None:
        return False
    return target.state == "running" or (target.state == "breached" and target.met_at is None)


def _of(ticket: Ticket, metric: str) -> list[Target]:
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
    batch = memory.current(session)
    known = batch.known.get((LOG, target.id)) if batch is not None else None
    for event in events:
        if known is not None:
            known.append(event)
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
        "risk_at": clock.warnings[-1] if clock.warnings else clock.warned_at,
        "paused_at": clock.paused_at,
        "paused_minutes": clock.paused_minutes,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
    }
