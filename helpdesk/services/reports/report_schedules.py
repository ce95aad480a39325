"""Saved reports: which there are, who gets them, and when the next one is told.

A weekly report tells the week (Monday to Sunday) before its day, a monthly one the
month before. It leaves at the opening of that day, or of the next service day where
the desk is closed then; each week and month is told, however long a holiday is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Agent, ReportSchedule
from helpdesk.services.access import Viewer, require_manager
from helpdesk.services.hours import calendars
from helpdesk.services.reports import BREAKDOWNS, Part, Question, Span
from helpdesk.services.reports.dimensions import checked
from sla.calendar import Calendar, NeverOpens

ROLES = ("manager", "admin")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a saved report is to be; ``rests`` sends it to nobody for the time being."""

    name: str
    breakdown: str
    parts: tuple[Part, ...]
    every: str
    on_day: int
    recipients: tuple[int, ...]
    rests: bool = False


def schedules(session: Session, viewer: Viewer) -> Sequence[ReportSchedule]:
    """Return the saved reports by name."""
    require_manager(viewer)
    return session.scalars(select(ReportSchedule).order_by(ReportSchedule.name)).all()


def schedule(session: Session, viewer: Viewer, number: int) -> ReportSchedule:
    """Return a saved report; raise NotFound where there is none."""
    require_manager(viewer)
    found = session.get(ReportSchedule, number) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound("no_report", lazy_gettext("There is no such saved report."))
    return found


def possible_recipients(session: Session) -> Sequence[Agent]:
    """Return who may see reports: managers and administrators at work."""
    return session.scalars(
        select(Agent).where(Agent.active, Agent.role.in_(ROLES)).order_by(Agent.name, Agent.id)
    ).all()


def save(
    session: Session, viewer: Viewer, wanted: Wanted, *, number: int | None = None, now: datetime
) -> ReportSchedule:
    """Add a saved report, or change one; raise Refusal for what cannot be sent."""
    require_manager(viewer)
    _check(session, wanted, number)
    row = schedule(session, viewer, number) if number is not None else None
    if row is None:
        row = ReportSchedule(created_by_id=viewer.agent_id, created_at=now, last_sent_at=None)
        session.add(row)
    row.name, row.breakdown = wanted.name, wanted.breakdown
    row.filters = [list(part) for part in wanted.parts]
    row.recipients = list(wanted.recipients)
    row.every, row.on_day = wanted.every, wanted.on_day
    calendar = calendars.default(session)
    plan(row, calendar, now=now)
    if wanted.rests:
        row.next_at = None
    session.flush()
    return row


def remove(session: Session, viewer: Viewer, number: int) -> None:
    """Forget a saved report."""
    session.delete(schedule(session, viewer, number))


def plan(row: ReportSchedule, calendar: Calendar, *, now: datetime) -> None:
    """Set which period is told next and when: the first whose time lies ahead."""
    today = calendar.local_date(now)
    first = _begin(row.every, _begin(row.every, today) - DAY)
    while (at := leaves_at(row, calendar, first)) is not None and at <= now:
        first = following(row.every, first)
    row.period_from, row.next_at = first, at


def leaves_at(row: ReportSchedule, calendar: Calendar, first: date) -> datetime | None:
    """Return when the period that begins on a day is told, UTC; None where the desk never opens."""
    day = following(row.every, first) + (row.on_day - 1) * DAY
    midnight = datetime.combine(day, time(), calendar.zone)
    try:
        return calendar.next_opening(midnight)
    except NeverOpens:
        return None


def following(every: str, first: date) -> date:
    """Return the first day of the week or month after the one that begins on a day."""
    return _begin(every, first + timedelta(days=7 if every == "week" else 31))


def question(row: ReportSchedule, calendar: Calendar) -> Question:
    """Return what the report asks for when it is told next."""
    last = following(row.every, row.period_from) - DAY
    parts = tuple((dimension, value) for dimension, value in row.filters)
    return Question(Span(row.period_from, last, calendar.zone), row.breakdown, parts)


def _begin(every: str, day: date) -> date:
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def _check(session: Session, wanted: Wanted, number: int | None) -> None:
    for dimension, value in wanted.parts:
        checked(dimension, value)
    if wanted.breakdown not in BREAKDOWNS:
        raise Refusal("unknown_breakdown", lazy_gettext("There is no such breakdown."))
    most = {"week": 7, "month": 28}.get(wanted.every, 0)
    if not 1 <= wanted.on_day <= most:
        raise Refusal(
            "bad_day",
            lazy_gettext("Choose a weekday from 1 (Monday) to 7, or a day of the month up to 28."),
            field="on_day",
        )
    allowed = {agent.id for agent in possible_recipients(session)}
    if not wanted.recipients or not allowed.issuperset(wanted.recipients):
        raise Refusal(
            "bad_recipients",
            lazy_gettext("Choose who gets the report, among managers and administrators."),
            field="recipients",
        )
    same = session.scalar(select(ReportSchedule.id).where(ReportSchedule.name == wanted.name))
    if same is not None and same != number:
        raise Refusal(
            "name_taken", lazy_gettext("Another saved report has this name."), field="name"
        )
