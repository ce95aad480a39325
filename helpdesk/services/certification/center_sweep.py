"""Telling who must act that something waits with a center; a sweep over ``center.next_at``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext, speaking
from helpdesk.labels import label
from helpdesk.models import Agent, Center, Login
from helpdesk.runtime import current_config
from helpdesk.services.access import SYSTEM
from helpdesk.services.certification import center_log, center_reminders
from helpdesk.services.database.reminding import remind_each
from helpdesk.services.desk import notices
from helpdesk.services.desk.notices import Occasion

MOMENT = timedelta(microseconds=1)
log = structlog.get_logger(__name__)


def remind_due(now: datetime) -> int:
    """Send every reminder that is due; return of how many centers."""
    return remind_each(Center, _remind, now=now)


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
