"""Writing and reading the append-only log of centers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Center, CenterEvent
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.certification.center_states import Standing, replay
from helpdesk.services.database.paging import newest_first

LIFE = "life."
PAGE = 50
NAMING = ("document.", "lecturer.", "person.", "teacher.")
"""Kinds whose ``name`` is that of somebody, or of a file that may say it."""
PERSONAL = ("legal_representative", "legal_phone")
"""Facts of a center that are somebody's."""


def record(
    session: Session,
    center: Center,
    kind: str,
    *,
    now: datetime,
    by: Actor,
    at: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> CenterEvent:
    """Add an event to the transaction that makes it true."""
    event = CenterEvent(
        center=center,
        kind=kind,
        at=at or now,
        recorded_at=now,
        by=by.name[:200],
        agent_id=by.agent_id or None,
        person_id=by.person_id,
        data=data or {},
    )
    session.add(event)
    return event


def page(
    session: Session, center: Center, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[CenterEvent], int | None]:
    """Return a page of a center's log, the latest first, and where to go on."""
    statement = select(CenterEvent).where(CenterEvent.center_id == center.id)
    return newest_first(session, statement, CenterEvent.id, before=before, limit=limit)


def forget_people(session: Session, center: Center) -> None:
    """Take people's names out of a center's log; what happened, when, and the steps remain.

    The office's own names stay: its staff answer for what they decided.
    """
    session.flush()
    for event in session.scalars(select(CenterEvent).where(CenterEvent.center_id == center.id)):
        if event.agent_id is None and event.by != SYSTEM.name:
            event.by, event.person_id = "", None
        data = dict(event.data)
        if event.kind.startswith(NAMING):
            data["name"] = ""
        if event.kind == "center.changed":
            data["to"] = {
                name: ["", ""] if name in PERSONAL else values
                for name, values in data.get("to", {}).items()
            }
        data.pop("invited", None)
        event.data = data


def standing(session: Session, center: Center) -> Standing:
    """Return where a center stands by its log alone.

    A center that was entered as it stood, without its application, begins there.
    """
    session.flush()
    rows = session.execute(
        select(CenterEvent.kind, CenterEvent.data)
        .where(CenterEvent.center_id == center.id)
        .order_by(CenterEvent.id)
    ).all()
    start = Standing()
    steps: list[tuple[str, bool]] = []
    for kind, data in rows:
        if kind == "center.entered":  # whatever was recorded before is corrected by it
            start, steps = Standing(data["state"], data.get("exit_by")), []
        elif kind.startswith(LIFE):
            steps.append((kind.removeprefix(LIFE), data.get("favourable", True)))
    return replay(steps, start)
