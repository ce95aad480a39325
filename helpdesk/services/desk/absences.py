"""Who is away: they get no new tickets until they are back, by hand or at the time they said.

Whoever said until when is back at that instant (``Agent.is_away``); a worker notes it in the
log a moment later, dated to the instant.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent
from helpdesk.services import access
from helpdesk.services.access import SYSTEM, Actor, Viewer
from helpdesk.services.database.claiming import won
from helpdesk.services.database.events import record

LONGEST = timedelta(days=366)


def here(now: datetime) -> ColumnElement[bool]:
    """Return the condition on agents that ``Agent.is_away`` is the opposite of."""
    return and_(Agent.active, or_(Agent.away.is_(False), Agent.away_until <= now))


def leave(
    session: Session, viewer: Viewer, agent: Agent, *, until: datetime | None = None, now: datetime
) -> None:
    """Note that an agent is away, for good or until an instant; once more changes until when."""
    access.require_absence_of(viewer, agent)
    if until is not None and until <= now:
        raise Refusal("past", _("Choose a time that is still to come."), field="until")
    if until is not None and until > now + LONGEST:
        raise Refusal("too_far", _("Choose a time within a year."), field="until")
    _lock(session, agent)
    if not agent.active:
        raise Refusal("inactive_agent", _("This agent no longer works here."))
    _settle(session, agent, now=now)
    if agent.away and agent.away_until == until:
        return
    agent.away, agent.away_until = True, until
    _noted(session, agent, "away", at=now, now=now, by=viewer.actor)


def come_back(session: Session, viewer: Viewer, agent: Agent, *, now: datetime) -> None:
    """Note that an agent is back."""
    access.require_absence_of(viewer, agent)
    _lock(session, agent)
    _settle(session, agent, now=now)
    if agent.away:
        agent.away, agent.away_until = False, None
        _noted(session, agent, "back", at=now, now=now, by=viewer.actor)


def note_returns(now: datetime) -> int:
    """Note who is back because their time is over; return how many they are."""
    over = (Agent.away, Agent.away_until <= now)
    with reading() as session:
        if session.scalar(select(Agent.id).where(*over).limit(1)) is None:
            return 0
    with transaction() as session:
        free = select(Agent).where(*over).order_by(Agent.id)
        found = session.scalars(free.with_for_update(skip_locked=True, key_share=True)).all()
        for agent in found:
            _settle(session, agent, now=now)
        return len(found)


def _settle(session: Session, agent: Agent, *, now: datetime) -> None:
    """Note a return that nobody has noted yet, once whoever else looks at the same instant."""
    until = agent.away_until
    if not agent.away or until is None or until > now:
        return
    mine = update(Agent).where(Agent.id == agent.id, Agent.away, Agent.away_until == until)
    noted = won(
        session,
        mine.values(away=False, away_until=None).execution_options(synchronize_session=False),
    )
    session.refresh(agent, ["away", "away_until"])
    if noted:
        _noted(session, agent, "back", at=until, now=now, by=SYSTEM)


def _lock(session: Session, agent: Agent) -> None:
    """Read the row again, and keep others from it until the transaction is over."""
    session.flush()  # what was changed before in the same transaction stays
    session.refresh(agent, with_for_update={"key_share": True})


def _noted(
    session: Session, agent: Agent, what: str, *, at: datetime, now: datetime, by: Actor
) -> None:
    until = agent.away_until.isoformat() if agent.away_until else None
    data = {"agent": agent.id, "name": agent.name}
    if what == "away":
        data["until"] = until
    record(session, f"agent.{what}", at=at, now=now, by=by, data=data)
