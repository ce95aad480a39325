"""Inflow against outflow: tickets that came and tickets that were resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.models import Ticket
from helpdesk.services.access import Viewer, require_manager
from helpdesk.services.reports import figures, sums
from helpdesk.services.reports.counted import Counted
from helpdesk.services.reports.figures import Figure
from helpdesk.services.reports.grouping import count_tickets, step_of
from helpdesk.services.reports.periods import Span, Step


@dataclass(frozen=True, slots=True)
class StepFlow:
    """What came and what was resolved in one day or month."""

    step: Step
    came: int
    resolved: int

    def figure(self, name: str) -> Figure:
        """Return the figure that opens the tickets behind ``came`` or ``resolved``."""
        return Figure(name, self.step.start, self.step.end)


@dataclass(frozen=True, slots=True)
class Flow:
    """A span's coming and going."""

    span: Span
    steps: tuple[StepFlow, ...]

    @property
    def came(self) -> int:
        """Tickets that came in the span."""
        return sum(step.came for step in self.steps)

    @property
    def resolved(self) -> int:
        """Tickets that were resolved in the span."""
        return sum(step.resolved for step in self.steps)


def flow(
    session: Session,
    viewer: Viewer,
    span: Span,
    *,
    now: datetime,
    summed: Sequence[Counted] | None = None,
) -> Flow:
    """Count what came and what was resolved, step by step.

    ``summed`` are the steps' sums, where they were read already.
    """
    require_manager(viewer)
    steps = span.steps()
    if summed is None:
        summed = sums.by_step(session, viewer, span, steps, (), now=now)
    if summed is not None:
        rows = zip(steps, summed, strict=True)
        return Flow(span, tuple(StepFlow(step, n.came, n.resolved) for step, n in rows))
    ends = [step.end for step in steps]
    came, resolved = (
        count_tickets(
            session,
            viewer,
            step_of(session, column, ends),
            figures.condition(Figure(name, span.start, span.end), now=now),
        )
        for name, column in (("came", Ticket.created_at), ("resolved", Ticket.resolved_at))
    )
    return Flow(
        span,
        tuple(
            StepFlow(step, came.get(index, 0), resolved.get(index, 0))
            for index, step in enumerate(steps)
        ),
    )
