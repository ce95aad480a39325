"""Contacts of centers: who signs in to the portal."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Login
from helpdesk.services.identity import accounts, contacts
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/contacts", endpoint="contacts")
@signed.admin
def show() -> ResponseReturnValue:
    """List who signs in for a center."""
    return page("contacts", contacts=contacts.contacts(db.session()))


@blueprint.get("/contacts/new", endpoint="contacts_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask who signs in for which center."""
    return _form(Form({"center": request.args.get("center", "")}), None)


@blueprint.post("/contacts/new", endpoint="contacts_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add a contact and mail them the way in."""
    form = Form.posted()
    name, email, center = _read(form)
    try:
        if not form.valid:
            return _form(form, None), 422
        with transaction() as session:
            contacts.invite(session, name=name, email=email, center=center, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, None), refusal.status
    flash(gettext("A link to set a password goes to %(email)s.", email=email), "success")
    return redirect(url_for("settings.contacts"))


@blueprint.get("/contacts/<int:number>", endpoint="contacts_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show a contact."""
    login = contacts.contact(db.session(), number)
    person = login.person
    assert person is not None
    code = person.center.code if person.center else ""
    values = {"name": person.name, "center": code, "active": login.active}
    return _form(Form(values), login)


@blueprint.post("/contacts/<int:number>", endpoint="contacts_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change a contact."""
    form = Form.posted()
    name = form.text("name", required=True, most=100)
    center = form.text("center", most=32)
    try:
        if not form.valid:
            return _form(form, contacts.contact(db.session(), number)), 422
        with transaction() as session:
            login = contacts.contact(session, number)
            active = form.checked("active")
            contacts.change(session, login, name=name, center=center, active=active)
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, contacts.contact(db.session(), number)), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.contacts"))


@blueprint.post("/contacts/<int:number>/password", endpoint="contacts_password")
@signed.admin
def mail_link(number: int) -> ResponseReturnValue:
    """Mail a contact a link on which they set a new password."""
    with transaction() as session:
        email = contacts.contact(session, number).email
        accounts.send_link(session, email, now=now())
    flash(gettext("A link to set a password goes to %(email)s.", email=email), "success")
    return redirect(url_for("settings.contacts_edit", number=number))


def _read(form: Form) -> tuple[str, str, str]:
    return (
        form.text("name", required=True, most=100),
        form.text("email", required=True, most=254),
        form.text("center", required=True, most=32),
    )


def _form(form: Form, login: Login | None) -> str:
    return page("contact", form=form, login=login)
