"""What the worker looks after once an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from helpdesk.extensions import transaction
from helpdesk.models import Notification, Throttle
from helpdesk.services import (
    article_votes,
    call_import,
    call_sums,
    microblogs,
    presence,
    request_meters,
    years,
)
from helpdesk.services.personal import retention

READ_NOTIFICATIONS_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=1)


def run(*, now: datetime) -> None:
    """Forget what is over and ask for the days of years that are not known."""
    with transaction() as session:
        session.execute(delete(Throttle).where(Throttle.window_start < now - THROTTLES_KEPT))
        session.execute(
            delete(Notification).where(Notification.read_at < now - READ_NOTIFICATIONS_KEPT)
        )
        years.ask(session, now=now)
        microblogs.warn_of_expiry(session, now=now)
        request_meters.forget_old(session, now=now)
        article_votes.forget_old(session, now=now)
        presence.forget_old(session, now=now)
    call_import.give_up(now=now)
    call_sums.settle(now=now)
    retention.erase_due(now=now)
