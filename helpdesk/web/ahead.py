"""Looking ahead: what falls due and what the telephone brings, against who is on duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.presentation.charts import heat
from helpdesk.services import reports
from helpdesk.services.hotline import telephone
from helpdesk.services.hotline.telephone import WEEKS, Telephone
from helpdesk.services.promises import forecast
from helpdesk.services.promises.forecast import Need, Staffing
from helpdesk.services.reports import DueBucket, Figure
from helpdesk.services.reports.duty import duties
from helpdesk.web import signed
from helpdesk.web.dashboard import behind, due_label
from helpdesk.web.fragments import render
from helpdesk.web.hotline_board import Grid, calls_behind, filled
from helpdesk.web.requests import now
from sla import expected
from sla.budget import Stretch

blueprint = Blueprint("ahead", __name__, url_prefix="/dashboard/ahead")


@dataclass(frozen=True)
class Hour:
    """A stretch of the coming service time: what falls due in it, and who is needed for its calls.

    ``calls`` and ``need`` are None where nothing is foreseen.
    """

    name: str
    due: DueBucket
    calls: float | None
    need: Need | None


@dataclass(frozen=True)
class WeekHour:
    """An hour of the ordinary week: its mean, the calls and days that it is the mean of."""

    mean: float
    calls: int
    days: int
    heat: int
    need: Need | None
    href: str


@blueprint.get("/")
@signed.manager
def show() -> ResponseReturnValue:
    """Show the coming hours and the ordinary week."""
    session, viewer = db.session(), signed.viewer()
    phone = telephone.read(session, now=now())
    staffing = forecast.staffing(session, phone)
    buckets = reports.in_hand(session, viewer, now=now()).due
    until = _end_of_hours(buckets)
    return render(
        "dashboard/ahead.html",
        hours=_hours(phone, staffing, buckets),
        rows=duties(session, viewer, until, now=now()) if until else [],
        until=until,
        week=_week(phone, staffing),
        staffing=staffing,
        on_duty=len(staffing.on_duty),
        percent=phone.percent,
        history=phone.history if phone.week else None,
        weeks=WEEKS,
        now_at=now(),
        behind=behind,
        Figure=Figure,
    )


def _hours(phone: Telephone, staffing: Staffing, buckets: Sequence[DueBucket]) -> list[Hour]:
    """Lay the calls expected over the stretches in which tickets fall due."""
    last = max((b.closes for b in buckets if b.closes), default=None)
    if last is None:
        return []
    today = phone.today
    coming = expected.coming(phone.week, phone.calendar, now(), phone.calendar.local_date(last))
    found = []
    for bucket in buckets:
        within = [part for part in coming if _overlaps(part, bucket)]
        calls = sum(part.calls for part in within) if phone.week and within else None
        name = due_label(bucket, phone.calendar, today)
        found.append(Hour(name, bucket, calls, _most(staffing, within) if phone.week else None))
    return found


def _overlaps(part: Stretch, bucket: DueBucket) -> bool:
    if bucket.opens is None or bucket.closes is None:
        return False
    return part.opens >= bucket.opens and part.closes <= bucket.closes


def _most(staffing: Staffing, parts: list[Stretch]) -> Need | None:
    """Return who is needed in the busiest of several stretches."""
    needs = [
        staffing.need(part.calls, (part.closes - part.opens).total_seconds() / 60) for part in parts
    ]
    known = [need for need in needs if need is not None]
    return max(known, key=lambda need: (need.agents, -need.answered), default=None)


def _end_of_hours(buckets: Sequence[DueBucket]) -> datetime | None:
    """Return the instant after the hours that are told one by one."""
    ends = [b.figure.end for b in buckets if b.opens is not None and not b.whole_day]
    return max((end for end in ends if end), default=None)


def _week(phone: Telephone, staffing: Staffing) -> Grid[WeekHour | None]:
    top = max((hour.mean for hour in phone.week.values()), default=0.0)
    first, last = phone.history

    def cell(weekday: int, hour: int) -> WeekHour | None:
        known = phone.week.get((weekday, hour))
        if known is None:
            return None
        href = calls_behind("offered", first, last, weekday=weekday, hour=hour)
        need = staffing.need(known.mean, known.minutes)
        return WeekHour(known.mean, known.calls, known.days, heat(known.mean, top), need, href)

    return filled(phone.week, cell)
