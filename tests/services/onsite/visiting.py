"""A desk on which a center has asked for a visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from channels.message import Handle
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Event, Visit
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.onsite import visit_requests, visits
from helpdesk.services.onsite.visit_requests import VisitQuestion
from tests.web.pages import at

WANG = "wang@college.test"


def span(text: str) -> tuple[datetime, datetime]:
    """Return a date of November 2026 in Shanghai, written ``26 9:00-12:00``."""
    day, _, hours = text.partition(" ")
    first, _, last = hours.partition("-")
    return at(f"{day} {first}"), at(f"{day} {last}")


def question(**changes) -> VisitQuestion:
    usual = {
        "submission": "a" * 32,
        "subject": "考场验收",
        "place": "成都市武侯区 3 号楼",
        "purpose": "请来看看新的考场。",
        "contact": "王芳",
        "phone": "138 0013 8000",
        "topic": "venue_decoration",
    }
    return VisitQuestion(**{**usual, **changes})


def asked(session, wang: Viewer, now: datetime, *dates: str, **changes) -> Visit:
    """Let a center's contact ask for a visit and return it."""
    handle = Handle("email", wang.email, wang.name)
    wished = [span(text) for text in dates]
    number = visit_requests.ask(handle, question(dates=wished, **changes), now=now)
    session.rollback()
    return session.scalars(select(Visit).where(Visit.ticket_id == number)).one()


def step(session, name: str, viewer: Viewer, visit_id: int, *args, now: datetime, **more) -> Visit:
    """Take a step as a page does it, in a transaction of its own."""
    session.rollback()
    with transaction():
        visit = session.get_one(Visit, visit_id)
        visit = access.visit_for(session, viewer, visit.ticket_id, visit_id)
        more.setdefault("seen", visit.version)
        getattr(visits, name)(session, viewer, visit, *args, now=now, **more)
    session.rollback()
    return session.get_one(Visit, visit_id)


def date_ids(session, visit_id: int) -> list[int]:
    session.rollback()
    return [date.id for date in session.get_one(Visit, visit_id).open_dates]


def proposed(session, chen: Viewer, visit: Visit, *dates: str, now: datetime) -> Visit:
    return step(session, "propose", chen, visit.id, [span(text) for text in dates], now=now)


def agreed(session, chen: Viewer, wang: Viewer, visit: Visit, date: str, *, now) -> Visit:
    """Propose one date, let the center accept it, and send the agent."""
    proposed(session, chen, visit, date, now=now)
    step(session, "accept", wang, visit.id, date_ids(session, visit.id)[0], now=now)
    return sent(session, chen, visit, chen, now=now)


def sent(session, chen: Viewer, visit: Visit, who: Viewer | None, *, now, **more) -> Visit:
    session.rollback()
    agent = session.get_one(Agent, who.agent_id) if who else None
    return step(session, "assign", chen, visit.id, agent, now=now, **more)


def kinds(session, visit: Visit) -> list[str]:
    """Return the kinds of the visit's events in order."""
    session.rollback()
    rows = session.scalars(
        select(Event.kind)
        .where(Event.ticket_id == visit.ticket_id, Event.kind.startswith("visit."))
        .order_by(Event.id)
    )
    return [kind.removeprefix("visit.") for kind in rows]
