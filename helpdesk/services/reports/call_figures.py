"""Figures of the hotline: one condition on calls for each, and the calls behind it.

All speak of calls that are over and that came in on a local day of the period:

- ``offered``: came within service hours, asked for a person, and did not hang up
  sooner than the promise's terms count (``short`` are those).
- ``answered``: of the offered, those that a person took; ``abandoned``: the others.
- ``outside``: asked for a person outside the service hours; never in the rate.

The counts come from kept sums (``services.hotline.call_sums``), which agree with the calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Call
from helpdesk.services.access import Viewer, require_manager
from helpdesk.services.hotline import call_sums, calls
from helpdesk.services.hotline.calls import Filter, Which
from helpdesk.services.reports.periods import Span, Unit
from sla.rates import NOTHING, Tally

PAGE = 50
CallBreakdown = Literal["day", "week", "month", "queue", "agent"]
CALL_BREAKDOWNS: tuple[CallBreakdown, ...] = get_args(CallBreakdown)
_WHICH: Mapping[str, Which] = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "missed",
    "short": "short",
    "outside": "outside",
}
CALL_FIGURES = tuple(_WHICH)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CallFigure:
    """A figure of the calls of local days, both included; a queue's or an agent's, or all."""

    name: str
    first: date
    last: date
    queue: str | None = None
    agent: str | None = None

    def to_query(self) -> dict[str, str]:
        """Return the figure as parameters of an address."""
        query = {
            "figure": self.name,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
        }
        if self.queue is not None:
            query["queue"] = self.queue
        if self.agent is not None:
            query["agent"] = self.agent
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> CallFigure:
        """Read what ``to_query`` wrote; raise Refusal for anything else."""
        first, last = _date(query.get("first", "")), _date(query.get("last", ""))
        name = query.get("figure", "")
        if name not in CALL_FIGURES or first is None or last is None or first > last:
            raise Refusal("unknown_figure", lazy_gettext("There is no such figure."))
        return cls(name, first, last, query.get("queue"), query.get("agent"))


@dataclass(frozen=True, slots=True)
class CallRow:
    """One value of the breakdown, or the days from ``first`` to ``last``, and its sums."""

    first: date
    last: date
    counted: Tally
    breakdown: CallBreakdown | None = None
    value: str = ""

    def figure(self, name: str) -> CallFigure:
        """Return the figure that opens the calls which this row counts."""
        found = CallFigure(name, self.first, self.last)
        if self.breakdown == "queue":
            return replace(found, queue=self.value)
        return replace(found, agent=self.value) if self.breakdown == "agent" else found


@dataclass(frozen=True, slots=True)
class CallReport:
    """Rows of calls, the most offered first or in the order of time, and their total."""

    span: Span
    breakdown: CallBreakdown
    rows: Sequence[CallRow]
    total: CallRow
    before: Tally

    @property
    def empty(self) -> bool:
        """Whether nobody called."""
        return not self.total.counted.calls


def call_report(
    session: Session, viewer: Viewer, span: Span, breakdown: str, *, now: datetime
) -> CallReport:
    """Count the calls of a period; raise Forbidden for who may not see it."""
    require_manager(viewer)
    by = next((known for known in CALL_BREAKDOWNS if known == breakdown), None)
    if by is None:
        raise Refusal("unknown_breakdown", lazy_gettext("There is no such breakdown."))
    if by == "queue" or by == "agent":  # noqa: PLR1714 - narrows the type
        sums = call_sums.sums(session, span.first, span.last, by=by)
        rows = [
            CallRow(span.first, span.last, tally, by, value)
            for value, tally in sorted(sums.items(), key=lambda item: (-item[1].offered, item[0]))
        ]
    else:
        rows = _steps(session, span, by, now)
    total = CallRow(span.first, span.last, sum((row.counted for row in rows), NOTHING))
    earlier = span.before()
    before = call_sums.sums(session, earlier.first, earlier.last, by="month")
    return CallReport(span, by, rows, total, sum(before.values(), NOTHING))


def call_count(session: Session, viewer: Viewer, figure: CallFigure) -> int:
    """Count the calls behind a figure."""
    require_manager(viewer)
    counted = (
        select(func.count()).select_from(Call).where(*calls.conditions(session, _filter(figure)))
    )
    return session.scalar(counted) or 0


def calls_behind(
    session: Session,
    viewer: Viewer,
    figure: CallFigure,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Call], int | None]:
    """Return a page of the calls that a figure counts, latest first, and where to go on."""
    require_manager(viewer)
    return calls.page(
        session, calls.conditions(session, _filter(figure)), before=before, limit=limit
    )


def _filter(figure: CallFigure) -> Filter:
    """Return the filter of the calls page that selects what a figure counts."""
    without: Literal["", "queue", "agent"] = ""
    if figure.queue == "" or figure.agent == "":
        without = "queue" if figure.queue == "" else "agent"
    return Filter(
        which=_WHICH[figure.name],
        first=figure.first,
        last=figure.last,
        queue=figure.queue or "",
        agent=figure.agent or "",
        without=without,
    )


def _steps(session: Session, span: Span, unit: Unit, now: datetime) -> list[CallRow]:
    steps = [step for step in span.cut(unit) if step.start <= now]
    sums = call_sums.sums(session, span.first, span.last, by="day")
    lasts = [step.first_day - DAY for step in steps[1:]]
    if steps:
        lasts.append(min(span.last, steps[-1].end.astimezone(span.zone).date() - DAY))
    rows = []
    for step, last in zip(steps, lasts, strict=True):
        days = (step.first_day + n * DAY for n in range((last - step.first_day).days + 1))
        tally = sum((sums.get(day.isoformat(), NOTHING) for day in days), NOTHING)
        rows.append(CallRow(step.first_day, last, tally))
    return rows


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(1980, 1, 1) <= found <= date(2199, 12, 31) else None
