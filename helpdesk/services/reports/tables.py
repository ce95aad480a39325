"""A report: the figures of a period, broken down, together, and against the period before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.services.access import Viewer, require_manager
from helpdesk.services.reports import dimensions, raw, sums
from helpdesk.services.reports.counted import Counted, together
from helpdesk.services.reports.dimensions import BREAKDOWNS, TIMES, Part
from helpdesk.services.reports.figures import Figure
from helpdesk.services.reports.periods import Span, Step, Unit
from sla.metrics import FIRST_REPLY, METRICS

MOST_STEPS = 800


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked for: which days, by what, and only of these parts.

    ``metric`` is the promise that it tells of; tickets themselves are told of with the
    first reply.
    """

    span: Span
    breakdown: str = "channel"
    parts: tuple[Part, ...] = ()
    metric: str = FIRST_REPLY

    @property
    def by_time(self) -> bool:
        """Whether its rows are days, weeks or months."""
        return self.breakdown in TIMES

    def before(self) -> Question:
        """Return the same question of the period before."""
        return replace(self, span=self.span.before())

    def figure(self, name: str) -> Figure:
        """Return the figure of all rows together."""
        found = Figure(name, self.span.start, self.span.end, metric=self.metric)
        for part in self.parts:
            found = found.within(part)
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the breakdown, or one step of time, and what it adds up to."""

    question: Question
    counted: Counted
    value: str = ""
    step: Step | None = None

    def figure(self, name: str) -> Figure:
        """Return the figure that opens the tickets which this row counts."""
        if self.step is None:
            return self.question.figure(name).within((self.question.breakdown, self.value))
        whole = self.question.figure(name)
        return replace(whole, start=self.step.start, end=self.step.end)


@dataclass(frozen=True, slots=True)
class Report:
    """Rows, the largest first or in the order of time, and their total.

    ``before`` is the total of the period before; None where it was not asked for.
    """

    question: Question
    rows: Sequence[Row]
    total: Counted
    before: Counted | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self.total.empty

    def rest(self, shown: int) -> Counted:
        """Return what the rows behind the first ones add up to."""
        return together([row.counted for row in self.rows[shown:]])


def report(session: Session, viewer: Viewer, question: Question, *, now: datetime) -> Report:
    """Count a report; raise Forbidden for who may not see it."""
    require_manager(viewer)
    if question.breakdown not in BREAKDOWNS:
        raise Refusal("unknown_breakdown", lazy_gettext("There is no such breakdown."))
    if question.metric not in METRICS:
        raise Refusal("unknown_metric", lazy_gettext("There is no such promise."))
    rows = list(_rows(session, viewer, question, now))
    at_last = rows[-1].counted.backlog if question.by_time and rows else None
    total = together([row.counted for row in rows], backlog=at_last)
    return Report(question, rows, total, _total(session, viewer, question.before(), now))


def parts_from(query: Mapping[str, str]) -> tuple[Part, ...]:
    """Return the filters that an address names; raise Refusal for what cannot be."""
    named = (name for name in dimensions.DIMENSIONS if name in query)
    return tuple(dimensions.checked(name, query[name]) for name in named)


def _rows(session: Session, viewer: Viewer, question: Question, now: datetime) -> Iterator[Row]:
    if not question.by_time:
        found = _by_value(session, viewer, question, question.breakdown, now)
        ordered = sorted(found.items(), key=lambda item: _size(item[1], item[0]))
        for value, counted in ordered:
            yield Row(question, counted, value)
        return
    steps = [step for step in question.span.cut(_unit(question)) if step.start <= now]
    if len(steps) > MOST_STEPS:
        raise Refusal(
            "too_many_rows", lazy_gettext("That is too long to be told by days; choose months.")
        )
    for step, counted in zip(steps, _by_step(session, viewer, question, steps, now), strict=True):
        yield Row(question, counted, step=step)


def _total(session: Session, viewer: Viewer, question: Question, now: datetime) -> Counted:
    span = question.span
    whole = Step(span.first, span.start, span.end)
    return _by_step(session, viewer, question, [whole], now)[0]


def _by_value(
    session: Session, viewer: Viewer, question: Question, dimension: str, now: datetime
) -> dict[str, Counted]:
    asked = (session, viewer, question.span, dimension, question.parts)
    found = sums.by_value(*asked, metric=question.metric, now=now)
    if found is None:
        return raw.by_value(*asked, metric=question.metric, now=now)
    return found


def _by_step(
    session: Session, viewer: Viewer, question: Question, steps: Sequence[Step], now: datetime
) -> list[Counted]:
    if not steps:
        return []
    last = steps[-1]
    span = question.span
    if last.end < span.end:  # what lies ahead is left out
        span = Span(span.first, last.end.astimezone(span.zone).date() - sums.DAY, span.zone)
    asked = (session, viewer, span, steps, question.parts)
    found = sums.by_step(*asked, metric=question.metric, now=now)
    if found is None:
        return raw.by_step(*asked, metric=question.metric, now=now)
    return found


def _size(counted: Counted, value: str) -> tuple[int, int, int, str]:
    return (-counted.came, -counted.backlog, -counted.replied, value)


def _unit(question: Question) -> Unit:
    units: dict[str, Unit] = {"day": "day", "week": "week", "month": "month"}
    return units[question.breakdown]
