"""Which promises hold for a ticket."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import PolicyRecord, Ticket
from helpdesk.services import memory
from sla.policy import Policy, Promise, choose

FIRST_REPLY = "first_reply"
DEFAULT_PROMISES = (
    # 1个工作日内首次回复, with a warning one service hour before it falls due
    Promise(metric=FIRST_REPLY, workdays=1, warn_minutes=(60,)),
)


def make_default(session: Session, calendar_id: int) -> PolicyRecord:
    """Make the policy of the service rules: a first reply within one working day."""
    record = PolicyRecord(
        name="default",
        position=0,
        is_default=True,
        conditions={},
        promises=[promise.to_json() for promise in DEFAULT_PROMISES],
        calendar_id=calendar_id,
    )
    session.add(record)
    session.flush()
    return record


def default(session: Session) -> PolicyRecord:
    """Return the policy that covers every ticket which no other one does."""
    return session.scalars(select(PolicyRecord).where(PolicyRecord.is_default)).one()


def change_promise(record: PolicyRecord, promise: Promise) -> None:
    """Promise this from now on; tickets keep the promise that they were given."""
    others = [row for row in record.promises if row.get("metric") != promise.metric]
    record.promises = [promise.to_json(), *others]


@dataclass(frozen=True, slots=True)
class Applied:
    """A policy as the arithmetic knows it, and its row."""

    value: Policy
    record: PolicyRecord


def policy_for(session: Session, ticket: Ticket) -> Applied | None:
    """Return the policy whose promises hold for the ticket; None when nothing is promised."""
    policies = memory.once(session, "policies", lambda: _all(session))
    chosen = choose([policy.value for policy in policies.values()], facts(ticket))
    return policies[chosen.id] if chosen else None


def _all(session: Session) -> dict[int, Applied]:
    return {row.id: Applied(as_value(row), row) for row in session.scalars(select(PolicyRecord))}


def as_value(record: PolicyRecord) -> Policy:
    """Return the record as the pure value that the arithmetic knows."""
    return Policy(
        id=record.id,
        name=record.name,
        position=record.position,
        is_default=record.is_default,
        conditions={name: tuple(allowed) for name, allowed in record.conditions.items()},
        promises=tuple(Promise.from_json(promise) for promise in record.promises),
    )


def facts(ticket: Ticket) -> dict[str, str | None]:
    """Return what policies' conditions may ask about a ticket."""
    return {
        "channel": ticket.channel,
        "topic": ticket.topic,
        "request_type": ticket.request_type,
        "priority": ticket.priority,
        "center": ticket.center.code if ticket.center else None,
        "group": ticket.group.name if ticket.group else None,
    }
