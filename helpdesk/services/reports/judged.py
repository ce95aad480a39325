"""Which promises a figure counts: conditions on targets, of any metric."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from helpdesk.models import Target, Ticket
from helpdesk.runtime import current_config
from sla.metrics import FIRST_REPLY


def judged(
    name: str, start: datetime, end: datetime, now: datetime, metric: str = FIRST_REPLY
) -> ColumnElement[bool]:
    """Return the targets that one of the figures of promises counts."""
    if name == "kept":
        return judged_kept(start, end, metric)
    if name == "missed":
        return judged_missed(start, end, now, metric)
    if name == "judged":
        return or_(judged_kept(start, end, metric), judged_missed(start, end, now, metric))
    given = replied(start, end, metric)
    if name in ("at_once", "prompt"):
        given = and_(given, Target.service_minutes <= at_once_minutes())
    if name in ("immediate", "prompt"):
        marked = select(Ticket.id).where(Ticket.immediate)
        given = and_(given, Target.ticket_id.in_(marked))
    return given


def at_once_minutes() -> int:
    """Return within how many minutes of service time a reply was given at once."""
    return current_config().at_once_minutes


def judged_kept(start: datetime, end: datetime, metric: str = FIRST_REPLY) -> ColumnElement[bool]:
    """Return the targets of a metric that were kept in a span."""
    return and_(
        Target.metric == metric,
        Target.state == "met",
        Target.met_at >= start,
        Target.met_at < end,
    )


def judged_missed(
    start: datetime, end: datetime, now: datetime, metric: str = FIRST_REPLY
) -> ColumnElement[bool]:
    """Return the targets of a metric missed in a span; a breach is dated to its deadline."""
    return and_(
        Target.metric == metric,
        Target.state.in_(("breached", "running")),
        Target.due_at >= start,
        Target.due_at < min(end, now),
    )


def replied(start: datetime, end: datetime, metric: str = FIRST_REPLY) -> ColumnElement[bool]:
    """Return the targets whose reply was given (or else done) in a span, in time or late."""
    return and_(
        Target.metric == metric,
        Target.state.in_(("met", "breached")),
        Target.met_at >= start,
        Target.met_at < end,
    )
