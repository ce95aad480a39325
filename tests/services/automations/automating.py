"""Automations for tests, written as administrators write them."""

from __future__ import annotations

from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Event, Ticket
from helpdesk.services.automations import automations
from helpdesk.services.automations.automations import Draft


def automation(session, name="Sort", occasion="arrival", *, conditions=None, **does) -> int:
    """Save an automation and return its id; ``conditions`` are lists of values by name."""
    wanted = {key: tuple(allowed) for key, allowed in (conditions or {}).items()}
    with transaction():
        return automations.save(session, None, Draft(name, occasion, wanted, **does)).id


def applied(session, number: int) -> list[tuple[str, dict, list[str]]]:
    """Return which automations the log of a ticket names, what each set and whom it told."""
    rows = session.scalars(
        select(Event)
        .where(Event.ticket_id == number, Event.kind == "automation.applied")
        .order_by(Event.id)
    )
    return [(row.by, row.data["set"], row.data["told"]) for row in rows]


def looks(session, number: int, *names: str) -> tuple:
    """Return some properties of a ticket as the database has them."""
    session.rollback()
    ticket = session.get_one(Ticket, number)
    return tuple(getattr(ticket, name) for name in names)
