"""Which promise holds now: clocks follow the policy and the calendar that serve a ticket.

Every change of what a target is judged by is in its log, also where nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Callback, Event, Message, Target, Ticket, Visit
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import Actor
from helpdesk.services.database import memory
from helpdesk.services.database.rows import AnyTarget
from helpdesk.services.desk import given_replies
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clocks, rules
from helpdesk.services.promises.clock_log import (
    OWES_NOTHING,
    calendar_of,
    clock_of,
    hold,
    keep,
    log_of,
    promise_of,
    refresh_queue,
    taken_over_as,
)
from helpdesk.services.promises.rules import Applied, Rules
from helpdesk.services.promises.settlements import OVER
from sla import clock as actions
from sla import handover
from sla.calendar import Calendar
from sla.events import Clock, ClockEvent
from sla.metrics import CALLBACK, FIRST_REPLY, NEXT_REPLY, RESOLUTION, VISIT_REPORT
from sla.policy import Promise


def start_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """It was no spam after all: what was cleared runs again from its old start.

    By what is promised now: while it was spam nobody asked which policy holds.
    """
    hold(session, ticket)
    policy = rules.policy_for(session, ticket)
    for target in _cleared_last(session, ticket):
        promise = policy.value.promise(target.metric) if policy else None
        if not _is_wanted_back(session, target):
            continue
        if policy and promise:
            version_id = rules.version_for(session, policy, ticket)
            _start_again(session, target, policy, promise, version_id, now=now, by=by)
        elif _taken_over_as(session, target) is not None:
            # what a merged ticket was promised runs by its own terms, as it did before
            kept = promise_of(session, target)
            version_id = calendars.newest(session, target.calendar_version_id)
            _start_again(session, target, None, kept, version_id, now=now, by=by)
    judge_again(session, ticket, now=now, by=by)
    if ticket.status == "open" and not ticket.awaiting_reply:
        _ask_again(session, ticket, now=now, by=by)


def _ask_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """What the requester wrote while it was spam waits for an answer like any other question."""
    given = given_replies.times(session, ticket)
    asked_at = session.scalar(
        select(func.min(Message.at)).where(
            Message.ticket_id == ticket.id,
            Message.direction == "in",
            Message.automatic.is_(False),
            *([Message.at > given[-1]] if given else []),
        )
    )
    if asked_at is not None:
        ticket.awaiting_reply = True
        clocks.asked_again(session, ticket, at=min(asked_at, now), now=now, by=by)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nothing promises this any more."""

    target: Target


@dataclass(frozen=True, slots=True)
class Judged:
    """A target follows a promise and a calendar version; ``again`` where it was cleared before."""

    target: Target
    promise: Promise
    version_id: int
    policy: Applied
    again: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A promise that the ticket did not have runs from the beginning of the matter."""

    metric: str
    promise: Promise
    version_id: int


Step = Cancelled | Judged | Started


def plan(session: Session, ticket: Ticket, holding: Rules) -> list[Step]:
    """Return what becomes of a ticket's promises under some rules; nothing where they hold.

    ``judge_again`` takes these steps, so the preview of a change and the change itself
    cannot disagree.
    """
    if ticket.status in OWES_NOTHING:
        return []
    policy = holding.policy_for(ticket)
    version_id = holding.places.version_for(policy, ticket) if policy else 0
    steps: list[Step] = []
    for target in ticket.targets:
        promise = policy.value.promise(target.metric) if policy else None
        if target.state == "cancelled":
            # of several the last one waits for what all of them did, and one clock is enough
            last = target is clocks.rounds(ticket, target.metric)[-1]
            if policy and promise and last and _is_wanted(session, target):
                steps.append(Judged(target, promise, version_id, policy, again=True))
        elif target.state not in clocks.UNFINISHED:
            continue
        elif policy is None or promise is None:
            # what a merged ticket was promised is kept, though this one's policy knows no such
            if _taken_over_as(session, target) is None:
                steps.append(Cancelled(target))
        elif _differs(target, _judged_so(promise, version_id, policy)):
            steps.append(Judged(target, promise, version_id, policy))
    promised = [policy.value.promise(metric) for metric in _new(session, ticket)] if policy else []
    return steps + [Started(new.metric, new, version_id) for new in promised if new]


def judge_again(session: Session, ticket: Ticket, *, now: datetime, by: Actor) -> None:
    """A fact that policies ask about changed, or they did: clocks follow what holds now.

    What it does not promise is cancelled, what it promises anew runs from the beginning.
    """
    if ticket.status in OWES_NOTHING:
        return
    hold(session, ticket)
    for step in plan(session, ticket, rules.current(session)):
        match step:
            case Cancelled(target):
                changed = actions.cancel(clock_of(session, target), now)
                keep(session, target, *changed, now=now, by=by)
            case Judged(target, promise, version_id, policy, again=True):
                _start_again(session, target, policy, promise, version_id, now=now, by=by)
            case Judged(target, promise, version_id, policy):
                reschedule(session, target, promise, version_id, policy=policy, now=now, by=by)
            case Started(metric):
                clocks.start(session, ticket, metric, at=ticket.started_at, now=now, by=by)
                for target in clocks.rounds(ticket, metric):
                    life = _life(session, ticket, metric, until=now)
                    calendar = calendar_of(session, target)
                    lived = handover.live(clock_of(session, target), life, calendar)
                    keep(session, target, *lived, now=now, by=by)
    if ticket.status == "waiting":
        clocks.wait(session, ticket, now=now, by=by)
    refresh_queue(ticket)


def reschedule(
    session: Session,
    target: AnyTarget,
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

    def find() -> Mapping[str, object]:
        return _judged_so(promise, version_id, policy)

    after = find() if policy else memory.shared(session, ("judged so", version_id), promise, find)
    if not _differs(target, after):
        return
    calendar = calendars.calendar_at(session, version_id)
    clock, events = actions.reschedule(clock_of(session, target), promise, calendar, now)
    if not events:
        events = [ClockEvent("judge", now)]
    if events[0].kind != "breach":
        for name, value in after.items():
            setattr(target, name, value)
    keep(session, target, clock, events, now=now, by=by)


def _new(session: Session, ticket: Ticket) -> Iterator[str]:
    """Yield what a ticket has no promise of and would have if a policy gave one."""
    if ticket.status in ACTIVE and not clocks.rounds(ticket, RESOLUTION):
        yield RESOLUTION
    unasked = not clocks.rounds(ticket, FIRST_REPLY) and ticket.awaiting_reply
    if unasked and not given_replies.times(session, ticket):
        yield FIRST_REPLY


def _is_wanted(session: Session, target: Target) -> bool:
    """Say whether what a cancelled clock waited for is still to come."""
    ticket = target.ticket
    if target.metric == FIRST_REPLY:
        return ticket.awaiting_reply and not given_replies.times(session, ticket)
    return target.metric == RESOLUTION and ticket.status in ACTIVE


def _cleared_last(session: Session, ticket: Ticket) -> Iterator[Target]:
    """Yield what was cleared last of each metric that owes nothing else, the oldest of several.

    A question that came later was cleared before, when an older one took its reply over.
    """
    for metric in dict.fromkeys(target.metric for target in ticket.targets):
        known = clocks.rounds(ticket, metric)
        if any(target.met_at is None and target.state != "cancelled" for target in known):
            continue
        cleared = [
            (_cleared_at(session, target), target)
            for target in known
            if target.state == "cancelled"
        ]
        if cleared and known[-1].state == "cancelled":
            latest = max(at for at, _ in cleared)
            yield next(target for at, target in cleared if at == latest)


def _cleared_at(session: Session, target: Target) -> datetime:
    return next(e.at for e in reversed(log_of(session, target.id)) if e.kind == "cancel")


def _is_wanted_back(session: Session, target: Target) -> bool:
    """Say the same of a ticket that was no spam after all."""
    ticket = target.ticket
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
        promised_first = _taken_over_as(session, target) == FIRST_REPLY  # resolving clears it not
        return ticket.awaiting_reply and (ticket.status in ACTIVE or promised_first)
    return target.metric == RESOLUTION or _is_wanted(session, target)


def _taken_over_as(session: Session, target: Target) -> str | None:
    return taken_over_as(log_of(session, target.id), target.promise)


def begun(session: Session, ticket: Ticket, step: Judged | Started, *, now: datetime) -> Clock:
    """Return the clock of a promise that is made anew, or again; nothing is kept."""
    calendar = calendars.calendar_at(session, step.version_id)
    if isinstance(step, Judged):
        clock, _events = _lived(session, step.target, step.promise, calendar, now=now)
    else:
        clock, _events = actions.start(step.promise, calendar, ticket.started_at)
        life = _life(session, ticket, step.metric, until=now)
        clock, _events = handover.live(clock, life, calendar)
    return actions.pause(clock, now)[0] if ticket.status == "waiting" else clock


def _life(
    session: Session, ticket: Ticket, metric: str, *, until: datetime, since: datetime | None = None
) -> Iterator[ClockEvent]:
    """Yield what a promise that nobody had given would have lived through on a ticket.

    While the ticket waited for the requester no time is used, nor does a resolution use any
    while it was settled (BEHAVIOURS 8, 10). Spam in between changes nothing.
    """
    rows = session.execute(
        select(Event.at, Event.data)
        .where(
            Event.ticket_id == ticket.id,
            Event.kind == "ticket.status",
            Event.at < until,
            Event.at >= (since or ticket.started_at),
        )
        .order_by(Event.id)
    )
    for at, data in rows:
        before, after = data.get("from"), data.get("to")
        if before == "waiting":
            yield ClockEvent("resume", at)
        if metric == RESOLUTION and after in OVER:
            yield ClockEvent("meet", at)
        elif metric == RESOLUTION and after in ACTIVE:
            yield ClockEvent("reopen", at)
        if after == "waiting":
            yield ClockEvent("pause", at)


def _lived(
    session: Session, target: Target, promise: Promise, calendar: Calendar, *, now: datetime
) -> tuple[Clock, list[ClockEvent]]:
    """Return a cleared clock as if it had never been, from its old start, with every pause."""
    log = log_of(session, target.id)
    cleared_at = _cleared_at(session, target)
    since = _life(session, target.ticket, target.metric, until=now, since=cleared_at)
    return handover.take_over([*log, *since], promise, calendar)


def _start_again(
    session: Session,
    target: Target,
    policy: Applied | None,
    promise: Promise,
    version_id: int,
    *,
    now: datetime,
    by: Actor,
) -> None:
    for name, value in _judged_so(promise, version_id, policy).items():
        setattr(target, name, value)
    calendar = calendars.calendar_at(session, version_id)
    clock, events = _lived(session, target, promise, calendar, now=now)
    keep(session, target, clock, events, now=now, by=by)
    target.service_minutes = actions.used_minutes(clock, calendar)


def _differs(target: AnyTarget, judged: Mapping[str, object]) -> bool:
    return any(getattr(target, name) != value for name, value in judged.items())


def _judged_so(promise: Promise, version_id: int, policy: Applied | None) -> Mapping[str, object]:
    """Return the columns that say what a target is judged by, as far as that is given."""
    judged: dict[str, object] = {
        "promise": promise.to_json(),
        "calendar_version_id": version_id,
    }
    if policy is not None:
        judged |= {
            "policy_id": policy.value.id,
            "policy_version_id": policy.version_id,
            "policy_name": policy.value.name,
        }
    return judged
