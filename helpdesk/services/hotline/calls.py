"""Calls of the hotline, to look at and to count.

What ``which`` selects is what ``sla.rates`` counts, so that a figure and the list which it
opens cannot disagree: ``offered`` are ``answered`` and ``missed`` together, ``within`` were
answered in good time, ``short`` hung up too soon to be offered, ``outside`` came outside
service hours and ``others`` are no calls to the desk. Calls that go on count nowhere yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.models import Call, Person
from helpdesk.services.access import Viewer, require_staff
from helpdesk.services.hotline import call_sums
from helpdesk.services.hours import calendars
from helpdesk.services.hours.local_hours import at_local
from sla.calendar import Calendar

PAGE = 50
EARLIEST, LATEST = date(1980, 1, 1), date(2099, 12, 31)
Which = Literal["all", "offered", "answered", "missed", "within", "short", "outside", "others"]
WHICH: tuple[Which, ...] = get_args(Which)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls to list; empty means all.

    ``first`` and ``last`` are local days, both included; ``hour`` is one of the local
    clock, ``weekday`` one from 0 (Monday). ``without`` selects the calls that name no
    ``queue``, or no ``agent``.
    """

    which: Which = "all"
    first: date | None = None
    last: date | None = None
    hour: int | None = None
    weekday: int | None = None
    queue: str = ""
    agent: str = ""
    without: Literal["", "queue", "agent"] = ""


def listing(
    session: Session,
    viewer: Viewer,
    chosen: Filter | None = None,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Call], int | None]:
    """Return a page of calls, the latest first, and the call to go on before, if there are more."""
    require_staff(viewer)
    return page(session, conditions(session, chosen or Filter()), before=before, limit=limit)


def page(
    session: Session, which: Iterable[ColumnElement[bool]], *, before: int | None, limit: int
) -> tuple[Sequence[Call], int | None]:
    """Return a page of calls that meet every condition; the caller has asked who may see them."""
    statement = (
        select(Call)
        .options(joinedload(Call.person).joinedload(Person.center), joinedload(Call.account))
        .where(*which)
        .order_by(Call.arrived_at.desc(), Call.id.desc())
        .limit(limit + 1)
    )
    last = session.get(Call, before) if before is not None else None
    if last is not None:
        behind = and_(Call.arrived_at == last.arrived_at, Call.id < last.id)
        statement = statement.where(or_(Call.arrived_at < last.arrived_at, behind))
    rows = session.scalars(statement).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def conditions(session: Session, chosen: Filter) -> list[ColumnElement[bool]]:
    """Return what a filter asks of a call."""
    calendar = calendars.default(session)
    found: list[ColumnElement[bool]] = []
    if chosen.first:
        found.append(Call.arrived_at >= _midnight(calendar, chosen.first))
    if chosen.last:
        found.append(Call.arrived_at < _midnight(calendar, chosen.last + timedelta(days=1)))
    if chosen.hour is not None or chosen.weekday is not None:
        found.append(_local(session, calendar, chosen))
    if chosen.queue:
        found.append(Call.queue == chosen.queue)
    if chosen.agent:
        found.append(Call.agent == chosen.agent)
    if chosen.without:
        found.append((Call.queue if chosen.without == "queue" else Call.agent) == "")
    return found + _counted_as(chosen.which, _in_hours(session, chosen.first, chosen.last))


def _local(session: Session, calendar: Calendar, chosen: Filter) -> ColumnElement[bool]:
    begin = _midnight(calendar, chosen.first or EARLIEST)
    end = _midnight(calendar, (chosen.last or LATEST) + timedelta(days=1))
    return at_local(
        Call.arrived_at,
        calendar.zone,
        (begin, end),
        hour=chosen.hour,
        weekday=chosen.weekday,
        postgres=session.get_bind().dialect.name == "postgresql",
    )


def _in_hours(session: Session, first: date | None, last: date | None) -> ColumnElement[bool]:
    """Say which calls came within service hours, those too whose hours have just changed."""
    kept: ColumnElement[bool] = Call.in_hours.expression
    wrong = call_sums.misplaced(session, first, last) if first and last else []
    if not wrong:
        return kept
    return or_(and_(kept, Call.id.not_in(wrong)), and_(not_(kept), Call.id.in_(wrong)))


def _counted_as(which: Which, in_hours: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Return what ``sla.rates.tally`` asks of a call, as conditions."""
    if which == "all":
        return []
    terms = call_sums.terms()
    over, asked = Call.outcome.is_not(None), Call.direction == "inbound"
    if which == "others":
        return [over, ~asked]
    if which == "outside":
        return [over, asked, not_(in_hours)]
    answered = Call.answered_at.is_not(None)
    unanswered = Call.answered_at.is_(None)
    long_enough = Call.wait_seconds >= terms.short_seconds
    kinds: dict[str, ColumnElement[bool]] = {
        "offered": or_(answered, long_enough),
        "answered": answered,
        "missed": and_(unanswered, long_enough),
        "within": and_(answered, Call.wait_seconds <= terms.service_seconds),
        "short": and_(unanswered, Call.wait_seconds < terms.short_seconds),
    }
    return [over, asked, in_hours, kinds[which]]


def _midnight(calendar: Calendar, day: date) -> datetime:
    return datetime.combine(day, time(), calendar.zone)
