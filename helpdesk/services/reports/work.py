"""The work in hand: what stands open, what falls due next, and who holds how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import NO_PROMISE, Agent, Ticket
from helpdesk.services import calendars
from helpdesk.services.access import Viewer, require_manager
from helpdesk.services.reports import figures, judged, sums
from helpdesk.services.reports.figures import NOBODY, Figure, count
from helpdesk.services.reports.grouping import count_targets, count_tickets, step_of
from helpdesk.services.reports.periods import Span
from sla.calendar import Calendar, NeverOpens

_AFTER = timedelta(microseconds=1)
"""A deadline at an hour's last instant belongs to that hour; a figure's end is exclusive."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The desk as it stands; ``figures`` says what each number counts. All are exact."""

    open: int
    waiting: int
    owed: int
    at_risk: int
    overdue: int


@dataclass(frozen=True, slots=True)
class DueBucket:
    """Promises that fall due from ``opens`` to ``closes``.

    ``whole_day`` marks the workday after the hours that are told one by one;
    without ``opens`` it is everything later.
    """

    opens: datetime | None
    closes: datetime | None
    whole_day: bool
    tickets: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """What one agent holds now, and the first replies of those tickets over a span.

    A promise counts for whoever holds its ticket now, so that all rows together
    are the desk's figures. ``agent`` is None for tickets that nobody holds.
    """

    agent: Agent | None
    open: int
    at_risk: int
    overdue: int
    replied: int
    kept: int
    missed: int

    @property
    def rate(self) -> float | None:
        """The share of promises kept; None where none was judged."""
        return self.kept / (self.kept + self.missed) if self.kept + self.missed else None

    @property
    def whose(self) -> Any:
        """What a figure's ``agent`` is for this row."""
        return self.agent.id if self.agent else NOBODY


def standing(session: Session, viewer: Viewer, *, now: datetime) -> Standing:
    """Count the tickets in hand."""
    names = ("open", "waiting", "owed", "at_risk", "overdue")
    return Standing(**{n: count(session, viewer, Figure(n), now=now) for n in names})


def due_next(session: Session, viewer: Viewer, *, now: datetime) -> list[DueBucket]:
    """Count what falls due in each service hour of the day, on the next workday, and later.

    The hours are those left of this workday, or of the next one outside hours.
    All buckets together are the figure ``owed``.
    """
    require_manager(viewer)
    _, calendar = calendars.default_version(session)
    hours = list(_hours(calendar, now))
    ends = [closes + _AFTER for _, closes, _ in hours]
    owed = figures.condition(Figure("owed"), now=now)
    counts = count_tickets(session, viewer, step_of(session, Ticket.queue_at, ends), owed)
    begins = [now, *ends]
    buckets = [
        DueBucket(opens, closes, whole, counts.get(i, 0), Figure("due", begins[i], closes + _AFTER))
        for i, (opens, closes, whole) in enumerate(hours)
    ]
    later = Figure("due", begins[-1], NO_PROMISE)
    return [*buckets, DueBucket(None, None, False, counts.get(len(hours), 0), later)]


def load_by_agent(
    session: Session, viewer: Viewer, span: Span, *, now: datetime
) -> list[AgentLoad]:
    """Return a row for each agent at work, each other agent who holds something, and nobody."""
    require_manager(viewer)
    start, end, holder = span.start, span.end, Ticket.assignee_id.expression
    columns = {
        name: count_tickets(session, viewer, holder, figures.condition(Figure(name), now=now))
        for name in ("open", "at_risk", "overdue")
    }
    summed = sums.by_value(session, viewer, span, "agent", (), now=now)
    for name in ("replied", "kept", "missed"):
        if summed is None:
            which = judged.judged(name, start, end, now)
            columns[name] = count_targets(session, viewer, holder, which)
        else:
            columns[name] = {
                int(value) if value else None: counted.of(name)
                for value, counted in summed.items()
                if counted.of(name)
            }
    rows = []
    for agent in [*agents_holding(session, columns.values()), None]:
        key = agent.id if agent else None
        rows.append(AgentLoad(agent, **{name: by.get(key, 0) for name, by in columns.items()}))
    return rows


def agents_holding(session: Session, columns: Any) -> Sequence[Agent]:
    """Return the agents at work, and others who hold something in any of the counts."""
    holding = {agent_id for by in columns for agent_id in by if agent_id is not None}
    at_work = Agent.active & (Agent.role == "agent")
    return session.scalars(
        select(Agent).where(at_work | Agent.id.in_(holding)).order_by(Agent.name, Agent.id)
    ).all()


def _hours(calendar: Calendar, now: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """Yield what is left of the workday by clock hours, then the next workday as a whole."""
    try:
        opening = calendar.next_opening(now)
        day = calendar.local_date(opening)
        left = [(max(a, now), b) for a, b in calendar.intervals_on(day) if b > now]
        for opens, closes in left:
            for begin, end in _clock_hours(calendar, opens, closes):
                yield begin, end, False
        tomorrow = calendar.intervals_on(_next_workday(calendar, left[-1][1], day))
        yield tomorrow[0][0], tomorrow[-1][1], True
    except NeverOpens:
        return


def _clock_hours(
    calendar: Calendar, opens: datetime, closes: datetime
) -> Iterator[tuple[datetime, datetime]]:
    while opens < closes:
        local = opens.astimezone(calendar.zone)
        minutes = timedelta(minutes=local.minute, seconds=local.second)
        full = opens - minutes - timedelta(microseconds=local.microsecond) + timedelta(hours=1)
        end = min(full, closes)
        yield opens, end
        opens = end


def _next_workday(calendar: Calendar, closing: datetime, day: date) -> date:
    opening = calendar.next_opening(closing)
    while (following := calendar.local_date(opening)) <= day:  # a day's later opening
        change = calendar.next_change(opening)
        assert change is not None
        opening = calendar.next_opening(change)
    return following
