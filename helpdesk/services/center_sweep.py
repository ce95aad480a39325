"""Telling who must act that something waits with a center; a sweep over ``center.next_at``.

Each center is claimed by a conditional update, as visits and promises are: of several
workers one wins, and what it tells is told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.labels import label
from helpdesk.models import Agent, Center, Login
from helpdesk.runtime import current_config
from helpdesk.services import center_log, center_reminders, notices
from helpdesk.services.access import SYSTEM
from helpdesk.services.claiming import won
from helpdesk.services.notices import Occasion

BATCH = 100
MOMENT = timedelta(microseconds=1)
log = structlog.get_logger(__name__)


def remind_due(now: datetime) -> int:
    """Send every reminder that is due, a batch at a time; return of how many centers."""
    reminded = 0
    while True:
        with reading() as session:
            ids = _due(session, now)
        if not ids:
            return reminded
        with transaction() as session:
            claimed = _claimed(session, ids, now)
            for center, due in claimed:
                _remind(session, center, due, now)
        reminded += len(claimed)
        if not claimed:  # another worker is at them
            return reminded


def _due(session: Session, now: datetime) -> list[int]:
    due = select(Center.id).where(Center.next_at <= now)
    return list(session.scalars(due.order_by(Center.next_at, Center.id).limit(BATCH)))


def _claimed(session: Session, ids: list[int], now: datetime) -> list[tuple[Center, datetime]]:
    """Lock the centers that nobody else works on (SKIP LOCKED; SQLite has one writer)."""
    statement = (
        select(Center)
        .where(Center.id.in_(ids), Center.next_at <= now)
        .order_by(Center.next_at)
        .with_for_update(skip_locked=True, of=Center)
        .execution_options(populate_existing=True)
    )
    mine = []
    for center in session.scalars(statement).all():
        due = center.next_at
        assert due is not None
        claim = (
            update(Center)
            .where(Center.id == center.id, Center.next_at == due)
            .values(next_at=None)
            .execution_options(synchronize_session=False)
        )
        if won(session, claim):
            center.next_at = None
            mine.append((center, due))
    return mine


def _remind(session: Session, center: Center, due: datetime, now: datetime) -> None:
    """Tell all that came due until now, once however long no worker looked."""
    coming = center_reminders.topics(session, center, now=due - MOMENT)
    for at, of in sorted(coming):
        if at > now:
            continue
        key = f"center.{of}.{center.id}.{at.timestamp():.0f}"
        for agent in _who(session, of):
            _tell(session, agent, center, of, key, now=now)
        data = {"of": of}
        center_log.record(session, center, "center.reminded", now=now, by=SYSTEM, data=data)
        log.info("center.reminded", center=center.id, of=of)
    center_reminders.plan(session, center, now=now)


def _who(session: Session, of: str) -> Sequence[Agent]:
    if of in center_reminders.REVIEWERS:
        return notices.channel_managers(session)
    return notices.managers(session)


def _tell(
    session: Session, agent: Agent, center: Center, of: str, key: str, *, now: datetime
) -> None:
    locale = session.scalar(select(Login.locale).where(Login.agent_id == agent.id))
    with speaking(locale or current_config().locale):
        subject = f"{label(of, 'center_reminder')}: {center.name}"
        text = _words(center, of)
    occasion = Occasion(f"center_{of}", key, None, f"{center.name} · {center.code}", center)
    later = notices.leaves_at(session, agent, now)
    notices.tell(session, agent, occasion, subject=subject, text=text, now=now, not_before=later)


def _words(center: Center, of: str) -> str:
    """Return the mail's text: what waits, with whom, and since or until when."""
    zone = current_config().zone
    state = gettext(
        "State: %(state)s since %(day)s",
        state=label(center.state, "center_state"),
        day=center.state_since.astimezone(zone).date().isoformat(),
    )
    lines = [f"{label(of, 'center_reminder')}.", f"{center.name} ({center.code})", state]
    day = {"agreement_ends": center.agreement_to, "review_due": center.review_due_on}.get(of)
    if day is not None:
        lines.append(gettext("Date: %(day)s", day=day.isoformat()))
    return "\n".join(lines)
