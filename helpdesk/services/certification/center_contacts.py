"""How a center was in touch with the office: its tickets, calls and visits, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk.models import Call, Center, Person, Ticket, Visit
from helpdesk.services.access import Viewer, require_staff, visible_tickets, visible_visits
from helpdesk.services.database.paging import newest_first
from helpdesk.services.hotline import calls as hotline

PAGE = 30


def tickets(
    session: Session, viewer: Viewer, center: Center, *, before: int | None = None
) -> tuple[Sequence[Ticket], int | None]:
    """Return a page of a center's tickets, and where to go on."""
    statement = (
        select(Ticket)
        .where(Ticket.center_id == center.id, visible_tickets(viewer))
        .options(joinedload(Ticket.requester).selectinload(Person.addresses))
        .options(joinedload(Ticket.assignee))
    )
    return newest_first(session, statement, Ticket.id, before=before, limit=PAGE)


def visits(
    session: Session, viewer: Viewer, center: Center, *, before: int | None = None
) -> tuple[Sequence[Visit], int | None]:
    """Return a page of the visits to a center, and where to go on."""
    statement = (
        select(Visit)
        .where(Visit.center_id == center.id, visible_visits(viewer))
        .options(joinedload(Visit.ticket), joinedload(Visit.agent))
    )
    return newest_first(session, statement, Visit.id, before=before, limit=PAGE)


def calls(
    session: Session, viewer: Viewer, center: Center, *, before: int | None = None
) -> tuple[Sequence[Call], int | None]:
    """Return a page of the calls with people of a center, and where to go on."""
    require_staff(viewer)
    theirs = select(Person.id).where(Person.center_id == center.id)
    return hotline.page(session, [Call.person_id.in_(theirs)], before=before, limit=PAGE)
