"""Service hours: the desk's calendars, what each serves, and whose hours count in a region."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.presentation.opening import opening
from helpdesk.services.database import row_numbers
from helpdesk.services.hours import calendar_choices, calendar_list, calendars
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.calendar_preview import chosen
from helpdesk.web.settings.zones import zones


@blueprint.get("/hours", endpoint="hours")
@signed.admin
def show() -> ResponseReturnValue:
    """List the calendars, and the regions with the one that counts in each."""
    return _list(Form(_written()))


@blueprint.post("/hours/regions", endpoint="hours_regions")
@signed.admin
def choose_regions() -> ResponseReturnValue:
    """Choose whose hours count in a region; which open deadlines follow is shown first."""
    form = Form.posted()
    regions = [name.strip() for name in request.form.getlist("region")]
    numbers = request.form.getlist("calendar")
    form.values["chosen"] = list(zip(regions, numbers, strict=False))
    picked = {
        region: row_numbers.written(number) for region, number in form.values["chosen"] if region
    }
    try:
        choice = calendar_choices.regions(picked)
        return chosen(choice, title=gettext("Regions"), back=url_for("settings.hours"))
    except Refusal as refusal:
        form.refuse(refusal)
        return _list(form), refusal.status


@blueprint.get("/hours/new", endpoint="hours_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new calendar."""
    default = calendars.default_calendar(db.session())
    return _new(Form({"tz": default.tz, "copy_of": default.id}))


@blueprint.post("/hours/new", endpoint="hours_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add a calendar that begins as a copy of another."""
    form = Form.posted()
    name = form.text("name", required=True, most=calendar_list.NAME_LENGTH)
    tz = form.text("tz", required=True, most=64)
    copied = form.number("copy_of")
    if not form.valid:
        return _new(form), 422
    try:
        with transaction() as session:
            made = calendar_list.add(
                session,
                name=name,
                tz=tz,
                copy_of=calendar_list.calendar(session, copied),
                now=now(),
            )
            number = made.id
    except Refusal as refusal:
        form.refuse(refusal)
        return _new(form), refusal.status
    flash(gettext("Saved. Nothing counts in it until you choose it somewhere."), "success")
    return redirect(url_for("settings.hours_edit", number=number))


@blueprint.post("/hours/<int:number>/removal", endpoint="hours_remove")
@signed.admin
def remove(number: int) -> ResponseReturnValue:
    """Remove a calendar that nothing uses."""
    try:
        with transaction() as session:
            calendar_list.remove(session, calendar_list.calendar(session, number))
    except Refusal as refusal:
        if refusal.code not in ("in_use", "is_default"):
            raise
        flash(refusal.sentence, "error")
        return redirect(url_for("settings.hours_edit", number=number))
    flash(gettext("Removed."), "success")
    return redirect(url_for("settings.hours"))


def _written() -> dict[str, object]:
    regions = calendar_choices.known_regions(db.session())
    return {"chosen": [(name, str(number or "")) for name, number in regions.items()]}


def _list(form: Form) -> str:
    session = db.session()
    rows = [
        (row, calendar_list.uses(session, row), opening(row, now=now()).week)
        for row in calendar_list.listing(session)
    ]
    return page("calendars", form=form, rows=rows)


def _new(form: Form) -> str:
    rows = [(row.id, row.name) for row in calendar_list.listing(db.session())]
    return page("calendar_new", form=form, calendars=rows, zones=zones())
