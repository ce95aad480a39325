"""Holidays: a year calendar with days off, make-up days and days with hours of their own."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.presentation import year as drawing
from helpdesk.services import calendar_changes, calendars
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.hours import recomputed
from helpdesk.web.settings.intervals import posted_intervals, read_intervals
from sla.china import known_years

FIRST, LAST = 2000, 2100
LARGEST_FILE = 1024 * 1024


@blueprint.get("/holidays", endpoint="year")
@signed.admin
def show() -> ResponseReturnValue:
    """Show a year."""
    return _page(_year(request.args.get("year", type=int)), Form({"kind": "holiday"}))


@blueprint.post("/holidays/days", endpoint="year_days")
@signed.admin
def set_days() -> ResponseReturnValue:
    """Make a day, or a run of days, an exception."""
    form = Form.posted()
    first = _date(form, "first")
    last = _date(form, "last") if form.values.get("last") else first
    form.values["own"] = posted_intervals("own")
    name = form.text("name", most=100)
    try:
        hours = read_intervals(form.values["own"], field="own")
        if not form.valid or first is None or last is None:
            return _page(_year(first.year if first else None), form), 422
        with transaction() as session:
            moved = calendar_changes.set_days(
                session,
                calendars.default_calendar(session),
                first,
                last,
                kind=str(form.values.get("kind")),
                name=name,
                intervals=hours,
                now=now(),
                by=signed.viewer(),
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_year(first.year if first else None), form), refusal.status
    return _done(first.year, moved)


@blueprint.post("/holidays/days/<day>/removal", endpoint="year_remove")
@signed.admin
def remove(day: str) -> ResponseReturnValue:
    """Let a day be an ordinary one again."""
    chosen = _parsed(day)
    if chosen is None:
        raise Refusal("no_date", gettext("Please choose a date."))
    with transaction() as session:
        calendar = calendars.default_calendar(session)
        moved = calendar_changes.remove_day(
            session, calendar, chosen, now=now(), by=signed.viewer()
        )
    return _done(chosen.year, moved)


@blueprint.post("/holidays/<int:year>/seed", endpoint="year_seed")
@signed.admin
def seed(year: int) -> ResponseReturnValue:
    """Enter the published days of a year."""
    with transaction() as session:
        calendar = calendars.default_calendar(session)
        moved = calendar_changes.seed(session, calendar, year, now=now(), by=signed.viewer())
    return _done(year, moved)


@blueprint.post("/holidays/<int:year>/mark", endpoint="year_mark")
@signed.admin
def mark(year: int) -> ResponseReturnValue:
    """Say that a year's days are official, or still provisional."""
    with transaction() as session:
        moved = calendar_changes.mark_year(
            session,
            calendars.default_calendar(session),
            _year(year),
            official=request.form.get("mark") == "official",
            now=now(),
            by=signed.viewer(),
        )
    return _done(year, moved)


@blueprint.post("/holidays/file", endpoint="year_file")
@signed.admin
def import_file() -> ResponseReturnValue:
    """Enter years from a file, all of it or nothing."""
    form = Form.posted()
    try:
        name, data = _file()
        with transaction() as session:
            calendar = calendars.default_calendar(session)
            years, moved = calendar_changes.import_file(
                session, calendar, name, data, now=now(), by=signed.viewer()
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_year(None), form), refusal.status
    return _done(years[0], moved)


def _file() -> tuple[str, bytes]:
    upload = request.files.get("file")
    data = upload.stream.read(LARGEST_FILE + 1) if upload else b""
    if upload is None or not 0 < len(data) <= LARGEST_FILE:
        text = gettext("Choose a file of lines such as 2027-01-01,off,元旦.")
        raise Refusal("no_file", text, field="file")
    return upload.filename or "", data


def _done(year: int, moved: int) -> Response:
    flash(f"{gettext('Saved.')} {recomputed(moved)}", "success")
    return redirect(url_for("settings.year", year=year))


def _page(year: int, form: Form) -> str:
    calendar = calendars.default_calendar(db.session())
    version, _ = calendars.default_version(db.session())
    today = now().astimezone(calendars.calendar_at(db.session(), version.id).zone).date()
    rows = [row for row in calendar.exceptions if row.date.year == year]
    return page(
        "year",
        form=form,
        year=year,
        months=drawing.months(calendars.spec_of(calendar), rows, year, today=today),
        weekdays=drawing.weekday_letters(),
        kinds=list(drawing.kind_names().items()),
        exceptions=rows,
        mark=next((row for row in calendar.years if row.year == year), None),
        published=year in known_years(),
        limits=(FIRST, LAST),
    )


def _year(wanted: int | None) -> int:
    return wanted if wanted is not None and FIRST <= wanted <= LAST else now().year


def _date(form: Form, name: str) -> date | None:
    chosen = _parsed(form.text(name, most=10))
    if chosen is None or not FIRST <= chosen.year <= LAST:
        form.errors[name] = gettext("Please choose a date.")
        return None
    return chosen


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
