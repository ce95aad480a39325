"""Word for an agent inside the desk: listed, opened, and read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import NotFound
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Notification
from helpdesk.services.access import Viewer

PAGE = 50


def listing(
    session: Session, viewer: Viewer, *, before: int | None = None, limit: int = PAGE
) -> Sequence[Notification]:
    """Return the viewer's own notifications, newest first, up to one more than ``limit``."""
    statement = (
        select(Notification)
        .where(Notification.agent_id == viewer.agent_id)
        .options(joinedload(Notification.ticket))
        .order_by(Notification.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(Notification.id < before)
    return session.scalars(statement).all()


def read(session: Session, viewer: Viewer, number: int, *, now: datetime) -> Notification:
    """Mark one as read and return it; somebody else's is not there."""
    found = session.get(Notification, number)
    if found is None or found.agent_id != viewer.agent_id:
        raise NotFound("no_notification", _("There is no such notification."))
    found.read_at = found.read_at or now
    return found


def read_all(session: Session, viewer: Viewer, *, up_to: int, now: datetime) -> None:
    """Mark all as read that the viewer has seen: up to the newest that was listed."""
    session.execute(
        update(Notification)
        .where(
            Notification.agent_id == viewer.agent_id,
            Notification.id <= up_to,
            Notification.read_at.is_(None),
        )
        .values(read_at=now)
    )
