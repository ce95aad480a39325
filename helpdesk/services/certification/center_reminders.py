"""When somebody is reminded of a center, and of what: one index, ``center.next_at``.

The days are the operator's (``HELPDESK_CENTER_REMINDER_DAYS``), counted in service days,
because the office's rules set none. When a reminder comes depends on the record alone:
on since when it stands where it stands, and on its dates. So it may be planned as often
as anything changes, and nothing that waits is put off by what else happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Center, Remittance
from helpdesk.runtime import current_config
from helpdesk.services.certification.center_states import SERVING
from helpdesk.services.hours import calendars
from helpdesk.services.onsite.visit_reminders import days_before
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
REVIEWERS = ("preliminary", "site_visit")
"""What waits for a channel manager; everything else is the office's."""


def plan(session: Session, center: Center, *, now: datetime) -> None:
    """Set when somebody is reminded next, and of what."""
    session.flush()
    coming = topics(session, center, now=now)
    center.next_at, center.reminder = min(coming) if coming else (None, None)


def topics(session: Session, center: Center, *, now: datetime) -> list[tuple[datetime, str]]:
    """Return what somebody is reminded of after ``now``, and when each of it comes next."""
    if center.merged_into_id is not None:
        return []  # the record that it went into waits for somebody now
    calendar = calendars.default(session)
    try:
        return _topics(session, calendar, center, now)
    except NeverOpens:  # a desk that closes for good reminds nobody
        return []


def age(calendar: Calendar, center: Center, *, now: datetime) -> float:
    """Return for how many service days a center has stood where it stands."""
    return calendar.elapsed(center.state_since, now) / calendar.workday_minutes()


def _topics(
    session: Session, calendar: Calendar, center: Center, now: datetime
) -> list[tuple[datetime, str]]:
    days = current_config().center_reminder_days
    found = []
    waiting = WAITING.get(center.state)
    if waiting is not None:
        found.append((_every(calendar, center.state_since, days[waiting], now), waiting))
    if center.state == "authorized":
        dates = {"agreement_ends": center.agreement_to, "review_due": center.review_due_on}
        for what, day in dates.items():
            if day is not None:
                found.append((_before(calendar, day, days[what], days["again"], now), what))
    if center.state in (*SERVING, "exit_processing"):
        exam = _unsettled(session, center)
        if exam is not None:
            found.append((_before(calendar, exam, 0, days["again"], now), "remittance_late"))
    return found


def _every(calendar: Calendar, since: datetime, days: int, now: datetime) -> datetime:
    """Return the next of the instants that lie whole spans of service days behind ``since``."""
    span = days * calendar.workday_minutes()
    passed = int(calendar.elapsed(since, now) // span)
    return calendar.add_minutes(since, (passed + 1) * span)


def _before(calendar: Calendar, day: date, days: int, again: int, now: datetime) -> datetime:
    """Return the opening so many service days before a day; once it is over, again and again."""
    noon = datetime.combine(day, time(12), calendar.zone)
    first = days_before(calendar, noon, days)
    return first if first > now else _every(calendar, first, again, now)


def _unsettled(session: Session, center: Center) -> date | None:
    """Return the day of the earliest exam whose fees are not wholly with the office."""
    return session.scalar(
        select(Remittance.exam_on)
        .where(Remittance.center_id == center.id, Remittance.confirmed_on.is_(None))
        .order_by(Remittance.exam_on)
        .limit(1)
    )
