"""Setting several properties of a ticket in one save, each by its own verb."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, Group, Ticket
from helpdesk.runtime import current_config
from helpdesk.services.access import Viewer, require_staff
from helpdesk.services.database import row_numbers
from helpdesk.services.desk import bulk, notices, tickets
from helpdesk.services.promises import immediate

PLAIN = ("subject", "priority", "topic", "request_type")


def change(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    values: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Set what ``values`` names; an empty text takes a value off. Raises Refusal.

    Known names are ``subject``, ``priority``, ``topic``, ``request_type``,
    ``status``, ``assignee`` and ``group`` (ids), ``center`` (a code), and ``immediate``.
    """
    require_staff(viewer)
    by = viewer.actor
    for name in PLAIN:
        if name in values:
            value = values[name].strip() or None
            allowed = _configured(name, ticket)
            tickets.set_property(session, ticket, name, value, now=now, by=by, allowed=allowed)
    if "immediate" in values:
        marked = bool(values["immediate"].strip())
        immediate.mark(session, ticket, immediate=marked, now=now, by=by)
    if "center" in values:
        tickets.set_center(session, ticket, center_for(session, values["center"]), now=now, by=by)
    if "group" in values:
        tickets.move_to_group(session, ticket, _group(session, values["group"]), now=now, by=by)
    if "assignee" in values:
        agent = bulk.agent_for(session, values["assignee"])
        # someone who left keeps the tickets they have; only a change is judged
        if agent is not ticket.assignee:
            tickets.assign(session, ticket, agent, now=now, by=by)
            notices.assigned(session, ticket, now=now, by_agent=viewer.agent_id)
    if values.get("status"):
        tickets.set_status(session, ticket, values["status"], now=now, by=by)


def _configured(name: str, ticket: Ticket) -> tuple[str, ...] | None:
    """Return the codes of the configuration, and the ticket's own even if taken off the list."""
    config = current_config()
    choices = {"topic": config.topics, "request_type": config.request_types}.get(name)
    if choices is None:
        return None
    kept = getattr(ticket, name)
    return (*(choice.code for choice in choices), *((kept,) if kept else ()))


def center_for(session: Session, text: str) -> Center | None:
    """Return the center of a code; people may have picked ``CODE · name`` from the list."""
    code = text.partition("·")[0].strip()
    if not code:
        return None
    center = session.scalar(select(Center).where(Center.code == code))
    if center is None:
        raise Refusal("no_center", _("There is no center with this code."), field="center")
    return center


def _group(session: Session, text: str) -> Group | None:
    if not text:
        return None
    number = row_numbers.written(text)
    group = session.get(Group, number) if number is not None else None
    if group is None:
        raise Refusal("no_group", _("Choose one of the groups offered."), field="group")
    return group
