"""Service hours: the ordinary week, with any number of intervals a day."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import ServiceCalendar
from helpdesk.presentation.opening import weekday_name
from helpdesk.services import calendar_changes, calendars
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.calendar_preview import settled
from helpdesk.web.settings.intervals import interval_texts, posted_intervals, read_intervals
from sla.spec import WEEKDAYS


@blueprint.get("/hours", endpoint="hours")
@signed.admin
def show() -> ResponseReturnValue:
    """Show the weekly hours."""
    calendar = calendars.default_calendar(db.session())
    return _form(_written(calendar), calendar)


@blueprint.post("/hours", endpoint="hours_save")
@signed.admin
def save() -> ResponseReturnValue:
    """Change the weekly hours; which open deadlines follow is shown first."""
    form = Form.posted()
    for name in WEEKDAYS:
        form.values[name] = posted_intervals(name)
    try:
        hours = {
            day: read_intervals(form.values[name], field=name, day=weekday_name(day))
            for day, name in enumerate(WEEKDAYS)
        }
        change = calendar_changes.hours(hours, makeup_days_open=form.checked("makeup_days_open"))
        return settled(change, title=gettext("Service hours"), back=url_for("settings.hours"))
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, calendars.default_calendar(db.session())), refusal.status


def _written(calendar: ServiceCalendar) -> Form:
    values: dict[str, object] = {"makeup_days_open": calendar.makeup_days_open}
    for day, name in enumerate(WEEKDAYS):
        rows = tuple((row.opens, row.closes) for row in calendar.hours if row.weekday == day)
        values[name] = interval_texts(rows)
    return Form(values)


def _form(form: Form, calendar: ServiceCalendar) -> str:
    days = [(name, weekday_name(day)) for day, name in enumerate(WEEKDAYS)]
    return page("hours", form=form, days=days, zone=calendar.tz)
