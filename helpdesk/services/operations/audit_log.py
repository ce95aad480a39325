"""The audit log as administrators read it: who changed which setting, from what to what."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Agent, SettingChange
from helpdesk.services.access import Viewer, require_admin
from helpdesk.services.database.paging import newest_first

PAGE = 50


def listing(
    session: Session,
    viewer: Viewer,
    *,
    kind: str | None = None,
    agent_id: int | None = None,
    before: int | None = None,
) -> tuple[Sequence[SettingChange], int | None]:
    """Return a page of the log, newest first, and where the next one begins, if any."""
    require_admin(viewer)
    statement = select(SettingChange)
    if kind:
        statement = statement.where(SettingChange.kind == kind)
    if agent_id is not None:
        statement = statement.where(SettingChange.agent_id == agent_id)
    return newest_first(session, statement, SettingChange.id, before=before, limit=PAGE)


def agents(session: Session) -> Sequence[Agent]:
    """Return everybody who stands in the log, by name."""
    seen = select(SettingChange.id).where(SettingChange.agent_id == Agent.id).exists()
    return session.scalars(select(Agent).where(seen).order_by(Agent.name, Agent.id)).all()
