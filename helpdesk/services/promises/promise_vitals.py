"""How the two promises stand at this moment, for whoever watches them from outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from helpdesk.models import NO_PROMISE, Target, Ticket
from helpdesk.services.hours import calendars, years
from helpdesk.services.reports import judged, period


@dataclass(frozen=True, slots=True)
class PromiseVitals:
    """Numbers of tickets that are owed something, and ages in seconds.

    ``overdue_age`` is how long ago the oldest of the broken promises that are still owed
    fell due, ``sweep_lag`` how long the oldest warning or breach waits to be recorded;
    both are 0 without any. ``years_missing`` counts the years whose days off should
    have been entered by now.
    """

    in_time: int
    at_risk: int
    overdue: int
    overdue_age: float
    sweep_lag: float
    is_open: bool
    years_missing: int


def promise_vitals(session: Session, *, now: datetime) -> PromiseVitals:
    """Look at what is owed; it costs what is unfinished."""
    calendar = calendars.default(session)
    ahead = (Ticket.queue_at >= now, Ticket.queue_at < NO_PROMISE)
    owed = _count(session, ahead)
    at_risk = _count(session, (Ticket.at_risk, *ahead))
    return PromiseVitals(
        in_time=owed - at_risk,
        at_risk=at_risk,
        overdue=_count(session, (Ticket.queue_at < now,)),
        overdue_age=_seconds_since(session.scalar(select(func.min(Ticket.queue_at))), now),
        sweep_lag=_seconds_since(session.scalar(select(func.min(Target.next_at))), now),
        is_open=calendar.is_open(now),
        years_missing=len(years.missing(session, now=now)),
    )


def judged_this_month(session: Session, *, now: datetime) -> tuple[int, int]:
    """Return the first replies kept and missed since the first of the local month."""
    calendar = calendars.default(session)
    month = period("month", calendar, now)
    kept = judged.judged_kept(month.start, month.end)
    missed = judged.judged_missed(month.start, month.end, now)
    return _count_targets(session, kept), _count_targets(session, missed)


def _count(session: Session, conditions: Iterable[ColumnElement[bool] | Any]) -> int:
    return session.scalar(select(func.count()).select_from(Ticket).where(*conditions)) or 0


def _count_targets(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Target).where(which)) or 0


def _seconds_since(at: datetime | None, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at is not None else 0.0
