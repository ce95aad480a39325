"""Which ticket a post belongs to: what it answers, then the conversation that it is part of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import IncomingMessage
from channels.microblog.posts import is_private
from helpdesk.models import PostThread, Ticket
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.desk import merged

LONGEST_KEY = 200
OVER_AFTER = timedelta(hours=48)
"""A private message this long after a matter was settled begins another one."""


def ticket_of(session: Session, message: IncomingMessage) -> Ticket | None:
    """Return the ticket that a post continues; None when it begins one."""
    keys = [message.identity, *message.thread_keys]
    session.flush()
    rows = session.execute(
        select(PostThread.key, Ticket).join(PostThread.ticket).where(PostThread.key.in_(keys))
    )
    known = {row[0]: row[1] for row in rows}
    found = next((merged.current(session, known[key]) for key in keys if key in known), None)
    if found is not None and is_private(message.identity) and _is_over(found, message):
        return None  # whoever writes in private always writes in the same conversation
    return found


def remember(session: Session, ticket: Ticket, keys: Iterable[str]) -> None:
    """Let what answers these, or belongs to them, come to the ticket."""
    rows = [{"key": key[:LONGEST_KEY], "ticket_id": ticket.id} for key in keys if key]
    if not rows:
        return
    session.flush()  # the ticket may be new
    statement = insert_into(session, PostThread).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"ticket_id": statement.excluded.ticket_id}
        )
    )


def keys_of(message: IncomingMessage) -> tuple[str, ...]:
    """Return what an incoming post is known by: itself, and its conversation."""
    return tuple(dict.fromkeys((message.identity, *message.thread_keys[-1:])))


def _is_over(ticket: Ticket, message: IncomingMessage) -> bool:
    settled = ticket.status in ("resolved", "closed")
    return settled and message.happened_at - ticket.updated_at > OVER_AFTER
