"""Who saw or erased whose number, when and why: read by administrators."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import false, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.models import Agent, Center, PersonalAccess
from helpdesk.services.database.paging import newest_first

PAGE = 50


def listing(
    session: Session,
    *,
    agent_id: int | None = None,
    center: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[PersonalAccess], int | None]:
    """Return a page of the log, newest first, and where the next one begins, if any.

    ``center`` is a center's code; one that nobody has finds nothing.
    """
    statement = select(PersonalAccess).options(
        joinedload(PersonalAccess.center), joinedload(PersonalAccess.sealed)
    )
    if agent_id is not None:
        statement = statement.where(PersonalAccess.agent_id == agent_id)
    if center:
        known = session.scalar(select(Center.id).where(Center.code == center))
        statement = statement.where(
            PersonalAccess.center_id == known if known is not None else false()
        )
    return newest_first(session, statement, PersonalAccess.id, before=before, limit=limit)


def agents(session: Session) -> Sequence[Agent]:
    """Return everybody who stands in the log, by name."""
    seen = select(PersonalAccess.agent_id).where(PersonalAccess.agent_id == Agent.id).exists()
    return session.scalars(select(Agent).where(seen).order_by(Agent.name, Agent.id)).all()
