"""Where a merged ticket's matter goes on, and what has gone into a ticket.

``merged_into_id`` always names a ticket that was not merged itself: whoever merges a
ticket points what went into it at the new one (``services.desk.merging``). So every question
about merged tickets is one step and one index.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Message, Ticket
from helpdesk.services.access import Viewer, visible_tickets


def current(session: Session, ticket: Ticket) -> Ticket:
    """Return the ticket on which a matter is worked on now."""
    if ticket.merged_into_id is None:
        return ticket
    return session.get_one(Ticket, ticket.merged_into_id)


def refuse_merged(ticket: Ticket) -> None:
    """Refuse work on a ticket whose matter goes on in another one."""
    if ticket.status == "merged":
        raise Refusal("merged", _("This ticket was merged; work on the one it went into."))


def goes_on_in(session: Session, viewer: Viewer, ticket: Ticket) -> Ticket | None:
    """Return the ticket that another one was merged into, if the viewer may see it."""
    if ticket.merged_into_id is None:
        return None
    return session.scalar(
        select(Ticket).where(Ticket.id == ticket.merged_into_id, visible_tickets(viewer))
    )


def absorbed(session: Session, viewer: Viewer, ticket: Ticket) -> Sequence[Ticket]:
    """Return the tickets that were merged into one and that the viewer may see, in order."""
    return session.scalars(
        select(Ticket)
        .where(Ticket.merged_into_id == ticket.id, visible_tickets(viewer))
        .order_by(Ticket.id)
    ).all()


def said_on(session: Session, ticket: Ticket) -> ColumnElement[bool]:
    """Return the messages that were said on a ticket or on one that was merged into it."""
    return _of(session.scalars(_into(ticket)).all(), ticket)


def readable_on(session: Session, viewer: Viewer, ticket: Ticket) -> ColumnElement[bool]:
    """Return those of them that the viewer may read: who sees both tickets reads both."""
    return _of(session.scalars(_into(ticket).where(visible_tickets(viewer))).all(), ticket)


def _into(ticket: Ticket) -> Select[int]:
    return select(Ticket.id).where(Ticket.merged_into_id == ticket.id)


def _of(sources: Sequence[int], ticket: Ticket) -> ColumnElement[bool]:
    """Name the numbers: behind an OR with a query of its own no index would be used."""
    if not sources:
        return Message.ticket_id == ticket.id
    return Message.ticket_id.in_([ticket.id, *sources])
