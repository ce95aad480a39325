"""Work on several tickets at once, each with the same rules as alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Ticket
from helpdesk.services.access import Viewer, require_staff, visible_tickets
from helpdesk.services.database import row_numbers
from helpdesk.services.desk import notices, tickets

MOST = 200
NOBODY = "none"


def change(
    session: Session,
    viewer: Viewer,
    numbers: Sequence[int],
    *,
    assignee: str | None = None,
    status: str | None = None,
    now: datetime,
) -> int:
    """Assign tickets and set their status; return how many there were.

    ``assignee`` is an agent's id, ``none`` for nobody, or None to leave it.
    Merged tickets are left alone.
    """
    require_staff(viewer)
    if len(numbers) > MOST:
        raise Refusal(
            "too_many_tickets", _("At most %(n)s tickets can be changed at once.", n=MOST)
        )
    agent = agent_for(session, assignee)
    found = session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(numbers), visible_tickets(viewer), Ticket.status != "merged")
        .order_by(Ticket.id)  # two who change the same tickets must lock them in one order
    ).all()
    for ticket in found if (assignee or status) else ():
        if assignee is not None:
            tickets.assign(session, ticket, agent, now=now, by=viewer.actor)
            notices.assigned(session, ticket, now=now, by_agent=viewer.agent_id)
        if status is not None:
            tickets.set_status(session, ticket, status, now=now, by=viewer.actor)
    return len(found) if (assignee or status) else 0


def agent_for(session: Session, assignee: str | None) -> Agent | None:
    """Return the agent of a form's choice; raise Refusal for one that is not there."""
    if assignee is None or assignee in (NOBODY, ""):
        return None
    number = row_numbers.written(assignee)
    agent = session.get(Agent, number) if number is not None else None
    if agent is None:
        raise Refusal("no_agent", _("Choose one of the agents offered."), field="assignee")
    return agent
