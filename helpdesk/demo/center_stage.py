"""What the scenes of the demo's centers share: a moment, the office, and its usual verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.demo import files
from helpdesk.demo.service_time import ServiceTime
from helpdesk.extensions import transaction
from helpdesk.models import Agreement, Center, Document, Login
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.certification import agreements, center_life, center_people, documents
from helpdesk.services.certification.agreements import Terms
from helpdesk.services.certification.center_needs import Told
from helpdesk.services.desk.tickets import StoredFile

DAY = 450
"""Service minutes of a working day."""
YEAR = timedelta(days=365)
OFFICE = "李晓红"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the scenes need: a transaction, who acts for the office, and when."""

    session: Session
    office: Viewer
    now: datetime
    today: date


def perform(time: ServiceTime, at: datetime, scene: Callable[[Stage], object]) -> None:
    """Play a scene in a transaction of its own, as it was at an instant."""
    with transaction() as session:
        login = session.scalars(
            select(Login).join(Login.agent).where(Login.email.like("manager@%"))
        )
        office = access.viewer_of(login.one())
        assert office is not None
        scene(Stage(session, office, at, time.calendar.local_date(at)))


def center_of(stage: Stage, code: str) -> Center:
    """Return a center by its code."""
    return stage.session.scalars(select(Center).where(Center.code == code)).one()


def draft_signed(
    stage: Stage, center: Center, number: str, dates: tuple[date, date], legal: str
) -> Agreement:
    """Draft an agreement that both sides have signed."""
    begins, ends = dates
    signed_on = min(begins, stage.today)
    terms = Terms(number, center.region, begins, ends, signed_on, OFFICE, legal)
    return agreements.draft(
        stage.session, stage.office, center, terms, today=stage.today, now=stage.now
    )


def add_lecturer(stage: Stage, center: Center, name: str, certificate: str) -> None:
    """Add a senior lecturer with a certificate."""
    center_people.add_lecturer(
        stage.session,
        stage.office,
        center,
        name=name,
        senior=True,
        certificate_no=certificate,
        issued_on=stage.today - timedelta(days=200),
        valid_to=stage.today + timedelta(days=900),
        now=stage.now,
    )


def keep_paper(
    stage: Stage,
    center: Center,
    kind: str,
    name: str,
    *,
    by: access.Actor | None = None,
    shared: bool = False,
) -> Document:
    """Keep a paper of a center, its bytes put away."""
    file = files.attachment(name)
    current_storage().put(file.data)
    stored = StoredFile.of(file)
    by = by or stage.office.actor
    return documents.keep(
        stage.session, stored, of=center, kind=kind, by=by, shared=shared, now=stage.now
    )


def take_step(stage: Stage, center: Center, step: str, **said: Any) -> None:
    """Take a step of a center's life for the office."""
    told = Told(**said)
    center_life.take(
        stage.session, stage.office, center, step, told, seen=center.version, now=stage.now
    )
