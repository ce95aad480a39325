"""Word to agents about visits: given one, answered by the center, moved or called off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.models import Agent, Visit
from helpdesk.services.desk import notices
from helpdesk.services.desk.notices import Occasion


def assigned(session: Session, visit: Visit, *, by_agent: int | None, now: datetime) -> None:
    """Tell an agent that somebody else sends them."""
    _tell(session, visit, "visit_assigned", visit.agent, by_agent=by_agent, now=now)


def changed(session: Session, visit: Visit, *, by_agent: int | None, now: datetime) -> None:
    """Tell who was to go that the visit was moved or called off."""
    _tell(session, visit, "visit_changed", visit.agent, by_agent=by_agent, now=now)


def center_answered(session: Session, visit: Visit, *, now: datetime) -> None:
    """Tell who holds the ticket what the center decided about the visit."""
    for agent in notices.watchers(session, visit.ticket, now=now):
        _tell(session, visit, "visit_answered", agent, now=now)


def _tell(
    session: Session,
    visit: Visit,
    kind: str,
    agent: Agent | None,
    *,
    by_agent: int | None = None,
    now: datetime,
) -> None:
    if agent is None or not agent.active or agent.id == by_agent:
        return
    text = " · ".join(filter(None, (visit.ticket.subject, visit.place)))
    key = f"{kind}.{visit.id}.{visit.version}"
    notices.tell(session, agent, Occasion(kind, key, visit.ticket, text), now=now)
