"""Holidays: a year calendar with days off, make-up days and days with hours of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import ServiceCalendar
from helpdesk.presentation import year as drawing
from helpdesk.services.hours import (
    calendar_changes,
    calendar_list,
    calendars,
    holiday_files,
    holiday_rows,
)
from helpdesk.services.hours.holiday_files import Year
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.calendar_preview import YearChange, settled
from helpdesk.web.settings.intervals import interval_texts, posted_intervals, read_intervals
from sla.china import known_years, year_days

FIRST, LAST = holiday_files.YEARS[0], holiday_files.YEARS[-1]
LARGEST_FILE = 1024 * 1024


@blueprint.get("/holidays", endpoint="year")
@signed.admin
def show() -> ResponseReturnValue:
    """Show a year, and in the form the day that was chosen in it."""
    day = _parsed(request.args.get("day", ""))
    if day is not None and FIRST <= day.year <= LAST:
        return _page(day.year, _written(_calendar(), day), chosen=day)
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
    kind = str(form.values.get("kind"))
    try:
        hours = read_intervals(
            form.values["own"], field="own", day=first.isoformat() if first else "?"
        )
        if hours and kind != "opening":
            form.errors["own"] = gettext(
                "Hours are written: choose “%(kind)s”, or take the hours away.",
                kind=drawing.kind_names()["opening"],
            )
        if not form.valid or first is None or last is None:
            return _page(_year(first.year if first else None), form), 422
        change = calendar_changes.days(first, last, kind=kind, name=name, intervals=hours)
        title = f"{drawing.kind_names()[kind]} · {drawing.span(first, last)}"
        calendar = _calendar()
        return settled(change, calendar.id, title=title, back=_address(calendar, first.year))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_year(first.year if first else None), form), refusal.status


@blueprint.post("/holidays/days/<day>/removal", endpoint="year_remove")
@signed.admin
def remove(day: str) -> ResponseReturnValue:
    """Let a day, or those up to another one, be ordinary again."""
    first = _parsed(day)
    last = _parsed(request.form.get("last", day))
    if first is None or last is None or last < first:
        raise Refusal("no_date", gettext("Please choose a date."))
    calendar = _calendar()
    return settled(
        calendar_changes.removal(first, last),
        calendar.id,
        title=gettext("Ordinary again: %(days)s", days=drawing.span(first, last)),
        back=_address(calendar, first.year),
    )


@blueprint.post("/holidays/<int:year>/seed", endpoint="year_seed")
@signed.admin
def seed(year: int) -> ResponseReturnValue:
    """Enter the published days of a year."""
    days, calendar = year_days(year), _calendar()
    return settled(
        calendar_changes.published(year),
        calendar.id,
        title=gettext("The published days of %(year)s", year=year),
        back=_address(calendar, year),
        years=_changes(calendar, {year: Year(dict(days.closed), dict(days.open))}),
    )


@blueprint.post("/holidays/<int:year>/mark", endpoint="year_mark")
@signed.admin
def mark(year: int) -> ResponseReturnValue:
    """Say that a year's days are official, or still provisional."""
    by, wanted = signed.viewer(), _year(year)
    change = calendar_changes.mark(
        wanted, official=request.form.get("mark") == "official", source=by.name
    )
    with transaction() as session:
        calendar = _calendar()
        calendar_changes.make(session, calendar, change, now=now(), by=by.actor)
    return redirect(_address(_calendar(), wanted))


@blueprint.post("/holidays/file", endpoint="year_file")
@signed.admin
def import_file() -> ResponseReturnValue:
    """Enter years from a file, all of it or nothing, having shown what it changes."""
    form = Form.posted()
    try:
        name, data = _file()
        years, calendar = holiday_files.read(data), _calendar()
        return settled(
            calendar_changes.whole_years(years, source=name),
            calendar.id,
            title=gettext("Days from %(file)s", file=name),
            back=_address(calendar, next(iter(years))),
            fields=[("rows", holiday_rows.write(years)), ("source", name)],
            years=_changes(calendar, years),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_year(None), form), refusal.status


def _file() -> tuple[str, bytes]:
    """Return the file that was sent, or the rows of the one that was shown."""
    if request.form.get("then") == "confirm":
        return request.form.get("source", "")[:200], request.form.get("rows", "").encode()
    upload = request.files.get("file")
    data = upload.stream.read(LARGEST_FILE + 1) if upload else b""
    if upload is None or not data:
        text = gettext("Choose a calendar (.ics), or lines such as 2027-01-01,off,元旦.")
        raise Refusal("no_file", text, field="file")
    if len(data) > LARGEST_FILE:
        raise Refusal("too_large", gettext("The file is larger than 1 MB."), field="file")
    return (upload.filename or "")[:200], data


def _changes(calendar: ServiceCalendar, years: Mapping[int, Year]) -> list[YearChange]:
    rows = calendar.exceptions
    found = []
    beside = holiday_files.beside(years)
    for year, days in years.items():
        if year in beside:
            continue
        kinds = [row.kind for row in rows if row.date.year == year]
        before = (kinds.count("holiday"), kinds.count("makeup"))
        found.append(YearChange(year, before, (len(days.off), len(days.work))))
    return found


def _page(year: int, form: Form, *, chosen: date | None = None) -> str:
    calendar = _calendar()
    rows = [row for row in calendar.exceptions if row.date.year == year]
    spec = calendars.spec_of(calendar)
    return page(
        "year",
        form=form,
        calendar=calendar,
        calendars=calendar_list.listing(db.session()),
        address=partial(_address, calendar),
        year=year,
        chosen=chosen,
        months=drawing.months(
            spec, rows, year, today=calendars.today(calendar, now=now()), chosen=chosen
        ),
        weekdays=drawing.weekday_heads(),
        kinds=list(drawing.kind_names().items()),
        runs=drawing.runs(rows),
        sums=drawing.sums(spec, rows, year),
        mark=next((row for row in calendar.years if row.year == year), None),
        published=year in known_years(),
        limits=(FIRST, LAST),
    )


def _calendar() -> ServiceCalendar:
    """Return the calendar that the address names, by default the default one."""
    return calendar_list.calendar(db.session(), row_asked("calendar"))


def _address(calendar: ServiceCalendar, year: int | None = None, **more: Any) -> str:
    """Return the page of a calendar's year, or where ``to`` leads, for the same calendar."""
    if not calendar.is_default:
        more["calendar"] = calendar.id
    return url_for(f"settings.{more.pop('to', 'year')}", year=year, **more)


def _written(calendar: ServiceCalendar, day: date) -> Form:
    row = next((row for row in calendar.exceptions if row.date == day), None)
    values: dict[str, object] = {"first": day.isoformat(), "kind": row.kind if row else "holiday"}
    if row is not None:
        own = tuple((begin, end) for begin, end in row.intervals or ())
        values |= {"name": row.name, "own": interval_texts(own)}
    return Form(values)


def _year(wanted: int | None) -> int:
    if wanted is not None and FIRST <= wanted <= LAST:
        return wanted
    return calendars.today(_calendar(), now=now()).year


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
