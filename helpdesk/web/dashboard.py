"""The managers' dashboard: the two promises, and what stands behind each figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.presentation import dates
from helpdesk.presentation.opening import weekday_name
from helpdesk.services import reports
from helpdesk.services.database import memory
from helpdesk.services.hotline import call_sums, telephone
from helpdesk.services.hours import calendars
from helpdesk.services.promises import forecast
from helpdesk.services.reports import DueBucket, Figure, Flow, Span
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.hotline_board import board, calls_behind
from helpdesk.web.requests import now
from sla.calendar import Calendar

blueprint = Blueprint("dashboard", __name__, url_prefix="/dashboard")

SHOWN_BREACHES = 6


@dataclass(frozen=True)
class Column:
    """One bar that opens its tickets; ``look`` is ``risk``, ``later`` or nothing."""

    label: str
    value: int
    look: str
    href: str


@blueprint.get("/")
@signed.manager
def show() -> ResponseReturnValue:
    """Show how the promises are kept, what is at stake, and who holds how much."""
    session, viewer = db.session(), signed.viewer()
    with memory.remembering(session):
        name, span, calendar = _period()
        replies = reports.first_replies(session, viewer, span, now=now())
        hand = reports.in_hand(session, viewer, now=now())
        phone = telephone.read(session, span.first, now=now())
        return render(
            "dashboard/dashboard.html",
            period=name,
            periods=_period_names(calendar),
            title=_span_name(name, span),
            workdays=reports.workdays(calendar, span, now()),
            replies=replies,
            rate_before=reports.share_kept(session, viewer, span.before(), now=now()),
            trend=[step.rate for step in replies.steps if step.rate is not None],
            standing=hand.standing,
            unassigned=hand.held[None].open,
            due=due_columns(calendar, hand.due),
            flow=reports.flow(session, viewer, span, now=now(), summed=replies.summed),
            load=reports.load_by_agent(session, viewer, span, hand, now=now()),
            breaches=reports.breaches(session, viewer, span, now=now(), limit=SHOWN_BREACHES),
            channels=reports.channel_health(session, viewer, now=now()),
            hotline=board(phone, span),
            on_duty=forecast.on_duty(session, now=now()),
            terms=call_sums.terms(),
            calls_behind=calls_behind,
            behind=behind,
            Figure=Figure,
            flow_columns=_flow_columns,
        )


@blueprint.get("/tickets")
@signed.manager
def tickets() -> ResponseReturnValue:
    """Show the tickets that a figure counts."""
    figure = Figure.from_query(request.args)
    page = reports.tickets_behind(
        db.session(), signed.viewer(), figure, now=now(), after=request.args.get("after")
    )
    more = behind(figure, after=page.after) if page.after else None
    first = behind(figure) if request.args.get("after") else None
    name = figure_names().get(figure.name, figure.name)
    return render("dashboard/tickets.html", name=name, page=page, more=more, first=first)


@blueprint.get("/breaches")
@signed.manager
def breaches() -> ResponseReturnValue:
    """Show each promise of a period that was not kept, and how late it was."""
    name, span, _ = _period()
    page = reports.breaches(
        db.session(), signed.viewer(), span, now=now(), after=request.args.get("after")
    )
    return render(
        "dashboard/breaches.html",
        period=name,
        title=_span_name(name, span),
        page=page,
        paged=bool(request.args.get("after")),
    )


def figure_names() -> dict[str, str]:
    """Return what each figure is called."""
    return {
        "kept": gettext("First replies in time"),
        "missed": gettext("First replies that were late or missing"),
        "judged": gettext("First replies judged"),
        "replied": gettext("First replies given"),
        "at_once": gettext("Answered at once"),
        "open": gettext("Open"),
        "waiting": gettext("Waiting for them"),
        "overdue": gettext("Overdue"),
        "owed": gettext("Promises running"),
        "at_risk": gettext("At risk"),
        "due": gettext("Falling due"),
        "came": gettext("Came in"),
        "resolved": gettext("Resolved"),
    }


def behind(figure: Figure, **more: Any) -> str:
    """Return the address of the tickets behind a figure."""
    query: dict[str, Any] = {**figure.to_query(), **more}
    return url_for("dashboard.tickets", **query)


def _period() -> tuple[str, Span, Calendar]:
    calendar = calendars.default(db.session())
    name = request.args.get("period", "month")
    return name, reports.period(name, calendar, now()), calendar


def _period_names(calendar: Calendar) -> dict[str, str]:
    month_before = reports.period("month", calendar, now()).before().first
    return {
        "today": gettext("Today"),
        "week": gettext("This week"),
        "month": gettext("This month"),
        f"{month_before:%Y-%m}": gettext("Last month"),
        "year": gettext("This year"),
    }


def _span_name(name: str, span: Span) -> str:
    if name == "today":
        return dates.plain_day(span.first, today=span.first)
    if name == "week":
        return f"{dates.short_day(span.first)} – {dates.short_day(span.last)}"
    return str(span.first.year) if name == "year" else dates.month(span.first)


def due_columns(calendar: Calendar, buckets: Iterable[DueBucket]) -> list[Column]:
    """Name each stretch of the coming service time, and what falls due in it."""
    today = calendar.local_date(now())
    found = []
    for bucket in buckets:
        soon = bucket.opens == now()
        look = "later" if bucket.whole_day or bucket.opens is None else "risk" if soon else ""
        label = gettext("now") if soon else _column_label(bucket, calendar, today)
        found.append(Column(label, bucket.tickets, look, behind(bucket.figure)))
    return found


def _column_label(bucket: DueBucket, calendar: Calendar, today: date) -> str:
    """Name a stretch in the few letters that fit under its bar."""
    if bucket.whole_day and bucket.opens is not None:
        day = calendar.local_date(bucket.opens)
        if day - today < timedelta(days=7):
            return weekday_name(day.weekday(), wide=False)
    return due_label(bucket, calendar, today)


def due_label(bucket: DueBucket, calendar: Calendar, today: date) -> str:
    """Name a stretch of the coming service time: its hour, its day, or "later"."""
    if bucket.opens is None:
        return gettext("later")
    if bucket.whole_day:
        day = calendar.local_date(bucket.opens)
        return dates.near_day(day, today=today) or dates.short_day(day)
    return dates.clock_time(bucket.opens, zone=calendar.zone)


def _flow_columns(flow: Flow) -> list[dict[str, Any]]:
    """Return what came and went in each step, with its name."""
    by_month = len(flow.steps) > 1 and flow.steps[0].step.first_day.month != (
        flow.steps[1].step.first_day.month
    )
    return [
        {
            "name": dates.month(row.step.first_day)
            if by_month
            else dates.short_day(row.step.first_day),
            "came": row.came,
            "resolved": row.resolved,
        }
        for row in flow.steps
    ]
