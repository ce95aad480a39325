"""Reports: a period's figures by any breakdown, as page and file, each opening what it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext, lazy_gettext
from helpdesk.presentation import report_files, report_words
from helpdesk.presentation import reports as sheets
from helpdesk.presentation.report_charts import call_chart, ticket_chart
from helpdesk.services import reports
from helpdesk.services.hours import calendars
from helpdesk.services.reports import CallFigure, Figure, Question, Span
from helpdesk.services.reports.names import names_of
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.fragments import render
from helpdesk.web.requests import now
from sla.metrics import FIRST_REPLY

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

DAYS = "days"
ASKED = ("period", "first", "last", "by", "metric", *reports.DIMENSIONS)
SHOWN = 30
"""So many rows are shown before the rest is folded into one."""


@blueprint.get("/")
@signed.manager
def show() -> ResponseReturnValue:
    """Show a report of tickets."""
    question, found, names = asked()
    shown = len(found.rows) if question.by_time or request.args.get("rows") == "all" else SHOWN
    sheet = sheets.ticket_sheet(found, names)
    return render(
        "reports/report.html",
        about="tickets",
        found=found,
        question=question,
        sheet=replace(sheet, lines=sheet.lines[:shown]),
        rest=sheets.rest_line(found, shown, sheet.columns) if len(found.rows) > shown else None,
        chart=ticket_chart(found, sheet),
        filters=list(filters(question, "reports.show")),
        breakdowns=report_words.breakdown_names(),
        **frame(question.span, question.breakdown),
    )


@blueprint.get("/calls")
@signed.manager
def calls() -> ResponseReturnValue:
    """Show a report of the hotline's calls."""
    found = _calls_asked()
    sheet = sheets.call_sheet(found)
    return render(
        "reports/report.html",
        about="calls",
        found=found,
        sheet=sheet,
        rest=None,
        chart=call_chart(found, sheet),
        filters=[],
        breakdowns=report_words.call_breakdown_names(),
        **frame(found.span, found.breakdown),
    )


@blueprint.get("/tickets")
@signed.manager
def tickets() -> ResponseReturnValue:
    """Show the tickets that a figure counts, and how many they are."""
    figure = Figure.from_query(request.args)
    session, viewer = db.session(), signed.viewer()
    page = reports.tickets_behind(
        session, viewer, figure, now=now(), after=request.args.get("after")
    )
    number = reports.count(session, viewer, figure, now=now())
    more = url_for("reports.tickets", **with_back(figure.to_query(), after=page.after))
    return render(
        "reports/tickets.html",
        name=report_words.headings().get(figure.name, figure.name),
        parts=part_names(figure),
        days=days_of(figure),
        number=number,
        page=page,
        more=more if page.after else None,
        first=url_for("reports.tickets", **with_back(figure.to_query()))
        if request.args.get("after")
        else None,
        back=way_back(),
    )


@blueprint.get("/calls/behind")
@signed.manager
def calls_behind() -> ResponseReturnValue:
    """Show the calls that a figure counts, and how many they are."""
    figure = CallFigure.from_query(request.args)
    session, viewer = db.session(), signed.viewer()
    before = row_asked("before")
    rows, more = reports.calls_behind(session, viewer, figure, before=before)
    return render(
        "reports/call_list.html",
        name=report_words.headings()[figure.name],
        days=report_words.period_name(_between(figure.first, figure.last)),
        parts=[part for part in (figure.queue, figure.agent) if part is not None],
        number=reports.call_count(session, viewer, figure),
        rows=rows,
        more=url_for("reports.calls_behind", **with_back(figure.to_query(), before=more))
        if more
        else None,
        first=url_for("reports.calls_behind", **with_back(figure.to_query())) if before else None,
        back=way_back(),
    )


@blueprint.get("/table.<kind>")
@signed.manager
def download(kind: str) -> ResponseReturnValue:
    """Send the report's table as a file, all its rows."""
    if request.args.get("about") == "calls":
        calls_found = _calls_asked()
        sheet, span = sheets.call_sheet(calls_found), calls_found.span
    else:
        question, found, names = asked()
        told = (
            sheets.promise_sheet if request.args.get("about") == "promises" else sheets.ticket_sheet
        )
        sheet, span = told(found, names), question.span
    return send_sheet(kind, sheet, report_words.period_name(span), span)


def send_sheet(kind: str, sheet: sheets.Sheet, title: str, span: Span) -> Response:
    """Return a sheet as the file that was asked for; raise Refusal for other kinds."""
    if kind == "csv":
        data, content_type = report_files.as_csv(sheet), report_files.CSV_TYPE
    elif kind == "xlsx":
        data, content_type = report_files.as_xlsx(sheet, title), report_files.XLSX_TYPE
    else:
        raise Refusal("unknown_file", lazy_gettext("There is no such file."))
    answer = Response(data, content_type=content_type)
    name = f"report-{span.first:%Y%m%d}-{span.last:%Y%m%d}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def asked() -> tuple[Question, reports.Report, dict[str, str]]:
    """Count the report that the address asks for, and name its rows."""
    session = db.session()
    question = Question(
        span_asked(),
        request.args.get("by", "channel"),
        reports.parts_from(request.args),
        request.args.get("metric", FIRST_REPLY),
    )
    found = reports.report(session, signed.viewer(), question, now=now())
    values = [row.value for row in found.rows]
    return question, found, names_of(session, question.breakdown, values)


def _calls_asked() -> reports.CallReport:
    by = request.args.get("by", "day")
    return reports.call_report(db.session(), signed.viewer(), span_asked(), by, now=now())


def span_asked() -> Span:
    """Return the days of the address: from one to another, or a named period."""
    calendar = calendars.default(db.session())
    if _period() == DAYS:
        first, last = (_date(request.args.get(name, "")) for name in ("first", "last"))
        return reports.between(first, last, calendar)
    return reports.preset(_period(), calendar, now())


def _period() -> str:
    given = request.args.get("first") and request.args.get("last")
    return request.args.get("period") or (DAYS if given else "month")


def _kept(*without: str) -> dict[str, Any]:
    """Return what the address asks for, less some of it."""
    return {
        name: request.args[name] for name in ASKED if name in request.args and name not in without
    }


def _between(first: date, last: date) -> Span:
    calendar = calendars.default(db.session())
    return Span(first, last, calendar.zone)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("bad_date", lazy_gettext("Write days like 2026-11-23.")) from error


def frame(span: Span, breakdown: str) -> dict[str, Any]:
    """Return what both kinds of report show around their figures."""
    return {
        "span": span,
        "title": report_words.period_name(span),
        "before_title": report_words.period_name(span.before()),
        "breakdown": breakdown,
        "period": _period(),
        "periods": _period_names(),
        "kept": _kept,
        "dimensions": reports.DIMENSIONS,
        "headings": report_words.headings(),
        "behind": behind(),
        "SHOWN": SHOWN,
        "definitions": report_words.definitions,
    }


def _period_names() -> dict[str, str]:
    return {
        "week": gettext("This week"),
        "last_week": gettext("Last week"),
        "month": gettext("This month"),
        "last_month": gettext("Last month"),
        "quarter": gettext("This quarter"),
        "last_quarter": gettext("Last quarter"),
        "year": gettext("This year"),
        "last_year": gettext("Last year"),
        DAYS: gettext("Days of my own"),
    }


def behind(listed: str = "reports.tickets") -> Callable[[Figure | CallFigure], str]:
    """Return what gives the address behind a figure, with the way back to this report."""
    tickets, calls = url_for(listed), url_for("reports.calls_behind")
    back = urlencode({"back": request.full_path})

    def address(figure: Figure | CallFigure) -> str:
        # a year by days has thousands of them: url_for would take most of the page's time
        to = tickets if isinstance(figure, Figure) else calls
        return f"{to}?{urlencode(figure.to_query())}&{back}"

    return address


def with_back(query: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return an address's parameters; the way back is kept."""
    kept = {"back": request.args["back"]} if "back" in request.args else {}
    return {**kept, **query, **{name: value for name, value in more.items() if value is not None}}


def way_back() -> str:
    """Return the report that a list was opened from; only reports are gone back to."""
    asked = request.args.get("back", "")
    home = url_for("reports.show")
    return asked if asked.startswith(home) and "\\" not in asked else home


def filters(question: Question, endpoint: str) -> Any:
    """Yield each filter in words, and the report without it."""
    for dimension, value in question.parts:
        yield _part_name(dimension, value), url_for(endpoint, **_kept(dimension))


def _part_name(dimension: str, value: str) -> str:
    names = names_of(db.session(), dimension, [value])
    heading = report_words.breakdown_names()[dimension]
    return gettext(
        "%(what)s: %(name)s",
        what=heading,
        name=report_words.part_name(dimension, value, names),
    )


def part_names(figure: Figure) -> list[str]:
    """Return of whose tickets a figure speaks, in words."""
    whose = [] if figure.agent is None else [("agent", _agent(figure))]
    return [_part_name(*part) for part in (*figure.parts, *whose)]


def _agent(figure: Figure) -> str:
    return "" if figure.agent == reports.NOBODY else str(figure.agent)


def days_of(figure: Figure) -> str:
    """Return the days that a figure speaks of."""
    if figure.start is None or figure.end is None:
        return ""
    calendar = calendars.default(db.session())
    first, after = calendar.local_date(figure.start), calendar.local_date(figure.end)
    last = max(first, date.fromordinal(after.toordinal() - 1))
    return report_words.period_name(Span(first, last, calendar.zone))
