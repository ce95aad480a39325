"""What a promise's actions do when a point on the way to its deadline is reached.

The sweep has claimed the target and written its event: each action is taken once, in the
same transaction. One that cannot be taken any more (the group is gone) is recorded and
hinders nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.models import Agent, Group, Target
from helpdesk.models.ticket import PRIORITIES
from helpdesk.services.access import SYSTEM
from helpdesk.services.database.events import record
from helpdesk.services.desk import notices, tickets
from helpdesk.services.promises import policies, promise_notices
from helpdesk.services.promises.promise_notices import Telling
from sla.escalation import WATCHERS, Action
from sla.policy import Promise


def take(
    session: Session, telling: Telling, target: Target, points: Sequence[str], *, now: datetime
) -> None:
    """Take the actions that belong to points just reached."""
    if target.ticket.status in ("spam", "merged"):
        return
    for promised in Promise.from_json(target.promise).actions:
        if promised.when not in points:
            continue
        action = _known(session, target, promised)
        try:
            _take(session, telling, target, action, now=now)
            outcome = {}
        except Refusal as refusal:
            outcome = {"refused": str(refusal.sentence)}
        record(
            session,
            "promise.escalated",
            at=now,
            now=now,
            by=SYSTEM,
            ticket=target.ticket,
            data={"metric": target.metric, **action.to_json(), **outcome},
        )


def _known(session: Session, target: Target, action: Action) -> Action:
    """Return an action whose group or agent is there by that name, if its policy knows one.

    A promise is kept as it was given, and people and groups get other names in its time.
    """
    if not action.to or action.to in WATCHERS or action.do == "priority":
        return action
    known = select(Agent.id).where(Agent.email == action.to)
    if action.do == "group":
        known = select(Group.id).where(Group.name == action.to)
    if session.scalar(known) is not None:
        return action
    return policies.named_now(session, target.policy_id, target.metric, action)


def _take(
    session: Session, telling: Telling, target: Target, action: Action, *, now: datetime
) -> None:
    ticket = target.ticket
    if action.do == "notify":
        promise_notices.point_reached(session, telling, target, action, now=now)
    elif action.do == "group":
        group = session.scalar(select(Group).where(Group.name == action.to))
        if group is None:
            raise Refusal("no_group", f"There is no group {action.to!r} any more.")
        tickets.move_to_group(session, ticket, group, now=now, by=SYSTEM)
    elif action.do == "priority":
        # raised, never lowered: somebody may have raised it further
        if PRIORITIES.index(action.to) > PRIORITIES.index(ticket.priority):
            tickets.set_property(session, ticket, "priority", action.to, now=now, by=SYSTEM)
    else:
        agent = session.scalar(select(Agent).where(Agent.email == action.to))
        if action.to and agent is None:
            raise Refusal("no_agent", f"There is no agent {action.to!r} any more.")
        if agent is not None and agent.is_away(now):
            raise Refusal("agent_away", f"{agent.name} is away.")
        tickets.assign(session, ticket, agent, now=now, by=SYSTEM)
        notices.assigned(session, ticket, now=now, by_agent=None)
