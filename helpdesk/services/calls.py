"""Calls of the hotline, to look at and to count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.models import Call, Person
from helpdesk.services import calendars
from helpdesk.services.access import Viewer, require_staff

PAGE = 50
MOST_NAMES = 200
Which = Literal["all", "missed", "answered", "outside"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls to list; empty means all."""

    which: Which = "all"
    first: date | None = None
    last: date | None = None
    queue: str = ""
    agent: str = ""


def listing(
    session: Session,
    viewer: Viewer,
    chosen: Filter | None = None,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Call], int | None]:
    """Return a page of calls, the latest first, and the call to go on before, if there are more."""
    require_staff(viewer)
    statement = (
        select(Call)
        .options(joinedload(Call.person).joinedload(Person.center), joinedload(Call.account))
        .where(*_conditions(session, chosen or Filter()))
        .order_by(Call.arrived_at.desc(), Call.id.desc())
        .limit(limit + 1)
    )
    last = session.get(Call, before) if before is not None else None
    if last is not None:
        behind = and_(Call.arrived_at == last.arrived_at, Call.id < last.id)
        statement = statement.where(or_(Call.arrived_at < last.arrived_at, behind))
    rows = session.scalars(statement).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _conditions(session: Session, chosen: Filter) -> list[ColumnElement[bool]]:
    _, calendar = calendars.default_version(session)
    found: list[ColumnElement[bool]] = []
    if chosen.first:
        found.append(Call.arrived_at >= datetime.combine(chosen.first, time(), calendar.zone))
    if chosen.last:
        after = chosen.last + timedelta(days=1)
        found.append(Call.arrived_at < datetime.combine(after, time(), calendar.zone))
    if chosen.queue:
        found.append(Call.queue == chosen.queue)
    if chosen.agent:
        found.append(Call.agent == chosen.agent)
    if chosen.which == "missed":
        found += [Call.outcome.is_not(None), Call.answered_at.is_(None)]
    elif chosen.which == "answered":
        found.append(Call.answered_at.is_not(None))
    elif chosen.which == "outside":
        found.append(Call.in_hours.is_(False))
    return found
