"""Service hours: the ordinary week, with any number of intervals a day."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext, ngettext
from helpdesk.models import ServiceCalendar
from helpdesk.presentation.opening import weekday_name
from helpdesk.services import calendar_changes, calendars
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
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
    """Change the weekly hours; open deadlines follow."""
    form = Form.posted()
    for name in WEEKDAYS:
        form.values[name] = posted_intervals(name)
    try:
        hours = {
            day: read_intervals(form.values[name], field=name) for day, name in enumerate(WEEKDAYS)
        }
        _check_ever_open(hours)
        with transaction() as session:
            moved = calendar_changes.change_hours(
                session,
                calendars.default_calendar(session),
                hours,
                makeup_days_open=form.checked("makeup_days_open"),
                now=now(),
                by=signed.viewer(),
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, calendars.default_calendar(db.session())), refusal.status
    flash(f"{gettext('Saved.')} {recomputed(moved)}", "success")
    return redirect(url_for("settings.hours"))


def recomputed(moved: int) -> str:
    """Say how many open deadlines followed a change of the calendar."""
    if not moved:
        return gettext("No open deadline had to be recomputed.")
    return ngettext(
        "%(num)s open deadline was recomputed.", "%(num)s open deadlines were recomputed.", moved
    )


def _check_ever_open(hours: dict[int, tuple[tuple[int, int], ...]]) -> None:
    if not any(hours.values()):
        raise Refusal(
            "never_open", gettext("The desk would never be open; give at least one day its hours.")
        )


def _written(calendar: ServiceCalendar) -> Form:
    values: dict[str, object] = {"makeup_days_open": calendar.makeup_days_open}
    for day, name in enumerate(WEEKDAYS):
        rows = tuple((row.opens, row.closes) for row in calendar.hours if row.weekday == day)
        values[name] = interval_texts(rows)
    return Form(values)


def _form(form: Form, calendar: ServiceCalendar) -> str:
    days = [(name, weekday_name(day)) for day, name in enumerate(WEEKDAYS)]
    return page("hours", form=form, days=days, zone=calendar.tz)
