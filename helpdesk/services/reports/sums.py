"""The figures read from kept sums: exactly what ``raw`` counts, at the cost of days.

Sums of whole months and of the days at both ends are added up. What was not folded
yet is looked at ticket by ticket, and promises that fell due before any worker noticed
are counted as missed, so that a report is true to the moment it is asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from helpdesk.models import Center, Target, TicketChange, TicketFact, TicketSum
from helpdesk.services.access import Viewer, sees_every_ticket
from helpdesk.services.reports import facts, folding
from helpdesk.services.reports.counted import COUNTERS, Counted
from helpdesk.services.reports.dimensions import Part
from helpdesk.services.reports.facts import Fact
from helpdesk.services.reports.periods import Span, Step
from sla.metrics import FIRST_REPLY

MOST_CHANGES = 5000
"""With more notes than this to look through, counting the tickets is as fast."""
TRIES = 5
Found = TypeVar("Found")
DAY = timedelta(days=1)


def by_value(
    session: Session,
    viewer: Viewer,
    span: Span,
    dimension: str,
    parts: Sequence[Part],
    *,
    now: datetime,
) -> dict[str, Counted] | None:
    """Return what ``raw.by_value`` counts, or None where the sums cannot tell."""
    regions = _regions(session) if "region" in (dimension, *(part[0] for part in parts)) else {}

    def key(fact: Fact) -> str:
        return _value(fact, dimension, regions)

    def collect() -> dict[str, Counted]:
        board = _Board(span, [span.last])
        if parts:
            _from_facts(session, board, dimension, _matching(parts, regions), regions)
        else:
            _from_sums(session, board, dimension, regions)
        _follow(session, board, key, parts, regions, now=now)
        return {value: rows[0] for value, rows in board.rows.items() if not rows[0].empty}

    return _steady(session, viewer, collect)


def by_step(
    session: Session,
    viewer: Viewer,
    span: Span,
    steps: Sequence[Step],
    parts: Sequence[Part],
    *,
    now: datetime,
) -> list[Counted] | None:
    """Return what ``raw.by_step`` counts, or None where the sums cannot tell."""
    regions = _regions(session) if any(part[0] == "region" for part in parts) else {}
    lasts = [step.first_day - DAY for step in steps[1:]] + [span.last]

    def collect() -> list[Counted]:
        board = _Board(span, lasts)
        if len(parts) > 1 or regions:
            _days_from_facts(session, board, _matching(parts, regions))
        else:
            _days_from_sums(session, board, parts[0] if parts else ("", ""))
        _follow(session, board, lambda _fact: "", parts, regions, now=now)
        return board.rows.get("") or [Counted() for _ in lasts]

    return _steady(session, viewer, collect)


def can_tell(session: Session, viewer: Viewer) -> bool:
    """Say whether the sums hold for a viewer, and little is left to fold."""
    if not sees_every_ticket(viewer) or not folding.basis_holds(session):
        return False
    waiting = select(TicketChange.id).limit(MOST_CHANGES + 1).subquery()
    return (session.scalar(select(func.count()).select_from(waiting)) or 0) <= MOST_CHANGES


@dataclass
class _Board:
    """Rows of counted steps that moves are put on; ``lasts`` are the steps' last days."""

    span: Span
    lasts: Sequence[date]
    rows: dict[str, list[Counted]] = field(default_factory=dict)

    def put(self, key: str, day: date, name: str, number: int) -> None:
        """Count something on a day; the backlog of a step holds all that moved by its end."""
        if name in ("entered", "left"):
            first = bisect_left(self.lasts, day)
            for row in self._row(key)[first:]:
                row.backlog += number if name == "entered" else -number
        elif self.span.first <= day <= self.span.last:
            row = self._row(key)[bisect_left(self.lasts, day)]
            setattr(row, name, row.of(name) + number)

    def speeds(self, key: str, day: date, minutes: Iterable[tuple[int, int]]) -> None:
        """Count how many first replies of a day took how long."""
        if self.span.first <= day <= self.span.last:
            known = self._row(key)[bisect_left(self.lasts, day)].minutes
            for minute, number in minutes:
                known[minute] += number

    def _row(self, key: str) -> list[Counted]:
        if key not in self.rows:
            self.rows[key] = [Counted() for _ in self.lasts]
        return self.rows[key]


def _steady(session: Session, viewer: Viewer, collect: Callable[[], Found]) -> Found | None:
    """Collect while nobody folds: what is moved in between would count twice or never."""
    if not can_tell(session, viewer):
        return None
    for _ in range(TRIES):
        before = folding.version(session)
        found = collect()
        if folding.version(session) == before:
            return found
    return None


def _from_sums(session: Session, board: _Board, dimension: str, regions: dict[str, str]) -> None:
    of = "center" if dimension == "region" else dimension
    first, last = board.span.first, board.span.last
    inside = _cells(of, first, last)
    counters = [func.sum(getattr(TicketSum, name)) for name in COUNTERS]
    grouped = select(TicketSum.value, *counters).where(inside).group_by(TicketSum.value)
    for value, *numbers in session.execute(grouped):
        key = regions.get(value, "") if dimension == "region" else value
        for name, number in zip(COUNTERS, numbers, strict=True):
            board.put(key, last, name, number)
    net = func.sum(TicketSum.entered - TicketSum.left)
    stood = select(TicketSum.value, net).where(_cells(of, None, last)).group_by(TicketSum.value)
    for value, number in session.execute(stood):
        key = regions.get(value, "") if dimension == "region" else value
        board.put(key, last, "entered", number)
    given = select(TicketSum.value, TicketSum.minutes).where(inside, TicketSum.replied != 0)
    for value, minutes in session.execute(given):
        key = regions.get(value, "") if dimension == "region" else value
        board.speeds(key, last, ((int(m), n) for m, n in minutes.items()))


def _days_from_sums(session: Session, board: _Board, part: Part) -> None:
    first, last = board.span.first, board.span.last
    columns = [getattr(TicketSum, name) for name in folding.SUMMED]
    of = and_(TicketSum.value == part[1], _cells(part[0], None, first - DAY))
    net = select(func.sum(TicketSum.entered - TicketSum.left)).where(of)
    board.put("", first, "entered", session.scalar(net) or 0)
    begins = [first, *(day + DAY for day in board.lasts)]
    whole_months = all(day.day == 1 for day in begins)
    days = select(TicketSum.day, TicketSum.minutes, *columns).where(
        TicketSum.dimension == part[0],
        TicketSum.grain == ("month" if whole_months else "day"),
        TicketSum.day >= first,
        TicketSum.day <= last,
        TicketSum.value == part[1],
    )
    for day, minutes, *numbers in session.execute(days):
        for name, number in zip(folding.SUMMED, numbers, strict=True):
            if number:
                board.put("", day, name, number)
        board.speeds("", day, ((int(m), n) for m, n in minutes.items()))


def _cells(dimension: str, first: date | None, last: date) -> ColumnElement[bool]:
    """Return the sums that make up a time: whole months, and days where a month is cut."""
    month_after = (last + DAY).replace(day=1)  # whole months end before it
    of = TicketSum.dimension == dimension
    months = and_(of, TicketSum.grain == "month", TicketSum.day < month_after)
    days = and_(of, TicketSum.grain == "day", TicketSum.day <= last)
    if first is None:
        return or_(months, and_(days, TicketSum.day >= month_after))
    month_from = first if first.day == 1 else (first.replace(day=28) + 4 * DAY).replace(day=1)
    if month_from >= month_after:
        return and_(days, TicketSum.day >= first)
    edges = or_(TicketSum.day < month_from, TicketSum.day >= month_after)
    return or_(and_(months, TicketSum.day >= month_from), and_(days, TicketSum.day >= first, edges))


def _from_facts(
    session: Session,
    board: _Board,
    dimension: str,
    matching: ColumnElement[bool],
    regions: dict[str, str],
) -> None:
    of = getattr(TicketFact, "center" if dimension == "region" else dimension)
    first, last = board.span.first, board.span.last

    def told(value: str) -> str:
        return regions.get(value, "") if dimension == "region" else value

    counters = [_counter(name, first, last) for name in COUNTERS]
    entered = func.sum(case((TicketFact.entered_on <= last, 1), else_=0))
    left = func.sum(case((TicketFact.left_on <= last, 1), else_=0))
    grouped = select(of, entered, left, *counters).where(matching).group_by(of)
    for value, came, went, *numbers in session.execute(grouped):
        board.put(told(value), last, "entered", came - went)
        for name, number in zip(COUNTERS, numbers, strict=True):
            board.put(told(value), last, name, number)
    speeds = (
        select(of, TicketFact.minutes, func.count())
        .where(matching, _within(TicketFact.replied_on, first, last))
        .group_by(of, TicketFact.minutes)
    )
    for value, minute, number in session.execute(speeds):
        board.speeds(told(value), last, [(minute, number)])
    for value, gaps in session.execute(
        select(of, TicketFact.gaps).where(matching, TicketFact.reopened)
    ):
        _put_gaps(board, told(value), gaps)


def _days_from_facts(session: Session, board: _Board, matching: ColumnElement[bool]) -> None:
    first, last = board.span.first, board.span.last
    for name, (on, which) in _ON.items():
        inside = _within(on, first, last)
        counted = select(on, func.count()).where(matching, inside, *which).group_by(on)
        for day, number in session.execute(counted):
            board.put("", day, name, number)
    moves: dict[str, Any] = {"entered": TicketFact.entered_on, "left": TicketFact.left_on}
    for name, on in moves.items():
        counted = select(on, func.count()).where(matching, on <= last).group_by(on)
        for day, number in session.execute(counted):
            board.put("", max(day, first), name, number)
    on = _ON["replied"][0]
    speeds = select(on, TicketFact.minutes, func.count()).where(matching, _within(on, first, last))
    for day, minute, number in session.execute(speeds.group_by(on, TicketFact.minutes)):
        board.speeds("", day, [(minute, number)])
    gaps = select(TicketFact.gaps).where(matching, TicketFact.reopened)
    for told in session.scalars(gaps):
        _put_gaps(board, "", told)


def _put_gaps(board: _Board, key: str, gaps: Any) -> None:
    for left, back in gaps or ():
        for day, name in ((left, "left"), (back, "entered")):
            on = date.fromisoformat(day)
            if on <= board.span.last:
                board.put(key, max(on, board.span.first), name, 1)


_ON: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "came": (TicketFact.came_on, ()),
    "resolved": (TicketFact.resolved_on, ()),
    "kept": (TicketFact.judged_on, (TicketFact.kept,)),
    "missed": (TicketFact.judged_on, (~TicketFact.kept,)),
    "replied": (TicketFact.replied_on, ()),
    "at_once": (TicketFact.replied_on, (TicketFact.at_once,)),
    "settled": (TicketFact.settled_on, ()),
    "reopened": (TicketFact.settled_on, (TicketFact.reopened,)),
    "one_touch": (TicketFact.settled_on, (TicketFact.one_touch,)),
}


def _counter(name: str, first: date, last: date) -> ColumnElement[int]:
    on, which = _ON[name]
    return func.sum(case((and_(_within(on, first, last), *which), 1), else_=0))


def _within(column: Any, first: date, last: date) -> ColumnElement[bool]:
    return and_(column >= first, column <= last)


def _matching(parts: Sequence[Part], regions: dict[str, str]) -> ColumnElement[bool]:
    """Return the facts that have all of these values."""
    found = []
    for dimension, value in parts:
        if dimension != "region":
            found.append(getattr(TicketFact, dimension) == value)
            continue
        inside = [center for center, region in regions.items() if region == value]
        found.append(TicketFact.center.in_(inside if value else ["", *inside]))
    return and_(*found)


def _follow(
    session: Session,
    board: _Board,
    key: Callable[[Fact], str],
    parts: Sequence[Part],
    regions: dict[str, str],
    *,
    now: datetime,
) -> None:
    """Move the board by what was not folded yet, and by what fell due unnoticed."""
    ids = set(session.scalars(select(TicketChange.ticket_id).distinct()))
    unnoticed = _unnoticed(session, now)
    is_now = facts.read(session, ids | set(unnoticed), board.span.zone)
    for fact_of, sign in ((facts.kept(session, ids), -1), (is_now, 1)):
        for number, fact in fact_of.items():
            if not _has(fact, parts, regions):
                continue
            if number in ids:
                for day, name in fact.moves():
                    if name not in ("entered", "left") or day <= board.span.last:
                        clipped = max(day, board.span.first) if name in ("entered", "left") else day
                        board.put(key(fact), clipped, name, sign)
                if fact.replied_on is not None and fact.minutes is not None:
                    board.speeds(key(fact), fact.replied_on, [(fact.minutes, sign)])
            if sign > 0 and number in unnoticed:
                day = unnoticed[number].astimezone(board.span.zone).date()
                board.put(key(fact), day, "missed", 1)


def _unnoticed(session: Session, now: datetime) -> dict[int, datetime]:
    """Return the tickets whose first reply fell due before a worker has recorded it."""
    # asked by ``next_at`` alone: these are few, and planners would rather read every deadline
    rows = session.execute(
        select(Target.ticket_id, Target.due_at, Target.metric, Target.state).where(
            Target.next_at <= now
        )
    )
    return {
        row.ticket_id: row.due_at
        for row in rows
        if row.metric == FIRST_REPLY
        and row.state == "running"
        and row.due_at is not None
        and row.due_at < now
    }


def _has(fact: Fact, parts: Sequence[Part], regions: dict[str, str]) -> bool:
    return all(_value(fact, dimension, regions) == value for dimension, value in parts)


def _value(fact: Fact, dimension: str, regions: dict[str, str]) -> str:
    if dimension == "region":
        return regions.get(fact.center, "")
    return fact.value(dimension)


def _regions(session: Session) -> dict[str, str]:
    """Return each center's region."""
    return {str(id_): region for id_, region in session.execute(select(Center.id, Center.region))}
