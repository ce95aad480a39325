"""A few on-site visits in every state, taken through the desk's own services."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.demo import files
from helpdesk.demo.cast import Asker, Cast, Helper
from helpdesk.demo.service_time import ServiceTime
from helpdesk.extensions import transaction
from helpdesk.models import Agent, Login, Visit
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.desk import tickets
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.identity import people
from helpdesk.services.onsite import visit_requests, visits
from helpdesk.services.onsite.visit_dates import Span
from helpdesk.services.onsite.visit_requests import VisitQuestion
from sla.calendar import Calendar

REPLY_AFTER = 60
ANSWER_AFTER = 120


@dataclass(frozen=True, slots=True)
class _Scene:
    """One visit of the table, and who plays in it."""

    row: dict[str, Any]
    asker: Asker
    helper: Helper
    asked: datetime
    spans: list[Span]


def play(cast: Cast, time: ServiceTime) -> None:
    """Ask for every visit of the table and bring it to its state."""
    table = tomllib.loads((Path(__file__).parent / "visits.toml").read_text(encoding="utf-8"))
    for number, row in enumerate(table["visit"]):
        helper = next(h for h in cast.helpers if h.viewer.name == row["agent"])
        asked = time.ago(row["asked_minutes_ago"])
        spans = [_span(time.calendar, time.now, *when) for when in row["dates"]]
        _bring(_Scene(row, cast.askers[row["by"]], helper, asked, spans), number, time)


def _bring(scene: _Scene, number: int, time: ServiceTime) -> None:
    row, helper = scene.row, scene.helper.viewer
    ticket = visit_requests.ask(scene.asker.handle, _question(scene, number), now=scene.asked)
    if row["state"] == "requested":
        return
    said = time.later(scene.asked, REPLY_AFTER)
    with transaction() as session:
        visit = _visit(session, ticket)
        agent = session.get_one(Agent, helper.agent_id)
        tickets.assign(session, visit.ticket, agent, now=said, by=helper.actor)
        away = {"days_before": row.get("before", 0), "days_after": row.get("after", 0)}
        visits.assign(session, helper, visit, agent, seen=visit.version, now=said, **away)
        visits.propose(session, helper, visit, scene.spans, seen=visit.version, now=said)
    if row["state"] == "proposed":
        return
    answered = time.later(said, ANSWER_AFTER)
    with transaction() as session:
        visit = _visit(session, ticket)
        center = _contact(session, scene.asker, answered)
        chosen = visit.open_dates[0].id
        visits.accept(session, center, visit, chosen, seen=visit.version, now=answered)
    if row["state"] == "done":
        _report(scene, ticket)


def _report(scene: _Scene, ticket: int) -> None:
    photos = [files.attachment(name) for name in scene.row["photos"]]
    for photo in photos:
        current_storage().put(photo.data)
    with transaction() as session:
        visit = _visit(session, ticket)
        assert visit.ends_at is not None
        visits.report(
            session,
            scene.helper.viewer,
            visit,
            done=scene.row["done"],
            findings=scene.row["findings"],
            signed_by=scene.asker.name,
            files=[StoredFile.of(photo) for photo in photos],
            status="resolved",
            seen=visit.version,
            now=visit.ends_at,
        )


def _question(scene: _Scene, number: int) -> VisitQuestion:
    row, asker = scene.row, scene.asker
    wished = scene.spans if row["state"] == "requested" else []
    return VisitQuestion(
        submission=f"demo visit {number}",
        subject=row["subject"],
        place=row["place"],
        purpose=row["purpose"],
        contact=asker.name,
        phone=asker.phone or "4008101234",
        dates=wished,
        topic=row["topic"],
    )


def _span(calendar: Calendar, now: datetime, workdays: int, half: int) -> Span:
    """Return the morning (0) or the last opening (-1) of a workday, counted from today."""
    day = calendar.local_date(now)
    left = abs(workdays)
    while left or not calendar.intervals_on(day):
        day += timedelta(days=1 if workdays > 0 else -1)
        left -= bool(calendar.intervals_on(day)) if left else 0
    return calendar.intervals_on(day)[half]


def _visit(session: Session, ticket: int) -> Visit:
    return session.scalars(select(Visit).where(Visit.ticket_id == ticket)).one()


def _contact(session: Session, asker: Asker, now: datetime) -> Viewer:
    """Return the contact as somebody signed in, account or not."""
    handle = Handle("email", asker.handle.value, asker.name)
    person = people.person_for(session, handle, now=now)
    login = session.scalar(select(Login).where(Login.person_id == person.id))
    known = access.viewer_of(login) if login else None
    return known or Viewer(
        0, "center", asker.name, asker.handle.value, None, person.id, person.center_id
    )
