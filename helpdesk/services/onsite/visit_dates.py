"""When somebody can come: service hours, days of travel, and who is on the road already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Visit
from helpdesk.presentation.dates import plain_day
from helpdesk.presentation.opening import interval_text
from helpdesk.services.hours import calendars
from helpdesk.services.onsite import visit_states
from sla.calendar import Calendar

Span = tuple[datetime, datetime]
"""A beginning and an end, both instants."""

FURTHEST = timedelta(days=366)  # further ahead it is a slip of the keyboard
MOST_DATES = 5


def check(calendar: Calendar, dates: Sequence[Span], *, now: datetime) -> None:
    """Raise Refusal for the first date that nobody can come on, at its field ``day1``, ``day2``.

    A visit begins and ends on one day within the service hours; lunch may lie in it.
    """
    if len(dates) > MOST_DATES:
        raise Refusal("too_many_dates", _("Name at most %(n)s dates at once.", n=MOST_DATES))
    for number, span in enumerate(dates, start=1):
        field = f"day{number}"
        _check_order(calendar, span, field, now)
        _check_hours(calendar, span, field)
        if span in dates[: number - 1]:
            raise Refusal("same_date", _("This date is named twice."), field=field)


def away(calendar: Calendar, span: Span, *, before: int, after: int) -> Span:
    """Return how long an agent is on the road: whole local days where there are days of travel."""
    starts, ends = span
    if before:
        first = calendar.local_date(starts) - timedelta(days=before)
        starts = datetime.combine(first, time(), calendar.zone)
    if after:
        last = calendar.local_date(ends) + timedelta(days=after + 1)
        ends = datetime.combine(last, time(), calendar.zone)
    return starts, ends


def check_free(
    session: Session, visit: Visit, dates: Sequence[Span], *, field: str | None = None
) -> None:
    """Refuse dates on which the agent visits somebody else; of two at once one waits here."""
    if visit.agent_id is None:
        return
    session.execute(select(Agent.id).where(Agent.id == visit.agent_id).with_for_update())
    found = clashing(session, visit.agent_id, dates, but=visit.id)
    if found is not None:
        index, _other = found
        raise Conflict(
            "not_free",
            _("Who is to come is at another center then; choose another time."),
            field=field or f"day{index + 1}",
        )


def clashing(
    session: Session, agent_id: int, spans: Sequence[Span], *, but: int | None = None
) -> tuple[int, Visit] | None:
    """Return which of the dates (from 0) overlaps an agreed visit of the agent, and that visit."""
    for index, (starts, ends) in enumerate(spans):
        found = session.scalars(
            select(Visit)
            .where(*_agreed(agent_id, but), Visit.starts_at < ends, Visit.ends_at > starts)
            .order_by(Visit.starts_at)
        ).first()
        if found is not None:
            return index, found
    return None


def on_the_road(session: Session, visit: Visit, spans: Sequence[Span]) -> list[Visit]:
    """Return agreed visits of the same agent whose time on the road meets one of these."""
    if visit.agent_id is None or not spans:
        return []
    found: dict[int, Visit] = {}
    for starts, ends in spans:
        rows = session.scalars(
            select(Visit)
            .where(
                *_agreed(visit.agent_id, visit.id),
                Visit.away_from < ends,
                Visit.away_until > starts,
            )
            .options(joinedload(Visit.center))
        )
        found |= {row.id: row for row in rows}
    return sorted(found.values(), key=lambda row: (row.starts_at, row.id))


def warnings_of(session: Session, visit: Visit) -> list[Visit]:
    """Return agreed visits of the same agent that its dates meet, on the day or on the road."""
    if visit.state not in visit_states.OPEN:
        return []
    calendar = calendars.default(session)
    if visit.away_from and visit.away_until and visit.state == "confirmed":
        return on_the_road(session, visit, [(visit.away_from, visit.away_until)])
    spans = [
        away(
            calendar,
            (date.starts_at, date.ends_at),
            before=visit.days_before,
            after=visit.days_after,
        )
        for date in visit.open_dates
    ]
    return on_the_road(session, visit, spans)


def _agreed(agent_id: int, but: int | None) -> tuple[ColumnElement[bool], ...]:
    return (Visit.agent_id == agent_id, Visit.state == "confirmed", Visit.id != (but or 0))


def _check_order(calendar: Calendar, span: Span, field: str, now: datetime) -> None:
    starts, ends = span
    if ends <= starts:
        raise Refusal("ends_first", _("The end lies before the beginning."), field=field)
    if starts <= now:
        raise Refusal("in_the_past", _("This date has passed; name a later one."), field=field)
    if starts > now + FURTHEST:
        raise Refusal(
            "too_far", _("This is more than a year ahead; look at the date."), field=field
        )
    if calendar.local_date(starts) != calendar.local_date(ends):
        raise Refusal("several_days", _("A visit begins and ends on one day."), field=field)


def _check_hours(calendar: Calendar, span: Span, field: str) -> None:
    starts, ends = span
    day = calendar.local_date(starts)
    openings = calendar.intervals_on(day)
    begins = any(opens <= starts < closes for opens, closes in openings)
    finishes = any(opens < ends <= closes for opens, closes in openings)
    if begins and finishes:
        return
    if not openings:
        raise Refusal(
            "closed_day",
            _("%(day)s is no working day; name another.", day=plain_day(day, today=day)),
            field=field,
        )
    raise Refusal(
        "outside_hours",
        _(
            "A visit begins and ends within the service hours; on %(day)s they are %(hours)s.",
            day=plain_day(day, today=day),
            hours=interval_text(calendar.spec.intervals(day)),
        ),
        field=field,
    )
