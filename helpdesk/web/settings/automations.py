"""Automations: which there are, in which order they are asked, and a try of them."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.labels import label
from helpdesk.models import Agent, Automation, Group, Message, Ticket
from helpdesk.models.automation import OCCASIONS
from helpdesk.presentation import automations as words
from helpdesk.presentation import terms
from helpdesk.services import access
from helpdesk.services.automations import arrival, automations
from helpdesk.services.automations.conditions import FIELDS
from helpdesk.services.promises import policies
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.settings import automation_form, condition_form
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/automations", endpoint="automations")
@signed.admin
def show() -> ResponseReturnValue:
    """List them as they are asked, and try those for arrivals on a ticket."""
    session = db.session()
    number = request.args.get("ticket", type=int)
    tried, missing = None, ""
    if number is not None:
        try:
            tried = access.ticket_for(session, signed.viewer(), number)
        except NotFound as error:
            missing = str(error.sentence)
    facts = policies.facts(tried) if tried else {}
    return page(
        "automations",
        rows=automations.listing(session),
        names={agent.id: agent.name for agent in session.scalars(select(Agent))},
        tried=tried,
        missing=missing,
        verdicts=arrival.verdicts(session, facts, _asked(tried)) if tried else [],
        facts=facts,
        terms=terms,
        words=words,
    )


@blueprint.get("/automations/new", endpoint="automations_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new one."""
    return _form(automation_form.written(None), None)


@blueprint.get("/automations/<int:number>", endpoint="automations_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show one."""
    row = automations.found(db.session(), number)
    return _form(automation_form.written(row), row)


@blueprint.post("/automations/new", endpoint="automations_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add one."""
    return _save(None)


@blueprint.post("/automations/<int:number>", endpoint="automations_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change one."""
    return _save(number)


@blueprint.post("/automations/<int:number>/move", endpoint="automations_move")
@signed.admin
def move(number: int) -> ResponseReturnValue:
    """Let one be asked earlier or later."""
    with transaction() as work:
        row = automations.found(work, number)
        automations.move(work, row, up=request.form.get("to") == "up")
    return redirect(url_for("settings.automations"))


@blueprint.post("/automations/<int:number>/deletion", endpoint="automations_delete")
@signed.admin
def delete(number: int) -> ResponseReturnValue:
    """Take one away."""
    with transaction() as work:
        automations.delete(work, automations.found(work, number))
    flash(gettext("Deleted."), "success")
    return redirect(url_for("settings.automations"))


def _save(number: int | None) -> ResponseReturnValue:
    form = automation_form.posted()
    known = condition_form.choices()
    topics, types = ({code for code, _ in known[name]} for name in ("topic", "request_type"))
    draft = automation_form.read(form, topics, types)
    if draft is None:
        return _form(form, _row(number)), 422
    try:
        with transaction() as work:
            row = automations.found(work, number) if number else None
            automations.save(work, row, draft)
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _row(number)), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.automations"))


def _row(number: int | None) -> Automation | None:
    return automations.found(db.session(), number) if number else None


def _form(form: Form, row: Automation | None) -> str:
    session = db.session()
    agents = session.scalars(select(Agent).where(Agent.active).order_by(Agent.name)).all()
    groups = session.scalars(select(Group).order_by(Group.id)).all()
    names = {
        "arrival": gettext("When a ticket arrives"),
        "waiting": gettext("Waiting, and untouched for long"),
        "resolved": gettext("Resolved, and untouched for long"),
    }
    return page(
        "automation",
        form=form,
        row=row,
        fields=FIELDS,
        written=condition_form.WRITTEN,
        choices=condition_form.choices(),
        agents=agents,
        assignees=[(agent.id, agent.name) for agent in agents],
        groups=[(group.id, group.name) for group in groups],
        occasions=[(code, names[code]) for code in OCCASIONS],
        statuses=[(code, label(code, "status")) for code in automation_form.STATUSES],
        terms=terms,
    )


def _asked(ticket: Ticket) -> str:
    """Return the words with which a ticket began."""
    first = (
        select(Message.text)
        .where(Message.ticket_id == ticket.id, Message.direction == "in")
        .order_by(Message.at, Message.id)
        .limit(1)
    )
    return f"{ticket.subject}\n{db.session.scalar(first) or ''}"
