"""Promises of a ticket that is merged: each ends there and is kept on the ticket it goes into.

Of two deadlines for the same thing the earlier one holds, so that merging makes no promise
easier. A clock that is taken over runs from its old start, with its pauses, by the terms it
was judged by; its log says so, and ``helpdesk sla verify`` recomputes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Message, Target, Ticket
from helpdesk.services.access import Actor
from helpdesk.services.database import waiting_rows
from helpdesk.services.desk import given_replies
from helpdesk.services.promises import clock_log, clocks
from helpdesk.services.promises.clock_log import (
    TAKEN_OVER,
    calendar_of,
    clock_of,
    keep,
    log_of,
    projection,
    refresh_queue,
    taken_over_as,
)
from sla import clock as actions
from sla.clock import CANCELLED, ClockEvent, Step
from sla.handover import falls_due, take_over
from sla.metrics import FIRST_REPLY, NEXT_REPLY, REPLIES
from sla.policy import Promise

JUDGED_BY = ("policy_id", "policy_version_id", "policy_name", "calendar_version_id")


def hand_over(
    session: Session, source: Ticket, target: Ticket, *, now: datetime, by: Actor
) -> None:
    """End what ``source`` owes and let ``target`` owe it where its own promise is later.

    The caller holds both tickets' rows, and ``target`` has the status that it is to have.
    """
    for owed in _owed(source.targets):
        metric = _keep_on(session, owed, target, now=now, by=by)
        action = actions.hand_over if metric == owed.metric else actions.cancel
        keep(session, owed, *action(clock_of(session, owed), now), now=now, by=by)
    if target.status == "waiting":
        clocks.wait(session, target, now=now, by=by)
    else:
        clocks.go_on(session, target, now=now, by=by)
    refresh_queue(source)
    refresh_queue(target)


def answered_since(
    session: Session, source: Ticket, target: Ticket, asked_at: datetime
) -> datetime | None:
    """Return when ``target`` answered what was asked on ``source``: the same person reads both."""
    if source.requester_id != target.requester_id:
        return None
    return next((at for at in given_replies.times(session, target) if at >= asked_at), None)


def reply_arrived(
    session: Session, reply: Message, ticket: Ticket, *, now: datetime, by: Actor
) -> None:
    """A reply of a merged ticket that had failed has reached who asked there.

    ``ticket``, into which that one went, owed it since. It owes no reply any more unless
    somebody else waits for one there: the same clock runs for them too.
    """
    clock_log.hold_all(session, {reply.ticket, ticket})
    if _somebody_waits(session, reply, ticket):
        return
    clocks.reply_sent(session, ticket, at=now, now=now, by=by, written_at=reply.at)
    ticket.awaiting_reply = False


def _somebody_waits(session: Session, reply: Message, ticket: Ticket) -> bool:
    """Say whether a question is left on ``ticket`` or what went into it that is not answered."""
    given = given_replies.times(session, ticket)
    merged = select(Ticket).where(Ticket.merged_into_id == ticket.id)
    for each in [ticket, *session.scalars(merged)]:
        answers = [*given, *given_replies.times(session, each)]
        if each.requester_id == reply.ticket.requester_id:  # one person reads all of it
            answers.append(reply.at)
        asked = [Message.at > max(answers)] if answers else []
        left = select(Message.id).where(
            Message.ticket_id == each.id,
            Message.direction == "in",
            Message.automatic.is_(False),
            *asked,
        )
        if session.scalar(left.limit(1)) is not None:
            return True
    return False


def _owed(targets: Sequence[Target]) -> list[Target]:
    return [t for t in targets if t.met_at is None and t.state != CANCELLED]


def _keep_on(session: Session, owed: Target, ticket: Ticket, *, now: datetime, by: Actor) -> str:
    """Let a ticket keep what another one owes; return as which metric it does."""
    mine = next((t for t in _owed(ticket.targets) if _same(t.metric, owed.metric)), None)
    if mine is None:
        return _begin(session, owed, ticket, now=now, by=by)
    own, its = clock_of(session, mine), clock_of(session, owed)
    due, other = (
        falls_due(own, calendar_of(session, mine), now),
        falls_due(its, calendar_of(session, owed), now),
    )
    if due is None or other is None or other >= due:
        return mine.metric
    own, events = actions.cancel(own, now)
    keep(session, mine, own, events, now=now, by=by)
    if own.state == CANCELLED:  # one that is broken stays broken
        clock, events = _life(session, owed, mine.metric)
        for name in JUDGED_BY:
            setattr(mine, name, getattr(owed, name))
        mine.promise = _as(mine.metric, owed)
        keep(session, mine, clock, events, now=now, by=by)
    return mine.metric


def _begin(session: Session, owed: Target, ticket: Ticket, *, now: datetime, by: Actor) -> str:
    """Let a ticket that owes nothing of the kind take the promise over."""
    metric = owed.metric
    if metric in REPLIES:
        unasked = not clocks.rounds(ticket, FIRST_REPLY) and not given_replies.times(
            session, ticket
        )
        metric = FIRST_REPLY if unasked else NEXT_REPLY
    clock, events = _life(session, owed, metric)
    answered_at = answered_since(session, owed.ticket, ticket, owed.started_at)
    if metric in REPLIES and answered_at is not None:
        clock, met = actions.meet(clock, calendar_of(session, owed), answered_at)
        events += met
    taken = waiting_rows.make(
        session,
        Target,
        ticket_id=ticket.id,
        metric=metric,
        round=len(clocks.rounds(ticket, metric)) + 1,
        promise=_as(metric, owed),
        service_minutes=actions.used_minutes(clock, calendar_of(session, owed)),
        **{name: getattr(owed, name) for name in JUDGED_BY},
        **projection(clock),
    )
    ticket.targets.append(taken)
    waiting_rows.add(session, taken)
    keep(session, taken, clock, events, now=now, by=by)
    return metric


def _life(session: Session, owed: Target, metric: str) -> Step:
    """Return the clock that goes on as the one that is owed did, and the events that make it."""
    log, promise = log_of(session, owed.id), Promise.from_json(_as(metric, owed))
    clock, (start, *others) = take_over(log, promise, calendar_of(session, owed))
    promised_as = taken_over_as(log, owed.promise) or owed.metric
    said = {**start.data, TAKEN_OVER: promised_as}
    return clock, [ClockEvent(start.kind, start.at, said), *others]


def _as(metric: str, owed: Target) -> dict[str, Any]:
    return {**owed.promise, "metric": metric}


def _same(mine: str, other: str) -> bool:
    """Whoever waits for any reply waits for the next one."""
    return mine == other or (mine in REPLIES and other in REPLIES)
