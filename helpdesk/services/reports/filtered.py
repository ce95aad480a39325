"""The figures of tickets that have some values at once, from one look over all facts.

Sums are kept for one value at a time; what two or more have in common is counted from
the facts, which are narrow rows with nothing but days in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select, true
from sqlalchemy.orm import Session

from helpdesk.models import PromiseFact, TicketFact
from helpdesk.services.reports.board import Board
from helpdesk.services.reports.counted import COUNTERS
from helpdesk.services.reports.dimensions import Part
from helpdesk.services.reports.periods import Span
from sla.metrics import FIRST_REPLY


def by_value(
    session: Session,
    board: Board,
    dimension: str,
    matching: ColumnElement[bool],
    regions: dict[str, str],
    *,
    metric: str = FIRST_REPLY,
) -> None:
    """Put the figures of each value of a dimension on the board."""
    of = getattr(TicketFact, "center" if dimension == "region" else dimension)
    first, last = board.span.first, board.span.last

    def told(value: str) -> str:
        return regions.get(value, "") if dimension == "region" else value

    if metric != FIRST_REPLY:
        which = and_(PromiseFact.metric == metric, matching)
        for value, name, _, number in _promised(session, which, of, board.span):
            board.put(told(value), last, name, number)
        for value, _, minute, number in _took(session, which, of, board.span):
            board.speeds(told(value), last, [(minute, number)])
        return
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


def by_day(
    session: Session, board: Board, matching: ColumnElement[bool], *, metric: str = FIRST_REPLY
) -> None:
    """Put the figures of each day on the board."""
    first, last = board.span.first, board.span.last
    if metric != FIRST_REPLY:
        promised = and_(PromiseFact.metric == metric, matching)
        for _, name, day, number in _promised(session, promised, literal(""), board.span):
            board.put("", day, name, number)
        for _, day, minute, number in _took(session, promised, literal(""), board.span):
            board.speeds("", day, [(minute, number)])
        return
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


def _promised(
    session: Session, matching: ColumnElement[bool], of: Any, span: Span
) -> Iterator[tuple[str, str, date, int]]:
    """Yield how many promises of another metric than the first reply, by value, name and day."""
    names: tuple[tuple[str, Any, Any], ...] = (
        ("kept", PromiseFact.judged_on, PromiseFact.kept),
        ("missed", PromiseFact.judged_on, ~PromiseFact.kept),
        ("replied", PromiseFact.done_on, true()),
    )
    for name, on, which in names:
        counted = (
            select(of, on, func.count())
            .select_from(PromiseFact)
            .join(TicketFact, TicketFact.ticket_id == PromiseFact.ticket_id)
            .where(_within(on, span.first, span.last), which, matching)
            .group_by(of, on)
        )
        for value, day, number in session.execute(counted):
            yield value, name, day, number


def _took(
    session: Session, matching: ColumnElement[bool], of: Any, span: Span
) -> Iterator[tuple[str, date, int, int]]:
    on, minutes = PromiseFact.done_on, PromiseFact.minutes
    counted = (
        select(of, on, minutes, func.count())
        .select_from(PromiseFact)
        .join(TicketFact, TicketFact.ticket_id == PromiseFact.ticket_id)
        .where(_within(on, span.first, span.last), minutes.is_not(None), matching)
        .group_by(of, on, minutes)
    )
    for value, day, minute, number in session.execute(counted):
        if day is not None and minute is not None:
            yield value, day, minute, number


def _put_gaps(board: Board, key: str, gaps: Any) -> None:
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
    "immediate": (TicketFact.replied_on, (TicketFact.immediate,)),
    "prompt": (TicketFact.replied_on, (TicketFact.immediate, TicketFact.at_once)),
}


def _counter(name: str, first: date, last: date) -> ColumnElement[int]:
    on, which = _ON[name]
    return func.sum(case((and_(_within(on, first, last), *which), 1), else_=0))


def _within(column: Any, first: date, last: date) -> ColumnElement[bool]:
    return and_(column >= first, column <= last)


def matching(parts: Sequence[Part], regions: dict[str, str]) -> ColumnElement[bool]:
    """Return the facts that have all of these values."""
    found = []
    for dimension, value in parts:
        if dimension != "region":
            found.append(getattr(TicketFact, dimension) == value)
            continue
        inside = [center for center, region in regions.items() if region == value]
        found.append(TicketFact.center.in_(inside if value else ["", *inside]))
    return and_(*found)
