"""When hours or days off change, open deadlines follow; closed ones stay (BEHAVIOURS 12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import PolicyRecord, ServiceCalendar, Target
from helpdesk.services import calendars, clocks
from helpdesk.services.access import SYSTEM, Actor
from sla.policy import Promise

PAGE = 500


def follow_calendar(
    session: Session, calendar: ServiceCalendar, *, now: datetime, by: Actor = SYSTEM
) -> int:
    """Keep the calendar's new version and recompute unfinished targets; return how many."""
    version = calendars.save_version(session, calendar, now=now)
    moved = after = 0
    while True:
        targets = session.scalars(
            select(Target)
            .join(PolicyRecord, Target.policy_id == PolicyRecord.id)
            .where(
                Target.id > after,
                Target.state.in_(clocks.UNFINISHED),
                Target.calendar_version_id != version.id,
                PolicyRecord.calendar_id == calendar.id,
            )
            .order_by(Target.id)
            .limit(PAGE)
        ).all()
        for target in targets:
            promise = Promise.from_json(target.promise)
            clocks.reschedule(session, target, promise, version.id, now=now, by=by)
            clocks.refresh_queue(target.ticket)
            moved += 1
        if not targets:
            return moved
        after = targets[-1].id
        session.flush()
