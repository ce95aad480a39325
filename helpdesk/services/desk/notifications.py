"""Word for an agent inside the desk: listed, opened, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import NotFound
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Notification, Target
from helpdesk.services.access import Viewer
from helpdesk.services.promises import clock_log, promise_notices

PAGE = 50


@dataclass(frozen=True, slots=True)
class Promised:
    """The promise that a notification is about; ``left``: of it at that moment, service minutes."""

    metric: str
    due_at: datetime
    left: float


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


def promised(session: Session, rows: Sequence[Notification]) -> Mapping[int, Promised]:
    """Return what each warning and each word of a breach is about, by notification.

    What is owed no more has no deadline and is left out.
    """
    about = {row.id: number for row in rows if (number := promise_notices.target_of(row))}
    due = select(Target).where(Target.id.in_(about.values()), Target.due_at.is_not(None))
    targets = {target.id: target for target in session.scalars(due)}
    found = {}
    for row in rows:
        target = targets.get(about.get(row.id, 0))
        if target is not None and target.due_at is not None:
            calendar = clock_log.calendar_of(session, target)
            left = calendar.elapsed(row.created_at, target.due_at)
            found[row.id] = Promised(target.metric, target.due_at, left)
    return found


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
