"""When somebody is reminded of a center, and of what: one index, ``center.next_at``.

The days are the operator's (``HELPDESK_…_DAYS``), counted in service days, because the
office's rules set none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from sqlalchemy.orm import Session

from helpdesk.models import Center
from helpdesk.runtime import current_config
from helpdesk.services import calendars
from helpdesk.services.visit_reminders import days_before
from sla.calendar import Calendar, NeverOpens

WAITING: Mapping[str, str] = {
    "submitted": "preliminary",
    "site_visit": "site_visit",
    "filed": "forward",
    "joint_review": "opinions",
    "approved": "sign",
    "contracted": "training",
    "trained": "grant",
    "exit_requested": "exit_decision",
    "exit_processing": "closing_duties",
}
"""By state: what waits for somebody."""


def plan(session: Session, center: Center, *, now: datetime) -> None:
    """Set when somebody is reminded next; a step or a reminder counts from ``now``."""
    _version, calendar = calendars.default_version(session)
    try:
        center.reminder, center.next_at = _next(calendar, center, now)
    except NeverOpens:  # a desk that closes for good reminds nobody
        center.reminder, center.next_at = None, None


def _next(calendar: Calendar, center: Center, now: datetime) -> tuple[str | None, datetime | None]:
    config = current_config()
    waiting = WAITING.get(center.state)
    if waiting is not None:
        days = config.center_reminder_days[waiting]
        return waiting, calendar.add_minutes(now, days * calendar.workday_minutes())
    if center.state != "authorized":
        return None, None
    dates = {"agreement_ends": center.agreement_to, "review_due": center.review_due_on}
    coming = []
    for what, day in dates.items():
        if day is None:
            continue
        noon = datetime.combine(day, time(12), calendar.zone)
        at = days_before(calendar, noon, config.center_reminder_days[what])
        if at <= now:  # it was said already, or is late: again every so many days
            again = config.center_reminder_days["again"] * calendar.workday_minutes()
            at = calendar.add_minutes(now, again)
        coming.append((at, what))
    if not coming:
        return None, None
    at, what = min(coming)
    return what, at
