"""People and roles: who works at the desk."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.labels import ROLES
from helpdesk.models import Agent, Login
from helpdesk.services.database import row_numbers
from helpdesk.services.identity import accounts, staff
from helpdesk.web import absences, signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/people", endpoint="people")
@signed.admin
def show() -> ResponseReturnValue:
    """List the agents."""
    return page("people", agents=staff.agents(db.session()))


@blueprint.get("/people/new", endpoint="people_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask who joins."""
    groups = [group.id for group in staff.groups(db.session()) if group.is_default]
    return _form(Form({"role": "agent", "groups": groups}), None)


@blueprint.post("/people/new", endpoint="people_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add an agent and mail them the way in."""
    form = Form.posted()
    values = _read(form)
    try:
        if not form.valid:
            return _form(form, None), 422
        with transaction() as session:
            agent = staff.invite(session, **values, now=now())
            name, email = agent.name, agent.email
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, None), refusal.status
    text = gettext("%(name)s joined; a link to set a password goes to %(email)s.")
    flash(text % {"name": name, "email": email}, "success")
    return redirect(url_for("settings.people"))


@blueprint.get("/people/<int:number>", endpoint="people_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show an agent."""
    agent = staff.agent(db.session(), number)
    shown = ("name", "email", "role", "channel_manager", "active")
    values: dict[str, Any] = {key: getattr(agent, key) for key in shown}
    return _form(Form({**values, "groups": [group.id for group in agent.groups]}), agent)


@blueprint.post("/people/<int:number>", endpoint="people_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change an agent."""
    form = Form.posted()
    values = _read(form)
    try:
        if not form.valid:
            return _form(form, staff.agent(db.session(), number)), 422
        with transaction() as session:
            staff.change(
                session,
                staff.agent(session, number),
                **values,
                active=form.checked("active"),
                by=signed.viewer(),
                now=now(),
            )
            if number == signed.viewer().agent_id:  # who changes their own address stays signed in
                signed.start(session.get_one(Login, signed.viewer().login_id))
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, staff.agent(db.session(), number)), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.people"))


@blueprint.post("/people/<int:number>/password", endpoint="people_password")
@signed.admin
def mail_link(number: int) -> ResponseReturnValue:
    """Mail an agent a link on which they set a new password."""
    with transaction() as session:
        email = staff.agent(session, number).email
        accounts.send_link(session, email, now=now())
    text = gettext("A link to set a password goes to %(email)s.", email=email)
    flash(text, "success")
    return redirect(url_for("settings.people_edit", number=number))


def _read(form: Form) -> dict[str, Any]:
    groups = row_numbers.all_written(request.form.getlist("groups"))
    form.values["groups"] = groups
    return {
        "name": form.text("name", required=True, most=100),
        "email": form.text("email", required=True, most=254),
        "role": form.one_of("role", staff.ROLES, required=True) or "agent",
        "groups": groups,
        "channel_manager": form.checked("channel_manager"),
    }


def _form(form: Form, agent: Agent | None) -> str:
    roles = [(code, str(ROLES[code])) for code in staff.ROLES]
    return page(
        "person",
        form=form,
        agent=agent,
        roles=roles,
        groups=staff.groups(db.session()),
        away=absences.form_of(agent) if agent else None,
    )
