"""Exam fees of a center: what it reported, and what arrived with the office."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services.certification import remittances
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import act, before, center_of, part, show, today
from helpdesk.web.forms import Form
from helpdesk.web.requests import now


@blueprint.get("/<code>/fees")
@signed.staff
def fees(code: str) -> ResponseReturnValue:
    """Show the remittances, the latest exam first."""
    return show("fees", center_of(code))


@blueprint.post("/<code>/remittances")
@signed.staff
def report_remittance(code: str) -> ResponseReturnValue:
    """Write down an exam's fees for a center that told of them elsewhere."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        exam_on = form.date("exam_on", required=True)
        intermediate, senior = form.count("intermediate"), form.count("senior")
        note = form.text("note", most=500)
        if form.valid and exam_on is not None:
            remittances.report(
                work,
                signed.viewer(),
                center,
                exam_on=exam_on,
                intermediate=intermediate or 0,
                senior=senior or 0,
                note=note,
                now=now(),
            )

    return act(code, "fees", "report", verb, gettext("Saved."))


@blueprint.post(f"/<code>/remittances/<{ID}:number>/receipt")
@signed.staff
def confirm_remittance(code: str, number: int) -> ResponseReturnValue:
    """Confirm what arrived."""
    day = today()

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        row = remittances.find(work, center, number)
        remitted = form.count("remitted", most=remittances.MOST_YUAN)
        remitted_on = form.date("remitted_on", required=True)
        note = form.text("note", most=500)
        if form.valid and remitted_on is not None:
            remittances.confirm(
                work,
                signed.viewer(),
                center,
                row,
                remitted=remitted or 0,
                remitted_on=remitted_on,
                today=day,
                note=note,
                now=now(),
            )

    return act(code, "fees", f"receipt{number}", verb, gettext("Saved."))


@part("fees")
def _fees(work: Session, center: Center) -> dict[str, Any]:
    rows, more = remittances.of_center(work, center, before=before())
    return {"rows": rows, "more": more, "before": before()}
