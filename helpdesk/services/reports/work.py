"""The work in hand: what stands open, what falls due next, and who holds how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime, timedelta
from operator import add
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from helpdesk.models import NO_PROMISE, Agent, Ticket
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import Viewer, require_manager, visible_tickets
from helpdesk.services.hours import calendars
from helpdesk.services.reports import figures, judged, sums
from helpdesk.services.reports.figures import NOBODY, Figure
from helpdesk.services.reports.grouping import HOLDER, count_targets
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


_STANDING = tuple(field.name for field in fields(Standing))
_NOTHING = Standing(0, 0, 0, 0, 0)
_PROMISED = Ticket.queue_at < NO_PROMISE


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


@dataclass(frozen=True, slots=True)
class InHand:
    """The tickets in hand: by who holds them (None: nobody), and by when they fall due.

    All buckets of ``due`` together are the figure ``owed``. They are what is left of this
    workday by clock hours, or all of the next one's, then the workday after it, and later.
    """

    held: Mapping[int | None, Standing]
    due: Sequence[DueBucket]

    @property
    def standing(self) -> Standing:
        """Return the whole desk's."""
        return Standing(*map(sum, zip(*map(astuple, self.held.values()), strict=True)))


def in_hand(session: Session, viewer: Viewer, *, now: datetime) -> InHand:
    """Count the tickets in hand, in one pass over them."""
    require_manager(viewer)
    calendar = calendars.default(session)
    buckets = _buckets(calendar, now)
    counted = [*(Figure(name) for name in _STANDING), *(bucket.figure for bucket in buckets)]
    statement = (
        select(HOLDER, *(func.count().filter(figures.condition(f, now=now)) for f in counted))
        .where(visible_tickets(viewer), or_(Ticket.status.in_(ACTIVE), _PROMISED))
        .group_by(HOLDER)
    )
    held: dict[int | None, Standing] = {None: _NOTHING}
    due = [0] * len(buckets)
    for agent_id, *numbers in session.execute(statement):
        held[agent_id] = Standing(*numbers[: len(_STANDING)])
        due = [*map(add, due, numbers[len(_STANDING) :])]
    return InHand(held, [replace(b, tickets=n) for b, n in zip(buckets, due, strict=True)])


def load_by_agent(
    session: Session, viewer: Viewer, span: Span, hand: InHand, *, now: datetime
) -> list[AgentLoad]:
    """Return a row for each agent at work, each other agent who holds something, and nobody."""
    require_manager(viewer)
    summed = sums.by_value(session, viewer, span, "agent", (), now=now, speeds="none")
    columns: dict[str, dict[int | None, int]] = {}
    for name in ("replied", "kept", "missed"):
        if summed is None:
            which = judged.judged(name, span.start, span.end, now)
            columns[name] = count_targets(session, viewer, HOLDER, which)
        else:
            columns[name] = {
                int(value) if value else None: counted.of(name)
                for value, counted in summed.items()
                if counted.of(name)
            }
    rows = []
    for agent in [*agents_holding(session, (hand.held, *columns.values())), None]:
        key = agent.id if agent else None
        holds = hand.held.get(key, _NOTHING)
        told = {name: by.get(key, 0) for name, by in columns.items()}
        rows.append(AgentLoad(agent, holds.open, holds.at_risk, holds.overdue, **told))
    return rows


def agents_holding(session: Session, columns: Iterable[Iterable[int | None]]) -> Sequence[Agent]:
    """Return the agents at work, and others who hold something in any of the counts."""
    holding = {agent_id for by in columns for agent_id in by if agent_id is not None}
    at_work = Agent.active & (Agent.role == "agent")
    return session.scalars(
        select(Agent).where(at_work | Agent.id.in_(holding)).order_by(Agent.name, Agent.id)
    ).all()


def _buckets(calendar: Calendar, now: datetime) -> list[DueBucket]:
    hours = list(_hours(calendar, now))
    begins = [now, *(closes + _AFTER for _, closes, _ in hours)]
    buckets = [
        DueBucket(opens, closes, whole, 0, Figure("due", begin, closes + _AFTER))
        for begin, (opens, closes, whole) in zip(begins, hours, strict=False)
    ]
    return [*buckets, DueBucket(None, None, False, 0, Figure("due", begins[-1], NO_PROMISE))]


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
