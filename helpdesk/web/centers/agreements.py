"""Agreements of a center: drafted, signed, printed."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Agreement, Center
from helpdesk.services.certification import agreements as service
from helpdesk.services.certification import center_needs, documents
from helpdesk.services.certification.agreements import FEE_INTERMEDIATE, FEE_SENIOR, Terms
from helpdesk.services.certification.center_states import SERVING
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import act, center_of, part, show, today
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

MOST_YUAN = 100_000
NAMES = ("office_representative", "center_representative")


@blueprint.get("/<code>/agreements")
@signed.staff
def agreements(code: str) -> ResponseReturnValue:
    """Show the agreements, the latest first."""
    return show("agreements", center_of(code))


@blueprint.get(f"/<code>/agreements/<{ID}:number>")
@signed.staff
def agreement(code: str, number: int) -> ResponseReturnValue:
    """Lead an agreement's address to its place on the page."""
    service.find(db.session(), center_of(code), number)
    return redirect(url_for("centers.agreements", code=code, _anchor=f"agreement{number}"))


@blueprint.get(f"/<code>/agreements/<{ID}:number>/print")
@signed.staff
def print_agreement(code: str, number: int) -> ResponseReturnValue:
    """Show an agreement with the terms of annex 1, to be printed and signed."""
    center = center_of(code)
    row = service.find(db.session(), center, number)
    return render("centers/agreement_print.html", center=center, agreement=row, today=today())


@blueprint.post("/<code>/agreements")
@signed.staff
def draft_agreement(code: str) -> ResponseReturnValue:
    """Draft an agreement."""
    day = today()

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        terms = _terms(form)
        if terms is not None:
            service.draft(work, signed.viewer(), center, terms, today=day, now=now())

    return act(code, "agreements", "draft", verb, gettext("The draft is kept."))


@blueprint.post(f"/<code>/agreements/<{ID}:number>")
@signed.staff
def change_agreement(code: str, number: int) -> ResponseReturnValue:
    """Change an agreement, or write down who signed it and when."""
    day = today()

    def verb(work: Session, center: Center, form: Form, files: list[StoredFile]) -> None:
        viewer, row = signed.viewer(), service.find(work, center, number)
        terms = _terms(form)
        if terms is None:
            return
        kept = [
            documents.keep(work, file, of=center, kind="agreement", by=viewer.actor, now=now())
            for file in files
        ]
        scan = kept[0] if kept else None
        service.change(work, viewer, center, row, terms, document=scan, today=day, now=now())

    return act(code, "agreements", f"agreement{number}", verb, gettext("Saved."), files=True)


@blueprint.post(f"/<code>/agreements/<{ID}:number>/force")
@signed.staff
def force_agreement(code: str, number: int) -> ResponseReturnValue:
    """Let a center that was entered by hand work under this agreement."""

    def verb(work: Session, center: Center, _form: Form, _files: list[StoredFile]) -> None:
        row = service.find(work, center, number)
        service.put_in_force(work, signed.viewer(), center, row, now=now())

    return act(code, "agreements", f"agreement{number}", verb, gettext("Saved."))


@blueprint.post(f"/<code>/agreements/<{ID}:number>/removal")
@signed.staff
def remove_agreement(code: str, number: int) -> ResponseReturnValue:
    """Take a draft away."""

    def verb(work: Session, center: Center, _form: Form, _files: list[StoredFile]) -> None:
        row = service.find(work, center, number)
        service.remove(work, signed.viewer(), center, row, now=now())

    return act(code, "agreements", f"agreement{number}", verb, gettext("Removed."))


def _terms(form: Form) -> Terms | None:
    """Return what the form says, or None; what is wrong stands in the form."""
    begins = form.date("valid_from", required=True)
    ends = form.date("valid_to", required=True)
    signed_on = form.date("signed_on")
    number = form.text("number", most=64)
    region = form.text("region", required=True, most=100)
    said: dict[str, Any] = {name: form.text(name, most=100) for name in NAMES}
    fees: dict[str, Any] = {name: form.count(name, most=MOST_YUAN) for name in _FEES}
    for name, fee in fees.items():
        if fee is None and not form.errors[name]:
            form.errors[name] = gettext("Please write a number.")
    if not form.valid or begins is None or ends is None:
        return None
    return Terms(number, region, begins, ends, signed_on, **said, **fees)


@part("agreements")
def _agreements(work: Session, center: Center) -> dict[str, Any]:
    rows = service.of_center(work, center)
    latest = center_needs.latest_agreement(work, center)
    serves = center.state in SERVING
    return {
        "agreements": rows,
        "in_force": center_needs.agreement_on(work, center, today()) if serves else None,
        "may_force": serves and latest is None,
        "values": {row.id: _values(row) for row in rows if not row.taken_up},
        "new": _new(center, latest),
    }


def _values(row: Agreement) -> dict[str, Any]:
    dates = ("valid_from", "valid_to", "signed_on")
    values: dict[str, Any] = {
        name: day.isoformat() if (day := getattr(row, name)) else "" for name in dates
    }
    for name in ("number", "region", *NAMES):
        values[name] = getattr(row, name)
    return values | {name: str(getattr(row, name)) for name in _FEES}


def _new(center: Center, latest: Agreement | None) -> dict[str, Any]:
    """Return what a new draft begins with: the fees of the rules, or of the one before."""
    return {
        "region": center.region,
        "valid_from": latest.valid_to.isoformat() if latest else "",
        "fee_intermediate": str(latest.fee_intermediate if latest else FEE_INTERMEDIATE),
        "fee_senior": str(latest.fee_senior if latest else FEE_SENIOR),
    }


_FEES = ("fee_intermediate", "fee_senior")
