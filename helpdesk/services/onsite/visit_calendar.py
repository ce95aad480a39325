"""Visits as a calendar: for the whole desk, and for one agent behind a secret address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from helpdesk.errors import NotFound
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Login, Ticket, Visit, VisitDate
from helpdesk.services.access import Viewer, require_staff, visible_visits
from helpdesk.services.onsite.visit_states import OPEN

PAGE = 50
MOST_OPEN = 300
FEED_PAST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Slot:
    """A visit at a time: agreed (or done), or only proposed."""

    visit: Visit
    starts_at: datetime
    ends_at: datetime
    agreed: bool


def between(
    session: Session,
    viewer: Viewer,
    first: datetime,
    last: datetime,
    *,
    agent_id: int | None = None,
) -> tuple[list[Slot], Sequence[Visit]]:
    """Return what lies between two instants in the order of time, and who is on the road then."""
    require_staff(viewer)
    theirs = (visible_visits(viewer), _of_agent(agent_id))
    agreed = session.scalars(
        select(Visit)
        .where(
            Visit.state.in_(("confirmed", "done")),
            Visit.away_from < last,
            Visit.away_until > first,
            *theirs,
        )
        .options(*_WITH_FACES)
        .order_by(Visit.starts_at, Visit.id)
    ).all()
    proposed = session.scalars(
        select(VisitDate)
        .join(VisitDate.visit)
        .where(
            VisitDate.state == "open",
            VisitDate.starts_at < last,
            VisitDate.ends_at > first,
            Visit.state.in_(OPEN),
            *theirs,
        )
        .options(contains_eager(VisitDate.visit).options(*_WITH_FACES))
    ).all()
    slots = [Slot(date.visit, date.starts_at, date.ends_at, agreed=False) for date in proposed]
    slots += [
        Slot(visit, visit.starts_at, visit.ends_at, agreed=True)
        for visit in agreed
        if visit.starts_at and visit.ends_at and visit.starts_at < last and visit.ends_at > first
    ]
    return sorted(slots, key=lambda slot: (slot.starts_at, slot.visit.id)), agreed


def open_visits(session: Session, viewer: Viewer, *, agent_id: int | None = None) -> list[Visit]:
    """Return visits that are not over: by their date, those without one first."""
    require_staff(viewer)
    rows = session.scalars(
        select(Visit)
        .where(Visit.state.in_(OPEN), visible_visits(viewer), _of_agent(agent_id))
        .options(*_WITH_FACES, selectinload(Visit.dates))
        .order_by(Visit.created_at, Visit.id)
        .limit(MOST_OPEN)
    )
    return sorted(rows, key=lambda v: (v.starts_at is not None, v.starts_at or v.created_at, v.id))


def past_visits(
    session: Session, viewer: Viewer, *, agent_id: int | None = None, before: int | None = None
) -> tuple[Sequence[Visit], int | None]:
    """Return visits that are over, the latest first, and where the page after begins."""
    require_staff(viewer)
    rows = session.scalars(
        select(Visit)
        .where(
            Visit.state.not_in(OPEN),
            visible_visits(viewer),
            _of_agent(agent_id),
            Visit.id < before if before else true(),
        )
        .options(*_WITH_FACES)
        .order_by(Visit.id.desc())
        .limit(PAGE + 1)
    ).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def reset_token(session: Session, viewer: Viewer, *, wanted: bool = True) -> None:
    """Give an agent's calendar a new secret address, or none; the old one ends at once."""
    require_staff(viewer)
    agent = session.get_one(Agent, viewer.agent_id)
    agent.calendar_token = token_urlsafe(32) if wanted else None


def token_of(session: Session, viewer: Viewer) -> str | None:
    """Return the secret part of the viewer's own calendar's address."""
    require_staff(viewer)
    return session.scalar(select(Agent.calendar_token).where(Agent.id == viewer.agent_id))


@dataclass(frozen=True, slots=True)
class Feed:
    """An agent's own calendar, and the language they read."""

    agent: Agent
    locale: str | None
    visits: Sequence[Visit]


def feed(session: Session, token: str, *, now: datetime) -> Feed:
    """Return the calendar that a token opens: the agreed visits of its agent.

    Visits that were called off with a date stay in it for a while, so that calendars
    which hold them already learn of it. Raises NotFound.
    """
    agent = session.scalar(select(Agent).where(Agent.calendar_token == token, Agent.active))
    if agent is None:
        raise NotFound("no_calendar_feed", _("There is no calendar at this address."))
    rows = session.scalars(
        select(Visit)
        .where(
            Visit.agent_id == agent.id,
            Visit.state.in_(("confirmed", "done", "cancelled")),
            Visit.away_until > now - FEED_PAST,
        )
        .options(joinedload(Visit.ticket), joinedload(Visit.center))
        .order_by(Visit.starts_at, Visit.id)
    )
    locale = session.scalar(select(Login.locale).where(Login.agent_id == agent.id))
    return Feed(agent, locale, rows.all())


_WITH_FACES = (
    joinedload(Visit.ticket).joinedload(Ticket.requester),
    joinedload(Visit.center),
    joinedload(Visit.agent),
)


def _of_agent(agent_id: int | None) -> ColumnElement[bool]:
    if agent_id is None:
        return true()
    return Visit.agent_id == agent_id
