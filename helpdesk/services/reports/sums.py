"""The figures read from kept sums: exactly what ``raw`` counts, at the cost of days.

Sums of whole months and of the days at both ends are added up. What was not folded
yet is looked at ticket by ticket, and promises that fell due before any worker noticed
are counted as missed, so that a report is true to the moment it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

from sqlalchemy import ColumnElement, and_, func, null, or_, select
from sqlalchemy.orm import Session

from helpdesk.models import Center, Target, TicketChange, TicketSum
from helpdesk.services.access import Viewer, sees_every_ticket
from helpdesk.services.reports import facts, filtered, folding
from helpdesk.services.reports.board import Board
from helpdesk.services.reports.counted import COUNTERS, Counted
from helpdesk.services.reports.dimensions import Part
from helpdesk.services.reports.facts import Fact
from helpdesk.services.reports.periods import Span, Step
from sla.metrics import FIRST_REPLY

MOST_CHANGES = 5000
"""With more notes than this to look through, counting the tickets is as fast."""
Speeds = Literal["each", "whole", "none"]
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
    metric: str = FIRST_REPLY,
    now: datetime,
    speeds: Speeds = "whole",
) -> dict[str, Counted] | None:
    """Return what ``raw.by_value`` counts, or None where the sums cannot tell.

    Whoever does not want to know how many minutes replies took asks for ``none`` of that:
    it is most of what is read.
    """
    regions = _regions(session) if "region" in (dimension, *(part[0] for part in parts)) else {}

    def key(fact: Fact) -> str:
        return _value(fact, dimension, regions)

    def collect() -> dict[str, Counted]:
        board = Board(span, [span.last])
        if parts:
            matching = filtered.matching(parts, regions)
            filtered.by_value(session, board, dimension, matching, regions, metric=metric)
        else:
            _from_sums(session, board, dimension, regions, metric, speeds=speeds)
        _follow(session, board, key, parts, regions, metric=metric, now=now)
        return {value: rows[0] for value, rows in board.rows.items() if not rows[0].empty}

    return _steady(session, viewer, collect)


def by_step(
    session: Session,
    viewer: Viewer,
    span: Span,
    steps: Sequence[Step],
    parts: Sequence[Part],
    *,
    metric: str = FIRST_REPLY,
    now: datetime,
    speeds: Speeds = "each",
) -> list[Counted] | None:
    """Return what ``raw.by_step`` counts, or None where the sums cannot tell.

    How many minutes replies took is most of what is read. Whoever wants to know that of
    the ``whole`` span alone finds it with the last step, which costs a tenth; and ``none``
    leaves out what was summed of it.
    """
    regions = _regions(session) if any(part[0] == "region" for part in parts) else {}
    lasts = [step.first_day - DAY for step in steps[1:]] + [span.last]

    def collect() -> list[Counted]:
        board = Board(span, lasts)
        if len(parts) > 1 or regions:
            filtered.by_day(session, board, filtered.matching(parts, regions), metric=metric)
        else:
            part = parts[0] if parts else ("", "")
            _days_from_sums(session, board, part, metric=metric, speeds=speeds)
        _follow(session, board, lambda _fact: "", parts, regions, metric=metric, now=now)
        return board.rows.get("") or [Counted() for _ in lasts]

    return _steady(session, viewer, collect)


def can_tell(session: Session, viewer: Viewer) -> bool:
    """Say whether the sums hold for a viewer, and little is left to fold."""
    if not sees_every_ticket(viewer) or not folding.basis_holds(session):
        return False
    waiting = select(TicketChange.id).limit(MOST_CHANGES + 1).subquery()
    return (session.scalar(select(func.count()).select_from(waiting)) or 0) <= MOST_CHANGES


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


def _from_sums(
    session: Session,
    board: Board,
    dimension: str,
    regions: dict[str, str],
    metric: str,
    *,
    speeds: Speeds,
) -> None:
    of = "center" if dimension == "region" else dimension
    first, last = board.span.first, board.span.last
    inside = _cells(metric, of, first, last)
    counters = [func.sum(getattr(TicketSum, name)) for name in COUNTERS]
    grouped = select(TicketSum.value, *counters).where(inside).group_by(TicketSum.value)
    for value, *numbers in session.execute(grouped):
        key = regions.get(value, "") if dimension == "region" else value
        for name, number in zip(COUNTERS, numbers, strict=True):
            board.put(key, last, name, number)
    net = func.sum(TicketSum.entered - TicketSum.left)
    stood = (
        select(TicketSum.value, net).where(_cells(metric, of, None, last)).group_by(TicketSum.value)
    )
    for value, number in session.execute(stood):
        key = regions.get(value, "") if dimension == "region" else value
        board.put(key, last, "entered", number)
    if speeds == "none":
        return
    given = select(TicketSum.value, TicketSum.minutes).where(inside, TicketSum.replied != 0)
    for value, minutes in session.execute(given):
        key = regions.get(value, "") if dimension == "region" else value
        board.speeds(key, last, ((int(m), n) for m, n in minutes.items()))


def _days_from_sums(
    session: Session, board: Board, part: Part, *, metric: str, speeds: Speeds
) -> None:
    first, last = board.span.first, board.span.last
    columns = [getattr(TicketSum, name) for name in folding.SUMMED]
    of = and_(TicketSum.value == part[1], _cells(metric, part[0], None, first - DAY))
    net = select(func.sum(TicketSum.entered - TicketSum.left)).where(of)
    board.put("", first, "entered", session.scalar(net) or 0)
    begins = [first, *(day + DAY for day in board.lasts)]
    whole_months = all(day.day == 1 for day in begins)
    minutes = TicketSum.minutes if speeds == "each" else null()
    days = select(TicketSum.day, minutes, *columns).where(
        TicketSum.metric == metric,
        TicketSum.dimension == part[0],
        TicketSum.grain == ("month" if whole_months else "day"),
        TicketSum.day >= first,
        TicketSum.day <= last,
        TicketSum.value == part[1],
    )
    for day, given, *numbers in session.execute(days):
        for name, number in zip(folding.SUMMED, numbers, strict=True):
            if number:
                board.put("", day, name, number)
        board.speeds("", day, ((int(m), n) for m, n in (given or {}).items()))
    if speeds == "whole":
        inside = and_(TicketSum.value == part[1], _cells(metric, part[0], first, last))
        for given in session.scalars(select(TicketSum.minutes).where(inside)):
            board.speeds("", last, ((int(m), n) for m, n in given.items()))


def _cells(metric: str, dimension: str, first: date | None, last: date) -> ColumnElement[bool]:
    """Return the sums that make up a time: whole months, and days where a month is cut."""
    month_after = (last + DAY).replace(day=1)  # whole months end before it
    of = and_(TicketSum.metric == metric, TicketSum.dimension == dimension)
    months = and_(of, TicketSum.grain == "month", TicketSum.day < month_after)
    days = and_(of, TicketSum.grain == "day", TicketSum.day <= last)
    if first is None:
        return or_(months, and_(days, TicketSum.day >= month_after))
    month_from = first if first.day == 1 else (first.replace(day=28) + 4 * DAY).replace(day=1)
    if month_from >= month_after:
        return and_(days, TicketSum.day >= first)
    edges = or_(TicketSum.day < month_from, TicketSum.day >= month_after)
    return or_(and_(months, TicketSum.day >= month_from), and_(days, TicketSum.day >= first, edges))


def _follow(
    session: Session,
    board: Board,
    key: Callable[[Fact], str],
    parts: Sequence[Part],
    regions: dict[str, str],
    *,
    metric: str,
    now: datetime,
) -> None:
    """Move the board by what was not folded yet, and by what fell due unnoticed."""
    ids = set(session.scalars(select(TicketChange.ticket_id).distinct()))
    unnoticed = _unnoticed(session, metric, now)
    is_now = facts.read(session, ids | set(unnoticed), board.span.zone)
    for fact_of, sign in ((facts.kept(session, ids), -1), (is_now, 1)):
        for number, fact in fact_of.items():
            if not _has(fact, parts, regions):
                continue
            if number in ids:
                _move(board, key(fact), fact, metric, sign)
            if sign > 0 and number in unnoticed:
                day = unnoticed[number].astimezone(board.span.zone).date()
                board.put(key(fact), day, "missed", 1)


def _move(board: Board, key: str, fact: Fact, metric: str, sign: int) -> None:
    for of, day, name in fact.moves():
        stands = name in ("entered", "left")
        if of == metric and (not stands or day <= board.span.last):
            board.put(key, max(day, board.span.first) if stands else day, name, sign)
    for of, day, minutes in fact.speeds():
        if of == metric:
            board.speeds(key, day, [(minutes, sign)])


def _unnoticed(session: Session, metric: str, now: datetime) -> dict[int, datetime]:
    """Return the tickets on which a promise fell due before a worker has recorded it.

    Of each metric a ticket has one that runs.
    """
    # asked by ``next_at`` alone: these are few, and planners would rather read every deadline
    rows = session.execute(
        select(Target.ticket_id, Target.due_at, Target.metric, Target.state).where(
            Target.next_at <= now
        )
    )
    return {
        row.ticket_id: row.due_at
        for row in rows
        if row.metric == metric
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
