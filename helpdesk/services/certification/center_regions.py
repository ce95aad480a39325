"""A center lies in another region now: its open tickets follow that region's service hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Center, Target, Ticket
from helpdesk.services.access import Actor
from helpdesk.services.promises import clocks, pending_judgements


def follow(session: Session, center: Center, *, by: Actor, now: datetime) -> None:
    """Have the center's open tickets judged again: a few at once, many by the worker."""
    session.flush()
    numbers = session.scalars(
        select(Ticket.id)
        .join(Target, Target.ticket_id == Ticket.id)
        .where(Ticket.center_id == center.id, Target.state.in_(clocks.UNFINISHED))
        .distinct()
        .order_by(Ticket.id)
    ).all()
    pending_judgements.follow(session, numbers, by=by, now=now)
