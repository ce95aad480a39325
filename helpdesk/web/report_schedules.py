"""Saved reports that are sent by mail: which there are, and changing them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Agent, ReportSchedule
from helpdesk.presentation import report_words
from helpdesk.services import reports
from helpdesk.services.database import row_numbers
from helpdesk.services.reports import DIMENSIONS, report_schedules
from helpdesk.services.reports.names import names_of
from helpdesk.services.reports.report_schedules import Wanted
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("report_schedules", __name__, url_prefix="/reports/schedules")


@blueprint.get("/")
@signed.manager
def index() -> ResponseReturnValue:
    """List the saved reports."""
    rows = report_schedules.schedules(db.session(), signed.viewer())
    ids = {number for row in rows for number in row.recipients}
    return render(
        "reports/schedules.html",
        rows=rows,
        people=names_of(db.session(), "agent", [str(number) for number in ids]),
        breakdowns=report_words.breakdown_names(),
        days=_weekdays(),
        told=_told,
    )


@blueprint.get("/new")
@signed.manager
def new() -> ResponseReturnValue:
    """Ask for a new saved report, of the breakdown and filters that were looked at."""
    agent = signed.viewer().agent_id
    values = {"by": request.args.get("by", "channel"), "when": "week-1", "recipients": [agent]}
    parts = reports.parts_from(request.args)
    return _form(Form({**values, **dict(parts)}), None)


@blueprint.post("/")
@signed.manager
def add() -> ResponseReturnValue:
    """Add a saved report."""
    return _save(None)


@blueprint.get("/<int:number>")
@signed.manager
def edit(number: int) -> ResponseReturnValue:
    """Show a saved report."""
    row = report_schedules.schedule(db.session(), signed.viewer(), number)
    values = {
        "name": row.name,
        "by": row.breakdown,
        "when": f"{row.every}-{row.on_day}",
        "recipients": row.recipients,
        "rests": row.next_at is None,
        **dict(row.filters),
    }
    return _form(Form(values), row)


@blueprint.post("/<int:number>")
@signed.manager
def save(number: int) -> ResponseReturnValue:
    """Change a saved report."""
    return _save(number)


@blueprint.post("/<int:number>/removal")
@signed.manager
def remove(number: int) -> ResponseReturnValue:
    """Forget a saved report."""
    with transaction() as session:
        report_schedules.remove(session, signed.viewer(), number)
    flash(gettext("The saved report was removed."), "success")
    return redirect(url_for("report_schedules.index"))


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    chosen = request.form.getlist("recipients")
    form.values["recipients"] = row_numbers.all_written(chosen)[:50]
    name = form.text("name", required=True, most=100)
    breakdown = form.one_of("by", reports.BREAKDOWNS, required=True)
    when = form.one_of("when", [code for code, _ in _times()], required=True)
    if form.valid and breakdown and when:
        every, _, day = when.partition("-")
        wanted = Wanted(
            name,
            breakdown,
            reports.parts_from(request.form),
            every,
            int(day),
            tuple(form.values["recipients"]),
            form.checked("rests"),
        )
        try:
            with transaction() as session:
                report_schedules.save(session, signed.viewer(), wanted, number=number, now=now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("report_schedules.index"))
    row = report_schedules.schedule(db.session(), signed.viewer(), number) if number else None
    return _form(form, row), 422


def _form(form: Form, row: ReportSchedule | None) -> str:
    parts = [(name, form.values[name]) for name in DIMENSIONS if name in form.values]
    return render(
        "reports/schedule.html",
        form=form,
        row=row,
        breakdowns=list(report_words.breakdown_names().items()),
        times=_times(),
        people=_people(form),
        parts=[(name, value, _told(name, value)) for name, value in parts],
    )


def _people(form: Form) -> list[tuple[Agent, bool]]:
    chosen = set(form.values.get("recipients") or ())
    everybody = report_schedules.possible_recipients(db.session())
    return [(agent, agent.id in chosen) for agent in everybody]


def _told(dimension: str, value: str) -> str:
    names = names_of(db.session(), dimension, [value])
    told = report_words.part_name(dimension, value, names)
    return gettext("%(what)s: %(name)s", what=report_words.breakdown_names()[dimension], name=told)


def _times() -> list[tuple[str, str]]:
    weekly = [
        (f"week-{day}", gettext("every %(weekday)s, the week before", weekday=name))
        for day, name in _weekdays().items()
    ]
    monthly = [
        (f"month-{day}", gettext("on day %(day)s of the month, the month before", day=day))
        for day in range(1, 29)
    ]
    return [*weekly, *monthly]


def _weekdays() -> dict[int, str]:
    return {
        1: gettext("Monday"),
        2: gettext("Tuesday"),
        3: gettext("Wednesday"),
        4: gettext("Thursday"),
        5: gettext("Friday"),
        6: gettext("Saturday"),
        7: gettext("Sunday"),
    }
