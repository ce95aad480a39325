"""Reminders of visits: who owes an answer, who travels soon, whose report is missing.

Each step of a visit plans the next reminder; the sweep reads one index, ``visit.next_at``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext, speaking
from helpdesk.models import Agent, Login, Visit
from helpdesk.models.ticket import ACTIVE
from helpdesk.runtime import current_config
from helpdesk.services.access import SYSTEM
from helpdesk.services.arrivals import threads
from helpdesk.services.database.events import record
from helpdesk.services.database.reminding import remind_each
from helpdesk.services.desk import notices
from helpdesk.services.desk.notices import Occasion
from helpdesk.services.hours import calendars
from helpdesk.services.onsite import visit_words
from helpdesk.services.sending import outgoing
from sla.calendar import Calendar, NeverOpens

LONGEST_LOOK_BACK = 90
log = structlog.get_logger(__name__)


def plan(session: Session, visit: Visit, *, now: datetime) -> None:
    """Set when somebody is reminded next, and of what; who acted last counts from ``now``."""
    calendar = calendars.default(session)
    visit.reminder, visit.next_at = _next(calendar, visit, now)


def remind_due(now: datetime) -> int:
    """Send every reminder that is due; return how many visits it was."""
    return remind_each(Visit, _remind, now=now)


def days_before(calendar: Calendar, starts_at: datetime, days: int) -> datetime:
    """Return the opening of the working day that is so many before the visit's own."""
    day = calendar.local_date(starts_at)
    left = days
    for _ in range(LONGEST_LOOK_BACK):
        if left <= 0:
            break
        day -= timedelta(days=1)
        left -= bool(calendar.intervals_on(day))
    openings = calendar.intervals_on(day)
    return openings[0][0] if openings else starts_at - timedelta(days=days)


def _next(calendar: Calendar, visit: Visit, now: datetime) -> tuple[str | None, datetime | None]:
    config = current_config()
    try:
        if visit.turn is not None:
            minutes = config.visit_answer_days * calendar.workday_minutes()
            return "answer", calendar.add_minutes(now, minutes)
        if visit.state == "confirmed" and visit.starts_at and visit.ends_at:
            before = days_before(calendar, visit.starts_at, config.visit_reminder_days)
            if before > now:
                return "before", before
            return "report", calendar.add_minutes(visit.ends_at, calendar.workday_minutes())
    except NeverOpens:
        pass  # a desk that closes for good reminds nobody
    return None, None


def _remind(session: Session, visit: Visit, _due_at: datetime, now: datetime) -> None:
    of, visit.reminder = visit.reminder, None
    if of == "before":
        plan(session, visit, now=now)
    late = of == "before" and visit.starts_at is not None and visit.starts_at <= now
    if late or (visit.ticket.status not in ACTIVE and of == "answer") or of is None:
        return  # met meanwhile, or nobody is owed it any more
    if of == "answer" and visit.turn == "center":
        of = "waiting"
    for agent in _who(session, visit, now):
        _tell(session, agent, visit, of, now=now)
    if of in ("before", "waiting"):
        _mail_center(session, visit, of, now=now)
    said = {"visit": visit.id, "of": of}
    record(session, "visit.reminded", at=now, now=now, by=SYSTEM, ticket=visit.ticket, data=said)
    log.info("visit.reminded", visit=visit.id, ticket=visit.ticket_id, of=of)


def _who(session: Session, visit: Visit, now: datetime) -> Sequence[Agent]:
    if visit.agent is not None and visit.agent.active:
        return [visit.agent]
    return notices.watchers(session, visit.ticket, now=now)


def _tell(session: Session, agent: Agent, visit: Visit, of: str, *, now: datetime) -> None:
    locale = session.scalar(select(Login.locale).where(Login.agent_id == agent.id))
    with speaking(locale or current_config().locale):
        subject, text = _words_for_agents(session, visit, of, now)
    key = f"visit.{of}.{visit.id}.{visit.version}"
    occasion = Occasion(f"visit_{of}", key, visit.ticket, _what(visit))
    notices.tell(session, agent, occasion, subject=subject, text=text, now=now)


def _words_for_agents(session: Session, visit: Visit, of: str, now: datetime) -> tuple[str, str]:
    number = {"number": visit.ticket_id}
    if of == "before":
        assert visit.starts_at is not None
        assert visit.ends_at is not None
        date = visit_words.told(session, (visit.starts_at, visit.ends_at), now=now)
        lines = [gettext("The visit is on %(date)s.", date=date)]
        lines += [gettext("Place: %(place)s", place=visit.place)] if visit.place else []
        if visit.contact:
            lines.append(gettext("Contact: %(name)s", name=visit.contact))
        return gettext("Visit soon: #%(number)s", **number), "\n".join(lines)
    if of == "report":
        return (
            gettext("Report missing: #%(number)s", **number),
            gettext("The visit is over; write what was done, so that the center gets its report."),
        )
    if of == "waiting":
        return (
            gettext("No answer about the visit: #%(number)s", **number),
            gettext("The center has not answered the proposed dates; it was reminded by mail."),
        )
    return (
        gettext("Visit to be answered: #%(number)s", **number),
        gettext("The center waits for an answer about its visit."),
    )


def _mail_center(session: Session, visit: Visit, of: str, *, now: datetime) -> None:
    """Remind who asked for the visit; an address that bounced is left alone."""
    person = visit.ticket.requester
    address = next((a for a in person.addresses if a.kind == "email"), None)
    if address is None or address.muted_at or not outgoing.can_write_to(session, address.value):
        return
    with visit_words.speaking_to(session, person):
        if of == "before":
            assert visit.starts_at is not None
            assert visit.ends_at is not None
            span = (visit.starts_at, visit.ends_at)
            subject = gettext("Our visit is near")
            text = visit_words.confirmation(session, visit, span, "", now=now)
        else:
            subject = gettext("Which date suits you?")
            dates = [(date.starts_at, date.ends_at) for date in visit.open_dates]
            text = visit_words.proposal(session, visit, dates, "", now=now)
    occasion = f"visit.{of}.{visit.id}.{visit.version}"
    outgoing.queue_notice(
        session,
        address.value,
        subject=f"{subject} {threads.subject_token(visit.ticket_id)}",
        text=f"{text}\n\n{threads.marker(visit.ticket_id)}\n",
        kind="notice",
        now=now,
        ticket=visit.ticket,
        identity=outgoing.notice_identity(session, occasion, address.value),
    )


def _what(visit: Visit) -> str:
    return " · ".join(filter(None, (visit.ticket.subject, visit.place)))[:500]
