"""What the worker looks after once an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from helpdesk.extensions import transaction
from helpdesk.models import Notification, Throttle
from helpdesk.services import calendars, call_import, call_sums, microblogs, notices, request_meters

READ_NOTIFICATIONS_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=1)
NEXT_YEAR_ASKED_FROM = 10  # the State Council publishes next year's days in autumn


def run(*, now: datetime) -> None:
    """Forget what is over and ask for the days of years that are not known."""
    with transaction() as session:
        session.execute(delete(Throttle).where(Throttle.window_start < now - THROTTLES_KEPT))
        session.execute(
            delete(Notification).where(Notification.read_at < now - READ_NOTIFICATIONS_KEPT)
        )
        ask_for_unknown_years(session, now=now)
        microblogs.warn_of_expiry(session, now=now)
        request_meters.forget_old(session, now=now)
    call_import.give_up(now=now)
    call_sums.settle(now=now)


def ask_for_unknown_years(session: Session, *, now: datetime) -> list[int]:
    """Tell the administrators once a day which year's days off are missing."""
    calendar = calendars.default_calendar(session)
    official = {row.year for row in calendar.years if row.mark == "official"}
    wanted = [now.year] + ([now.year + 1] if now.month >= NEXT_YEAR_ASKED_FROM else [])
    missing = [year for year in wanted if year not in official]
    for year in missing:
        notices.year_unknown(session, year, now=now)
    return missing
