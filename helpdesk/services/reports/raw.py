"""The figures counted from the tickets themselves, by the very conditions that list them.

It takes as long as there are tickets: reports read kept sums (``sums``) wherever those
hold, and these counts prove them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from helpdesk.models import Target, Ticket
from helpdesk.services.access import Viewer, visible_tickets
from helpdesk.services.reports import dimensions, figures
from helpdesk.services.reports import judged as judging
from helpdesk.services.reports.counted import COUNTERS, Counted
from helpdesk.services.reports.dimensions import Part
from helpdesk.services.reports.figures import Figure
from helpdesk.services.reports.grouping import count_targets, count_tickets, step_of
from helpdesk.services.reports.periods import Span, Step
from sla.metrics import FIRST_REPLY

OF_TARGETS = ("kept", "missed", "replied", "at_once", "immediate", "prompt")


def by_value(
    session: Session,
    viewer: Viewer,
    span: Span,
    dimension: str,
    parts: Sequence[Part],
    *,
    metric: str = FIRST_REPLY,
    now: datetime,
) -> dict[str, Counted]:
    """Count the tickets, or promises of another metric, of each value that any of them has."""
    found: dict[str, Counted] = {}
    key = dimensions.key_of(dimension)
    for name in told_of(metric):
        if name in OF_TARGETS:
            judged = judging.judged(name, span.start, span.end, now, metric)
            judged = and_(judged, figures.having(parts))
            counted = count_targets(session, viewer, key, judged)
        else:
            which = figures.condition(_figure(name, span, parts), now=now)
            counted = count_tickets(session, viewer, key, which)
        for value, number in counted.items():
            setattr(found.setdefault(dimensions.text_of(value), Counted()), name, number)
    for value, minutes in _minutes(session, viewer, key, span, parts, metric=metric):
        found[dimensions.text_of(value)].minutes[int(minutes)] += 1
    return found


def by_step(
    session: Session,
    viewer: Viewer,
    span: Span,
    steps: Sequence[Step],
    parts: Sequence[Part],
    *,
    metric: str = FIRST_REPLY,
    now: datetime,
) -> list[Counted]:
    """Count the tickets, or promises of another metric, of each step of a span."""
    rows = [Counted() for _ in steps]
    ends = [step.end for step in steps]
    owned = figures.having(parts)
    for name in told_of(metric):
        if name == "backlog":
            continue
        which = figures.condition(_figure(name, span, parts), now=now)
        place = step_of(session, _INSTANTS[name], ends)
        if name in OF_TARGETS:
            judged = and_(judging.judged(name, span.start, span.end, now, metric), owned)
            found = count_targets(session, viewer, place, judged)
        else:
            found = count_tickets(session, viewer, place, which)
        for index, number in found.items():
            setattr(rows[index], name, number)
    for row, step in zip(rows, steps, strict=True) if metric == FIRST_REPLY else ():
        behind = Figure("backlog", step.start, step.end)
        for part in parts:
            behind = behind.within(part)
        row.backlog = figures.count(session, viewer, behind, now=now)
    index = step_of(session, Target.met_at, ends)
    for at, minutes in _minutes(session, viewer, index, span, parts, metric=metric):
        rows[at].minutes[int(minutes)] += 1
    return rows


_INSTANTS: dict[str, Any] = {
    "came": Ticket.created_at,
    "resolved": Ticket.resolved_at,
    "settled": Ticket.settled_at,
    "reopened": Ticket.settled_at,
    "one_touch": Ticket.settled_at,
    "kept": Target.met_at,
    "missed": Target.due_at,
    "replied": Target.met_at,
    "at_once": Target.met_at,
    "immediate": Target.met_at,
    "prompt": Target.met_at,
}


def told_of(metric: str) -> tuple[str, ...]:
    """Return what is counted of a metric: tickets themselves only with the first reply."""
    return (*COUNTERS, "backlog") if metric == FIRST_REPLY else ("kept", "missed", "replied")


def _figure(name: str, span: Span, parts: Sequence[Part]) -> Figure:
    figure = Figure(name, span.start, span.end)
    for part in parts:
        figure = figure.within(part)
    return figure


def _minutes(
    session: Session,
    viewer: Viewer,
    key: ColumnElement[Any],
    span: Span,
    parts: Sequence[Part],
    *,
    metric: str,
) -> Any:
    return session.execute(
        select(key, Target.service_minutes)
        .select_from(Target)
        .join(Ticket, Target.ticket_id == Ticket.id)
        .where(
            visible_tickets(viewer),
            judging.replied(span.start, span.end, metric),
            figures.having(parts),
        )
    )
