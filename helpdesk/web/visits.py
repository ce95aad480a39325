"""Visits for the office: the desk's calendar, and a ticket's visit with all its steps."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Agent, Ticket, Visit
from helpdesk.presentation.visit_board import neighbours, span_of, weeks_of
from helpdesk.presentation.year import weekday_letters
from helpdesk.services import access
from helpdesk.services.desk import bulk
from helpdesk.services.hours import calendars
from helpdesk.services.onsite import visit_calendar, visit_requests, visits
from helpdesk.web import signed, uploads, visit_steps
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.queue import choices
from helpdesk.web.requests import now
from helpdesk.web.visit_forms import ROWS, dates_of
from helpdesk.web.visit_steps import LONGEST_WORDS, Act, panel_of, seen, take

blueprint = Blueprint("visits", __name__)

VIEWS = ("month", "week", "list")
FIRST_YEAR, LAST_YEAR = 2000, 2190
LONGEST_REPORT = 50_000
AFTER_REPORT = ("open", "resolved")


@blueprint.get("/visits/")
@signed.staff
def index() -> ResponseReturnValue:
    """Show the desk's visits by month, by week, or as a list."""
    asked = request.args.get("view", "month")
    view = asked if asked in VIEWS else "month"
    agent_id = row_asked("agent")
    agents = [(str(a), name) for a, name in choices()["assignee"]]
    shown = _listed(agent_id) if view == "list" else _board(view, agent_id)
    return render(
        "visits/visits.html", view=view, agent=str(agent_id or ""), agents=agents, **shown
    )


@blueprint.get("/tickets/<int:number>/visit")
@signed.staff
def show(number: int) -> ResponseReturnValue:
    """Show a ticket's visit with the steps that are possible."""
    return _page(_ticket(number))


@blueprint.post("/tickets/<int:number>/visit")
@signed.staff
def plan(number: int) -> ResponseReturnValue:
    """Ask for a visit on a ticket."""
    form = Form.posted(prefix="plan-")
    values: dict[str, Any] = {
        "place": form.text("place", required=True, most=300),
        "purpose": form.text("purpose", required=True, most=LONGEST_WORDS),
        "contact": form.text("contact", most=100),
    }
    phone = form.text("phone", most=40)
    if not form.valid:
        return _page(_ticket(number), {"plan": form}), 422
    try:
        with transaction() as work:
            ticket = access.ticket_for(work, signed.viewer(), number)
            values["phone"] = visit_requests.checked_phone(phone) if phone else ""
            visits.plan(work, ticket, **values, by=signed.viewer().actor, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_ticket(number), {"plan": form}), refusal.status
    flash(gettext("The visit is noted; propose dates next."), "success")
    return redirect(url_for("visits.show", number=number))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/proposal")
@signed.staff
def propose(number: int, visit_id: int) -> ResponseReturnValue:
    """Propose dates to the center."""

    def act(work: Session, visit: Visit, form: Form) -> None:
        words = form.text("words", most=LONGEST_WORDS)
        dates = dates_of(form)
        if form.valid:
            visits.propose(
                work, signed.viewer(), visit, dates, words=words, now=now(), **seen(form)
            )

    return _step(number, visit_id, "propose", act, gettext("The dates are on their way."))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/acceptance")
@signed.staff
def accept(number: int, visit_id: int) -> ResponseReturnValue:
    """Accept a date that the center named."""

    def act(work: Session, visit: Visit, form: Form) -> None:
        chosen = form.number("date")
        visits.accept(work, signed.viewer(), visit, chosen, now=now(), **seen(form))

    return _step(number, visit_id, "accept", act, gettext("The visit is agreed."))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/agreement")
@signed.staff
def agree(number: int, visit_id: int) -> ResponseReturnValue:
    """Write down that the center agreed elsewhere."""

    def act(work: Session, visit: Visit, form: Form) -> None:
        note = form.text("note", most=visits.LONGEST_REASON)
        chosen = form.number("date")
        visits.agree(work, signed.viewer(), visit, chosen, note=note, now=now(), **seen(form))

    return _step(number, visit_id, "agree", act, gettext("The visit is agreed."))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/agent")
@signed.staff
def assign(number: int, visit_id: int) -> ResponseReturnValue:
    """Say who goes, and how many days they travel."""

    def act(work: Session, visit: Visit, form: Form) -> None:
        agent: Agent | None = bulk.agent_for(work, form.text("agent", most=10))
        days = {name: _days(form, name) for name in ("days_before", "days_after")}
        if form.valid:
            visits.assign(work, signed.viewer(), visit, agent, now=now(), **days, **seen(form))

    return _step(number, visit_id, "assign", act, gettext("Saved."))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/move")
@signed.staff
def reschedule(number: int, visit_id: int) -> ResponseReturnValue:
    """Give up the agreed date and propose others."""
    return _step(
        number,
        visit_id,
        "reschedule",
        visit_steps.reschedule,
        gettext("The dates are on their way."),
    )


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/cancellation")
@signed.staff
def cancel(number: int, visit_id: int) -> ResponseReturnValue:
    """Call the visit off."""
    return _step(
        number, visit_id, "cancel", visit_steps.call_off, gettext("The visit is called off.")
    )


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/report")
@signed.staff
def report(number: int, visit_id: int) -> ResponseReturnValue:
    """Send the center the report, with its photographs."""
    try:
        files = uploads.received()  # put away before the database is locked for writing
    except Refusal as refusal:
        form = Form.posted(prefix="report-")
        form.refuse(refusal)
        return _page(_ticket(number), {"report": form}), refusal.status

    def act(work: Session, visit: Visit, form: Form) -> None:
        words: dict[str, Any] = {
            "done": form.text("done", most=LONGEST_REPORT),
            "findings": form.text("findings", most=LONGEST_REPORT),
            "signed_by": form.text("signed_by", most=100),
            "status": form.one_of("status", AFTER_REPORT),
        }
        if form.valid:
            viewer = signed.viewer()
            visits.report(work, viewer, visit, **words, files=files, now=now(), **seen(form))

    return _step(number, visit_id, "report", act, gettext("The report is on its way."))


def _step(number: int, visit_id: int, step: str, act: Act, said: str) -> ResponseReturnValue:
    refused = take(number, visit_id, step, act)
    if refused is not None:
        form, status = refused
        return _page(_ticket(number), {step: form}), status
    flash(said, "success")
    return redirect(url_for("visits.show", number=number))


def _days(form: Form, name: str) -> int:
    text = form.text(name, most=4) or "0"
    if not (text.isascii() and text.isdigit()):
        form.errors[name] = gettext("Please write a number.")
        return 0
    return int(text)


def _ticket(number: int) -> Ticket:
    return access.ticket_for(db.session(), signed.viewer(), number)


def _page(ticket: Ticket, forms: dict[str, Form] | None = None) -> str:
    return render(
        "visits/visit.html",
        ticket=ticket,
        panel=panel_of(ticket, forms or {"plan": _plan_form(ticket)}),
        agents=choices()["assignee"],
        rows=ROWS,
        now=now(),
    )


def _plan_form(ticket: Ticket) -> Form:
    """Return a new plan: the contact is who asked, until somebody says otherwise."""
    person = ticket.requester
    phone = next((a.value for a in person.addresses if a.kind == "phone"), "")
    return Form({"contact": person.name, "phone": phone}, prefix="plan-")


def _listed(agent_id: int | None) -> dict[str, Any]:
    work, viewer = db.session(), signed.viewer()
    before = row_asked("before")
    past, more = visit_calendar.past_visits(work, viewer, agent_id=agent_id, before=before)
    coming = [] if before else visit_calendar.open_visits(work, viewer, agent_id=agent_id)
    return {"coming": coming, "past": past, "more": more, "before": before, "now": now()}


def _board(view: str, agent_id: int | None) -> dict[str, Any]:
    work = db.session()
    calendar = calendars.default(work)
    today = calendar.local_date(now())
    day = _asked_day() or today
    first, last = span_of(view, day)
    slots, agreed = visit_calendar.between(
        work,
        signed.viewer(),
        datetime.combine(first, time(), calendar.zone),
        datetime.combine(last + timedelta(days=1), time(), calendar.zone),
        agent_id=agent_id,
    )
    earlier, later = neighbours(view, day)
    return {
        "day": day,
        "today": today,
        "span": (first, last),
        "weeks": weeks_of(view, day, slots, agreed, calendar=calendar, today=today),
        "weekdays": weekday_letters(),
        "earlier": earlier,
        "later": later,
        "any": bool(slots or agreed),
        "open": visit_calendar.open_visits(work, signed.viewer(), agent_id=agent_id),
    }


def _asked_day() -> date | None:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
