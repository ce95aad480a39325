"""Looking ahead: what is left of the month's budget, and how many agents each hour needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Agent, Call
from helpdesk.services.desk import absences
from helpdesk.services.hotline.telephone import Telephone
from sla import expected
from sla.budget import Budget, Stretch, runs_out
from sla.rates import Tally
from sla.staffing import Traffic, agents_needed, answered_share

SAMPLE = 2000
"""So many of the latest calls say how long callers wait before they hang up."""
LEAST_HUNG_UP = 10
USUAL_PATIENCE = 120.0
"""Seconds, where too few callers hung up to measure it."""
MOST_SHARE = 0.99
"""Nobody can promise that no caller hangs up: a promise of 100 % is staffed for this."""


@dataclass(frozen=True, slots=True)
class MonthBudget:
    """The budget of one local month.

    - ``counted``: its calls so far; ``window``: those of the last service day.
    - ``coming``: what is left of its service time, with the calls expected in it.
    - ``foreseen``: whether earlier weeks say what comes; if not, nothing is expected.
    - ``pace``: the share of calls missed in the last service day, or in the month so far
      where that day brought none; None without any.
    - ``runs_out``: when it is used up at this pace; None where it lasts.
    """

    first: date
    last: date
    counted: Tally
    window: Tally
    budget: Budget
    coming: Sequence[Stretch]
    foreseen: bool
    pace: float | None
    runs_out: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether the month has no service time left."""
        return not self.coming

    @property
    def left_in_the_end(self) -> int | None:
        """What is left when the month ends, at this pace; None without a pace."""
        return None if self.pace is None else self.budget.left_at(self.pace)


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the calls say about calls; in seconds.

    ``handling`` is the mean talk of ``answered`` calls, None without any; ``patience``
    how long callers wait in the mean before they hang up, from ``hung_up`` who did:
    all waiting together for each of them, because who was answered would have waited
    longer. Not ``measured``, it is ``USUAL_PATIENCE``.
    """

    handling: float | None
    answered: int
    patience: float
    hung_up: int

    @property
    def measured(self) -> bool:
        """Whether enough callers hung up to say it."""
        return self.hung_up >= LEAST_HUNG_UP


@dataclass(frozen=True, slots=True)
class Need:
    """How many agents keep the promise, and the share of calls that those here would answer."""

    agents: int
    answered: float


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many agents the telephone needs.

    ``on_duty`` are the agents at work and not away. Not all of them sit at the telephone.
    """

    estimates: Estimates
    on_duty: Sequence[Agent]
    share: float

    def need(self, calls: float, minutes: float) -> Need | None:
        """Return who is needed for so many calls in so many service minutes.

        None while no call was answered that would say how long one takes.
        """
        if not self.estimates.handling:
            return None
        per_second = calls / minutes / 60
        traffic = Traffic(per_second, self.estimates.handling, self.estimates.patience)
        answered = answered_share(traffic, len(self.on_duty))
        return Need(agents_needed(traffic, self.share), answered)


def month_budget(telephone: Telephone, month: date) -> MonthBudget:
    """Return the budget of the local month that a date lies in."""
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    counted = telephone.total(first, last)
    begin = max(telephone.now, _midnight(telephone, first))
    coming = expected.coming(telephone.week, telephone.calendar, begin, last)
    calls = round(sum(stretch.calls for stretch in coming))
    budget = Budget(counted.offered, counted.answered, calls, telephone.percent)
    window = telephone.window(telephone.calendar.workday_minutes())
    pace = _missed_share(window)
    if pace is None:
        pace = _missed_share(counted)
    foreseen = bool(telephone.week)
    return MonthBudget(
        first=first,
        last=last,
        counted=counted,
        window=window,
        budget=budget,
        coming=coming,
        foreseen=foreseen,
        pace=pace,
        runs_out=runs_out(budget.left, pace, coming) if foreseen and pace is not None else None,
    )


def staffing(session: Session, telephone: Telephone) -> Staffing:
    """Return what it takes to keep the promise."""
    share = min(telephone.percent / 100, MOST_SHARE)
    return Staffing(estimate(session, telephone), on_duty(session, now=telephone.now), share)


def estimate(session: Session, telephone: Telephone) -> Estimates:
    """Return how long calls take, from the history, and how long callers wait."""
    counted = telephone.total(*telephone.history)
    latest = (
        select(Call.wait_seconds, Call.answered_at)
        .where(Call.direction == "inbound", Call.in_hours.is_(True), Call.outcome.is_not(None))
        .order_by(Call.arrived_at.desc(), Call.id.desc())
        .limit(SAMPLE)
        .subquery()
    )
    hung_up, waited = session.execute(
        select(
            func.count().filter(latest.c.answered_at.is_(None)), func.sum(latest.c.wait_seconds)
        ).select_from(latest)
    ).one()
    measured = hung_up >= LEAST_HUNG_UP and waited
    patience = float(waited) / hung_up if measured else USUAL_PATIENCE
    handling = counted.average_handling_time or None
    return Estimates(handling, counted.answered, patience, hung_up)


def on_duty(session: Session, *, now: datetime) -> Sequence[Agent]:
    """Return the agents who work here and are not away."""
    there = select(Agent).where(absences.here(now), Agent.role == "agent")
    return session.scalars(there.order_by(Agent.name, Agent.id)).all()


def _missed_share(counted: Tally) -> float | None:
    return counted.abandoned / counted.offered if counted.offered else None


def _midnight(telephone: Telephone, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=telephone.calendar.zone)
