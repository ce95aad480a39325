"""What the worker looks after once an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from helpdesk.extensions import transaction
from helpdesk.models import Notification, Throttle
from helpdesk.services.automations import quiet
from helpdesk.services.connections import request_meters
from helpdesk.services.desk import presence
from helpdesk.services.help_center import article_votes
from helpdesk.services.hotline import call_import, call_sums
from helpdesk.services.hours import years
from helpdesk.services.microblog import microblogs
from helpdesk.services.personal import retention
from helpdesk.services.promises import recalculation

READ_NOTIFICATIONS_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=1)
log = structlog.get_logger(__name__)


def run(*, now: datetime) -> None:
    """Forget what is over, ask for the days of years that are not known, and what else is late.

    Each for itself: numbers whose time is up are erased whatever becomes of the rest.
    """
    for tidy in (
        _forget_tries,
        _forget_notifications,
        years.ask,
        recalculation.catch_up,
        microblogs.warn_of_expiry,
        request_meters.forget_old,
        article_votes.forget_old,
        presence.forget_old,
    ):
        with _apart(tidy), transaction() as session:
            tidy(session, now=now)
    for tidy_by_itself in (
        call_import.give_up,
        call_sums.settle,
        retention.erase_due,
        quiet.run_due,
    ):
        with _apart(tidy_by_itself):
            tidy_by_itself(now=now)


def _forget_tries(session: Session, *, now: datetime) -> None:
    session.execute(delete(Throttle).where(Throttle.window_start < now - THROTTLES_KEPT))


def _forget_notifications(session: Session, *, now: datetime) -> None:
    old = delete(Notification).where(Notification.read_at < now - READ_NOTIFICATIONS_KEPT)
    session.execute(old)


@contextmanager
def _apart(work: Callable[..., object]) -> Iterator[None]:
    """Let what fails be heard of in the log alone; a database in trouble ends the round."""
    try:
        yield
    except OperationalError:
        raise
    except Exception:
        log.exception("housekeeping.failed", work=f"{work.__module__}.{work.__name__}")
