"""One calendar: its name, its time zone and the ordinary week, any number of intervals a day."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import ServiceCalendar
from helpdesk.presentation.opening import weekday_name
from helpdesk.services.hours import calendar_changes, calendar_list
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.calendar_preview import settled
from helpdesk.web.settings.intervals import interval_texts, posted_intervals, read_intervals
from helpdesk.web.settings.zones import zones
from sla.spec import WEEKDAYS


@blueprint.get("/hours/<int:number>", endpoint="hours_edit")
@signed.admin
def show(number: int) -> ResponseReturnValue:
    """Show a calendar's week, and what the calendar is used for."""
    calendar = calendar_list.calendar(db.session(), number)
    return _form(_written(calendar), calendar)


@blueprint.post("/hours/<int:number>", endpoint="hours_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change a calendar; which open deadlines follow is shown first."""
    calendar = calendar_list.calendar(db.session(), number)
    form = Form.posted()
    for name in WEEKDAYS:
        form.values[name] = posted_intervals(name)
    named = form.text("name", required=True, most=calendar_list.NAME_LENGTH)
    tz = form.text("tz", required=True, most=64)
    if not form.valid:
        return _form(form, calendar), 422
    try:
        hours = {
            day: read_intervals(form.values[name], field=name, day=weekday_name(day))
            for day, name in enumerate(WEEKDAYS)
        }
        makeup_days_open = form.checked("makeup_days_open")
        change = calendar_changes.hours(hours, makeup_days_open=makeup_days_open, name=named, tz=tz)
        back = url_for("settings.hours")
        return settled(change, number, title=gettext("Service hours"), back=back)
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, calendar_list.calendar(db.session(), number)), refusal.status


def _written(calendar: ServiceCalendar) -> Form:
    values: dict[str, object] = {
        "name": calendar.name,
        "tz": calendar.tz,
        "makeup_days_open": calendar.makeup_days_open,
    }
    for day, name in enumerate(WEEKDAYS):
        rows = tuple((row.opens, row.closes) for row in calendar.hours if row.weekday == day)
        values[name] = interval_texts(rows)
    return Form(values)


def _form(form: Form, calendar: ServiceCalendar) -> str:
    days = [(name, weekday_name(day)) for day, name in enumerate(WEEKDAYS)]
    return page(
        "hours",
        form=form,
        days=days,
        calendar=calendar,
        uses=calendar_list.uses(db.session(), calendar),
        zones=zones(),
    )
