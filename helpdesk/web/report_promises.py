"""Reports of promises of any metric, and the promises behind each of their figures."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.labels import label
from helpdesk.presentation import report_words
from helpdesk.presentation import reports as sheets
from helpdesk.presentation.report_charts import promise_chart
from helpdesk.services import reports
from helpdesk.services.reports import Figure
from helpdesk.web import reports as pages
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.reports import SHOWN
from helpdesk.web.requests import now
from sla.metrics import METRICS

blueprint = Blueprint("report_promises", __name__, url_prefix="/reports/promises")


@blueprint.get("/")
@signed.manager
def show() -> ResponseReturnValue:
    """Show a report of the promises of one metric."""
    question, found, names = pages.asked()
    shown = len(found.rows) if question.by_time or request.args.get("rows") == "all" else SHOWN
    sheet = sheets.promise_sheet(found, names)
    told = pages.frame(question.span, question.breakdown)
    told["headings"] = sheet.headings
    told["behind"] = pages.behind("report_promises.behind")
    return render(
        "reports/report.html",
        about="promises",
        found=found,
        question=question,
        sheet=replace(sheet, lines=sheet.lines[:shown]),
        rest=sheets.rest_line(found, shown, sheet.columns) if len(found.rows) > shown else None,
        chart=promise_chart(found, sheet),
        filters=list(pages.filters(question, "report_promises.show")),
        breakdowns=report_words.breakdown_names(),
        metrics={metric: label(metric, "metric") for metric in METRICS},
        **told,
    )


@blueprint.get("/behind")
@signed.manager
def behind() -> ResponseReturnValue:
    """Show the promises that a figure counts, and how many they are."""
    figure = Figure.from_query(request.args)
    session, viewer = db.session(), signed.viewer()
    after = request.args.get("after")
    page = reports.promises_behind(session, viewer, figure, now=now(), after=after)
    query = figure.to_query()
    return render(
        "reports/promise_list.html",
        metric=label(figure.metric, "metric"),
        name=report_words.promise_headings().get(figure.name, figure.name),
        parts=pages.part_names(figure),
        days=pages.days_of(figure),
        number=reports.count_promises(session, viewer, figure, now=now()),
        page=page,
        more=url_for("report_promises.behind", **pages.with_back(query, after=page.after))
        if page.after
        else None,
        first=url_for("report_promises.behind", **pages.with_back(query)) if after else None,
        back=pages.way_back(),
    )
