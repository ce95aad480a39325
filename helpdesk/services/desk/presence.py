"""Who else has a ticket before them, and who is typing there (BEHAVIOURS 31).

A browser says so every few seconds while the page is in sight; whoever has not said so for
a while is gone, with nobody having to say goodbye. It is a courtesy between colleagues: what
keeps two answers from crossing is asked when they are sent (``replies.check_seen``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk.models import Agent, Presence, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.database.inserting import insert_into

LASTS = timedelta(seconds=40)
"""Longer than two of the browser's words, so that one lost on the way makes nobody vanish."""
TYPING_LASTS = timedelta(seconds=25)
KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Present:
    """A colleague who has the ticket before them."""

    name: str
    typing: bool


def note(session: Session, ticket: Ticket, viewer: Viewer, *, typing: bool, now: datetime) -> None:
    """Note that an agent has a ticket before them, and whether they type there."""
    if viewer.agent_id is None:
        return
    fresh = {"seen_at": now, **({"typed_at": now} if typing else {})}
    session.execute(
        insert_into(session, Presence)
        .values(ticket_id=ticket.id, agent_id=viewer.agent_id, **fresh)
        .on_conflict_do_update(index_elements=["ticket_id", "agent_id"], set_=fresh)
    )


def leave(session: Session, ticket: Ticket, viewer: Viewer) -> None:
    """Forget that an agent has a ticket before them: what they typed is sent."""
    session.execute(
        delete(Presence).where(
            Presence.ticket_id == ticket.id, Presence.agent_id == viewer.agent_id
        )
    )


def others(session: Session, ticket: Ticket, viewer: Viewer, *, now: datetime) -> Sequence[Present]:
    """Return who else has the ticket before them, who types first."""
    rows = session.execute(
        select(Agent.name, Presence.typed_at)
        .join(Agent, Agent.id == Presence.agent_id)
        .where(
            Presence.ticket_id == ticket.id,
            Presence.agent_id != (viewer.agent_id or 0),
            Presence.seen_at > now - LASTS,
        )
        .order_by(Agent.name)
    )
    found = [Present(name, at is not None and at > now - TYPING_LASTS) for name, at in rows]
    return sorted(found, key=lambda present: not present.typing)


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget who had a ticket before them long ago."""
    session.execute(delete(Presence).where(Presence.seen_at < now - KEPT))
