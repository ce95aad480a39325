"""Certification centers: a list, and the record's first fields."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.labels import CENTER_STATES
from helpdesk.models import Center
from helpdesk.services import centers, contacts
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page

FIELDS = ("code", "name", "name_en", "region", "city", "state")


@blueprint.get("/centers", endpoint="centers")
@signed.admin
def show() -> ResponseReturnValue:
    """List the centers by code."""
    query, after = request.args.get("q", "").strip(), request.args.get("after", "")
    found = centers.centers(db.session(), query=query, after=after)
    rows = found[: centers.PAGE]
    more = rows[-1].code if len(found) > centers.PAGE else ""
    return page("centers", centers=rows, query=query, after=after, more=more)


@blueprint.get("/centers/new", endpoint="centers_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new center."""
    return _form(Form({"state": "authorized"}), None)


@blueprint.get("/centers/<int:number>", endpoint="centers_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show a center."""
    center = centers.center(db.session(), number)
    values = {field: getattr(center, field) for field in FIELDS}
    values["domains"] = "\n".join(row.domain for row in center.domains)
    return _form(Form(values), center)


@blueprint.post("/centers/new", endpoint="centers_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add a center."""
    return _save(None)


@blueprint.post("/centers/<int:number>", endpoint="centers_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change a center."""
    return _save(number)


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    values = {
        "code": form.text("code", required=True, most=32),
        "name": form.text("name", required=True, most=200),
        "name_en": form.text("name_en", most=200),
        "region": form.text("region", most=100),
        "city": form.text("city", most=100),
        "state": form.one_of("state", centers.STATES, required=True) or "",
    }
    domains = form.text("domains", most=5000).replace(",", " ").replace("，", " ").split()
    try:
        if not form.valid:
            return _form(form, _center(number)), 422
        with transaction() as session:
            known = centers.center(session, number) if number else None
            centers.save(session, known, **values, domains=domains, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _center(number)), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.centers"))


def _center(number: int | None) -> Center | None:
    return centers.center(db.session(), number) if number else None


def _form(form: Form, center: Center | None) -> str:
    states = [(code, str(CENTER_STATES[code])) for code in centers.STATES]
    people = contacts.contacts(db.session(), center_id=center.id) if center else ()
    return page("center", form=form, center=center, states=states, contacts=people)
