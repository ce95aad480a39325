"""Which promise holds now: clocks follow the policy and the calendar that serve a ticket.

Every change of what a target is judged by is in its log, also where nothing moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Callback, Target, Ticket, Visit
from helpdesk.models.ticket import ACTIVE
from helpdesk.services import calendars, clocks, given_replies, policies
from helpdesk.services.access import Actor
from helpdesk.services.clock_log import OWES_NOTHING, clock_of, hold, keep, refresh_queue
from helpdesk.services.policies import Applied
from sla import clock as actions
from sla.events import ClockEvent
from sla.metrics import CALLBACK, FIRST_REPLY, NEXT_REPLY, RESOLUTION, VISIT_REPORT
from sla.policy import Promise


def start_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """It was no spam after all: what was cleared runs again from its old start.

    By what is promised now: while it was spam nobody asked which policy holds.
    """
    hold(session, ticket)
    policy = policies.policy_for(session, ticket)
    for target in ticket.targets:
        promise = policy.value.promise(target.metric) if policy else None
        if policy and promise and target.state == "cancelled" and _is_wanted_back(session, target):
            _start_again(session, target, policy, promise, now=now, by=by)
    judge_again(session, ticket, now=now, by=by)


def judge_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """A fact that policies ask about changed: clocks follow the policy that holds now.

    What it does not promise is cancelled, what it promises anew runs from the beginning.
    """
    if ticket.status in OWES_NOTHING:
        return
    hold(session, ticket)
    policy = policies.policy_for(session, ticket)
    for target in ticket.targets:
        promise = policy.value.promise(target.metric) if policy else None
        if target.state == "cancelled" and policy and promise and _is_wanted(session, target):
            _start_again(session, target, policy, promise, now=now, by=by)
        elif target.state not in clocks.UNFINISHED:
            continue
        elif policy is None or promise is None:
            changed = actions.cancel(clock_of(session, target), now)
            keep(session, target, *changed, now=now, by=by)
        else:
            version = policies.calendar_for(session, policy.record, ticket)
            reschedule(session, target, promise, version.id, policy=policy, now=now, by=by)
    _start_what_is_new(session, ticket, now=now, by=by)
    if ticket.status == "waiting":
        clocks.wait(session, ticket, now=now, by=by)
    refresh_queue(ticket)


def reschedule(
    session: Session,
    target: Target,
    promise: Promise,
    version_id: int,
    *,
    policy: Applied | None = None,
    now: datetime,
    by: Actor,
) -> None:
    """Judge an unfinished target by another promise, calendar or policy from now on.

    The log says so even where nothing moves, or it could not tell what the row rests on.
    A breach that nobody had recorded yet came before: it stays judged as it was.
    """
    before = _judged_by(target)
    of_policy = _of_policy(policy) if policy is not None else {}
    after = {"promise": promise.to_json(), "calendar_version_id": version_id, **of_policy}
    if all(before[name] == value for name, value in after.items()):
        return
    calendar = calendars.calendar_at(session, version_id)
    clock, events = actions.reschedule(clock_of(session, target), promise, calendar, now)
    if not events:
        events = [ClockEvent("judge", now)]
    if events[0].kind != "breach":
        for name, value in after.items():
            setattr(target, name, value)
    keep(session, target, clock, events, now=now, by=by)


def _start_what_is_new(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    if ticket.status in ACTIVE and not clocks.rounds(ticket, RESOLUTION):
        clocks.start(session, ticket, RESOLUTION, at=ticket.started_at, now=now, by=by)
    unasked = not clocks.rounds(ticket, FIRST_REPLY) and ticket.awaiting_reply
    if unasked and not given_replies.times(session, ticket):
        clocks.start(session, ticket, FIRST_REPLY, at=ticket.started_at, now=now, by=by)


def _is_wanted(session: Session, target: Target) -> bool:
    """Say whether what a cancelled clock waited for is still to come."""
    ticket = target.ticket
    if target.metric == FIRST_REPLY:
        return ticket.awaiting_reply and not given_replies.times(session, ticket)
    return target.metric == RESOLUTION and ticket.status in ACTIVE


def _is_wanted_back(session: Session, target: Target) -> bool:
    """Say the same of a ticket that was no spam after all; only the last of several counts."""
    ticket = target.ticket
    if target is not clocks.rounds(ticket, target.metric)[-1]:
        return False
    if target.metric == CALLBACK:
        callback = session.get(Callback, ticket.id)
        return callback is not None and callback.open
    if target.metric == VISIT_REPORT:
        agreed = select(Visit.id).where(
            Visit.ticket_id == ticket.id,
            Visit.state == "confirmed",
            Visit.ends_at == target.started_at,
        )
        return session.scalar(agreed) is not None
    if target.metric == NEXT_REPLY:
        return ticket.awaiting_reply and ticket.status in ACTIVE
    return target.metric == RESOLUTION or _is_wanted(session, target)


def _start_again(
    session: Session,
    target: Target,
    policy: Applied,
    promise: Promise,
    *,
    now: datetime,
    by: Actor,
) -> None:
    version = policies.calendar_for(session, policy.record, target.ticket)
    target.promise, target.calendar_version_id = promise.to_json(), version.id
    for name, value in _of_policy(policy).items():
        setattr(target, name, value)
    calendar = calendars.calendar_at(session, version.id)
    keep(session, target, *actions.start(promise, calendar, target.started_at), now=now, by=by)


def _judged_by(target: Target) -> Mapping[str, object]:
    names = ("promise", "calendar_version_id", "policy_id", "policy_version_id", "policy_name")
    return {name: getattr(target, name) for name in names}


def _of_policy(policy: Applied) -> Mapping[str, object]:
    return {
        "policy_id": policy.value.id,
        "policy_version_id": policy.version_id,
        "policy_name": policy.value.name,
    }
