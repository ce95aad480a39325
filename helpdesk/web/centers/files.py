"""Centers from a file, first tried, and all of them into one; two records made one."""

from __future__ import annotations

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.presentation.report_files import CSV_TYPE, XLSX_TYPE
from helpdesk.presentation.table_files import rows_as_csv, rows_as_xlsx
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.services.certification import center_columns, center_files, center_merge
from helpdesk.services.certification.center_files import Plan
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed, uploads
from helpdesk.web.centers.blueprint import blueprint
from helpdesk.web.centers.record import act, center_of, today
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

SHOWN = 200


@blueprint.get("/import")
@signed.admin
def upload() -> ResponseReturnValue:
    """Ask for a file, and say which columns it may have."""
    return _page(Form(), None)


@blueprint.post("/import")
@signed.admin
def take_over() -> ResponseReturnValue:
    """Try a file and show what it would do; do it once that was confirmed."""
    form = Form.posted()
    try:
        data = _data(form)
        plan = center_files.read(db.session(), data, today=today())
        if plan.wrong or not form.checked("confirmed"):
            return _page(form, plan), 422 if plan.wrong else 200
        with transaction() as work:
            plan = center_files.read(work, data, today=today())
            center_files.take_over(work, plan, by=signed.viewer().actor, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form, None), refusal.status
    flash(
        gettext(
            "%(new)s centers entered, %(changed)s changed.",
            new=len(plan.new),
            changed=len(plan.changed),
        ),
        "success",
    )
    return redirect(url_for("centers.index"))


@blueprint.get("/export.<ending>")
@signed.manager
def export(ending: str) -> ResponseReturnValue:
    """Send every center in a file that ``import`` reads; it holds no ID numbers."""
    rows = center_files.export(db.session())
    if ending == "csv":
        data, kind = rows_as_csv(rows), CSV_TYPE
    else:
        ending = "xlsx"
        data, kind = rows_as_xlsx(rows, gettext("Centers")), XLSX_TYPE
    response = Response(data, mimetype=kind)
    name = f"centers-{today().isoformat()}.{ending}"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<code>/merger")
@signed.admin
def merge(code: str) -> ResponseReturnValue:
    """Make this record one with another, which stays."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        target = form.text("target", required=True, most=32)
        why = form.text("why", required=True, most=2000)
        if form.valid:
            other = access.center_for(work, signed.viewer(), target)
            center_merge.merge(work, signed.viewer(), center, other, why=why, now=now())

    return act(code, "overview", "merge", verb, gettext("The records are one now."))


@blueprint.get("/<code>/merged")
@signed.staff
def merged(code: str) -> ResponseReturnValue:
    """Lead to the record that this one became."""
    center = center_of(code)
    kept = db.session.get(Center, center.merged_into_id) if center.merged_into_id else None
    return redirect(url_for("centers.overview", code=(kept or center).code))


def _data(form: Form) -> bytes:
    """Return the file that was sent now, or the one that is being confirmed."""
    files = uploads.attachments("file")
    if files:
        form.values["key"] = current_storage().put(files[0].data)
        return files[0].data
    key = form.text("key", most=64)
    try:
        return current_storage().read(key)
    except FileNotFoundError:
        raise Refusal("no_file", gettext("Choose a file first."), field="file") from None


def _page(form: Form, plan: Plan | None) -> str:
    return render(
        "centers/import.html", form=form, plan=plan, columns=center_columns.COLUMNS, most=SHOWN
    )
