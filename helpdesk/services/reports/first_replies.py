"""First replies over a span: how many promises were kept, how fast, and each that was not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Event, Target, Ticket
from helpdesk.services.access import Viewer, require_manager, visible_tickets
from helpdesk.services.promises import clock_log
from helpdesk.services.reports import judged, sums
from helpdesk.services.reports.counted import MEDIAN, MOST, Counted, together
from helpdesk.services.reports.figures import PAGE, Figure
from helpdesk.services.reports.grouping import count_targets, step_of
from helpdesk.services.reports.periods import Span, Step
from sla import clock as actions
from sla.events import ClockEvent, replay


@dataclass(frozen=True, slots=True)
class StepReplies:
    """What was judged in one day or month of the span."""

    step: Step
    kept: int
    missed: int

    @property
    def rate(self) -> float | None:
        """The share kept; None where nothing was judged."""
        return _rate(self.kept, self.missed)


@dataclass(frozen=True, slots=True)
class FirstReplies:
    """The promise of the first reply over a span; ``figures`` says what is counted.

    ``median_minutes`` and ``p90_minutes`` are service minutes from the question to
    the first replies given in the span (nearest rank, part minutes dropped); None where
    none was given. ``summed`` is all that was counted of the steps, where sums are kept.
    """

    span: Span
    steps: tuple[StepReplies, ...]
    replied: int
    at_once: int
    median_minutes: int | None
    p90_minutes: int | None
    summed: Sequence[Counted] | None = None

    @property
    def kept(self) -> int:
        """Promises kept."""
        return sum(step.kept for step in self.steps)

    @property
    def missed(self) -> int:
        """Promises missed."""
        return sum(step.missed for step in self.steps)

    @property
    def judged(self) -> int:
        """Promises kept or missed."""
        return self.kept + self.missed

    @property
    def rate(self) -> float | None:
        """The share kept of those judged; None where nothing was."""
        return _rate(self.kept, self.missed)

    @property
    def at_once_share(self) -> float | None:
        """The share answered at once of the first replies given; None where none was."""
        return self.at_once / self.replied if self.replied else None

    def figure(self, name: str) -> Figure:
        """Return the figure that opens the tickets behind a number (``kept``, ``missed`` …)."""
        return Figure(name, self.span.start, self.span.end)


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was not kept, and by how many service minutes so far or in the end."""

    ticket: Ticket
    target: Target
    late_minutes: float

    @property
    def answered(self) -> bool:
        """Whether a reply came after all."""
        return self.target.met_at is not None


@dataclass(frozen=True, slots=True)
class BreachPage:
    """Breaches, latest deadline first, and the token of the next page."""

    breaches: Sequence[Breach]
    after: str | None = None


def first_replies(session: Session, viewer: Viewer, span: Span, *, now: datetime) -> FirstReplies:
    """Judge the first replies of a span."""
    require_manager(viewer)
    steps, start, end = span.steps(), span.start, span.end
    summed = sums.by_step(session, viewer, span, steps, (), now=now, speeds="whole")
    if summed is not None:
        whole = together(summed)
        return FirstReplies(
            span,
            tuple(
                StepReplies(step, counted.kept, counted.missed)
                for step, counted in zip(steps, summed, strict=True)
            ),
            whole.replied,
            whole.at_once,
            whole.median,
            whole.p90,
            summed,
        )
    ends = [step.end for step in steps]
    kept = count_targets(
        session, viewer, step_of(session, Target.met_at, ends), judged.judged_kept(start, end)
    )
    was_missed = judged.judged_missed(start, end, now)
    missed = count_targets(session, viewer, step_of(session, Target.due_at, ends), was_missed)
    given = [visible_tickets(viewer), judged.replied(start, end)]
    at_once = func.count().filter(Target.service_minutes <= judged.at_once_minutes())
    counted = select(func.count(), at_once).select_from(Target).join(Target.ticket).where(*given)
    replied, soon = session.execute(counted).one()
    return FirstReplies(
        span,
        tuple(
            StepReplies(step, kept.get(index, 0), missed.get(index, 0))
            for index, step in enumerate(steps)
        ),
        replied,
        soon,
        _ranked(session, given, replied, MEDIAN),
        _ranked(session, given, replied, MOST),
    )


def share_kept(session: Session, viewer: Viewer, span: Span, *, now: datetime) -> float | None:
    """Return the share of the first replies judged in a span that was kept; None without any."""
    whole = [Step(span.first, span.start, span.end)]
    summed = sums.by_step(session, viewer, span, whole, (), now=now, speeds="none")
    if summed is None:
        return first_replies(session, viewer, span, now=now).rate
    return _rate(summed[0].kept, summed[0].missed)


def breaches(
    session: Session,
    viewer: Viewer,
    span: Span,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE,
) -> BreachPage:
    """Return the promises missed in a span, each with its lateness in service time."""
    require_manager(viewer)
    statement = (
        select(Target)
        .join(Target.ticket)
        .where(visible_tickets(viewer), judged.judged_missed(span.start, span.end, now))
        .options(joinedload(Target.ticket))
        .order_by(Target.due_at.desc(), Target.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        last, number = _read(after)
        behind = or_(Target.due_at < last, and_(Target.due_at == last, Target.id < number))
        statement = statement.where(Target.due_at <= last, behind)
    found = session.scalars(statement).all()
    page = found[:limit]
    logs = _logs(session, [target.id for target in page])
    rows = [_breach(session, target, logs[target.id], now) for target in page]
    return BreachPage(rows, _token(page[-1]) if len(found) > limit else None)


def _ranked(
    session: Session, given: list[ColumnElement[bool]], size: int, share: float
) -> int | None:
    """Return the value of which ``share`` of all are no greater (nearest rank)."""
    if size == 0:
        return None
    found = session.scalar(
        select(Target.service_minutes)
        .join(Target.ticket)
        .where(*given)
        .order_by(Target.service_minutes)
        .offset(math.ceil(size * share) - 1)
        .limit(1)
    )
    return int(found) if found is not None else None


def _breach(session: Session, target: Target, log: Sequence[ClockEvent], now: datetime) -> Breach:
    calendar = clock_log.calendar_of(session, target)
    late = actions.overdue_minutes(replay(log), calendar, now)
    return Breach(target.ticket, target, late)


def _logs(session: Session, ids: Sequence[int]) -> dict[int, list[ClockEvent]]:
    """Read the logs of a page's targets at once."""
    rows = session.execute(
        select(Event.target_id, Event.kind, Event.at, Event.data)
        .where(Event.target_id.in_(ids))
        .order_by(Event.id)
    )
    logs: dict[int, list[ClockEvent]] = {id_: [] for id_ in ids}
    for target_id, kind, at, data in rows:
        logs[target_id or 0].append(ClockEvent(kind.removeprefix(clock_log.PREFIX), at, data))
    return logs


def _token(target: Target) -> str:
    assert target.due_at is not None
    return f"{target.due_at.isoformat()}~{target.id}"


def _read(token: str) -> tuple[datetime, int]:
    text, _, number = token.replace(" ", "+").partition("~")
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at, int(number)
    except ValueError:
        pass
    raise Refusal("bad_page", lazy_gettext("This page link is broken; begin anew."))


def _rate(kept: int, missed: int) -> float | None:
    return kept / (kept + missed) if kept + missed else None
