"""Promises: which policies hold in which order, what each promises, and a try of them."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Agent, PolicyRecord, Ticket
from helpdesk.presentation import terms
from helpdesk.services import access
from helpdesk.services.hours import calendar_list
from helpdesk.services.promises import pending_judgements, policies, policy_changes
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings import condition_form, policy_form
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.policy_preview import decided
from sla.escalation import DOINGS, WATCHERS
from sla.metrics import METRICS
from sla.policy import CONDITION_FIELDS, MODES


@blueprint.get("/promises", endpoint="promises")
@signed.admin
def show() -> ResponseReturnValue:
    """List the policies in the order in which they are asked, and try them on a ticket."""
    session = db.session()
    number = request.args.get("ticket", type=int)
    tried = told = None
    missing = ""
    if number is not None:
        try:
            tried = access.ticket_for(session, signed.viewer(), number)
            told = policies.facts(tried)
        except NotFound as error:
            missing = str(error.sentence)
    elif any(request.args.get(field) for field in CONDITION_FIELDS):
        told = {field: request.args.get(field) or None for field in CONDITION_FIELDS}
    rows = policies.listing(session)
    return page(
        "promises",
        rows=[(row, policies.as_value(row)) for row in rows],
        tried=tried,
        told=told,
        missing=missing,
        verdicts=policies.verdicts(session, told) if told else [],
        kept=_kept(tried),
        following=pending_judgements.count(session),
        choices=condition_form.choices(),
        terms=terms,
    )


@blueprint.get("/promises/new", endpoint="promises_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new policy."""
    return _form(policy_form.written(None), None)


@blueprint.get("/promises/<int:number>", endpoint="promises_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show a policy and what it was before."""
    record = _record(number)
    return _form(policy_form.written(record), record)


@blueprint.post("/promises/new", endpoint="promises_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add a policy."""
    return _save(None)


@blueprint.post("/promises/<int:number>", endpoint="promises_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Promise something else from now on."""
    return _save(number)


@blueprint.post("/promises/<int:number>/move", endpoint="promises_move")
@signed.admin
def move(number: int) -> ResponseReturnValue:
    """Let a policy be asked earlier or later."""
    up = request.form.get("to") == "up"
    change = policy_changes.moving(number, up=up)
    name = _record(number).name
    title = gettext("%(name)s asked earlier", name=name)
    if not up:
        title = gettext("%(name)s asked later", name=name)
    return decided(change, title=title, back=url_for("settings.promises"))


@blueprint.post("/promises/<int:number>/retire", endpoint="promises_retire")
@signed.admin
def retire(number: int) -> ResponseReturnValue:
    """Let a policy hold no longer."""
    title = gettext("%(name)s holds no longer", name=_record(number).name)
    change = policy_changes.retiring(number)
    return decided(change, title=title, back=url_for("settings.promises"))


def _save(number: int | None) -> ResponseReturnValue:
    form = condition_form.posted(CONDITION_FIELDS)
    record = _record(number) if number is not None else None
    try:
        draft = policy_form.read(form, is_default=record is not None and record.is_default)
        if draft is None:
            return _form(form, record), 422
        change = policy_changes.saving(number, draft, by=signed.viewer().actor, now=now())
        return decided(change, title=draft.name, back=url_for("settings.promises"))
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _record(number) if number else None), refusal.status


def _record(number: int) -> PolicyRecord:
    return policy_changes.policy(db.session(), number)


def _kept(ticket: Ticket | None) -> list[Any]:
    """Return by which policies a ticket's promises are judged, which may be earlier ones."""
    return [target for target in ticket.targets if target.state != "cancelled"] if ticket else []


def _form(form: Form, record: PolicyRecord | None) -> str:
    return page(
        "policy",
        form=form,
        record=record,
        metrics=METRICS,
        fields=CONDITION_FIELDS,
        written=condition_form.WRITTEN,
        choices=condition_form.choices(),
        most_actions=range(policy_form.MOST_ACTIONS),
        doings=_doings(),
        whom=_whom(),
        terms=terms,
        calendars=[(row.id, row.name) for row in calendar_list.listing(db.session())],
        units=[("workdays", gettext("working days")), ("minutes", gettext("service minutes"))],
        modes=[
            (MODES[0], gettext("counted in service time from the moment it was asked")),
            (
                MODES[1],
                gettext("until the end of the last workday, the day it was asked not counted"),
            ),
        ],
    )


def _doings() -> list[tuple[str, str]]:
    """Return what can be done at a point."""
    names = {
        "notify": gettext("tell"),
        "group": gettext("move to the group"),
        "priority": gettext("raise the priority to"),
        "assign": gettext("give to"),
    }
    return [(code, names[code]) for code in DOINGS]


def _whom() -> dict[str, list[tuple[str, str]]]:
    """Return to whom or to what, under headings."""
    names = {
        "holder": gettext("whoever holds the ticket"),
        "group": gettext("its group"),
        "managers": gettext("the managers"),
    }
    agents = db.session.execute(select(Agent.email, Agent.name).where(Agent.active))
    people = [(email, f"{name} {email}") for email, name in agents]
    choices = condition_form.choices()
    return {
        gettext("People"): [(code, names[code]) for code in WATCHERS] + people,
        gettext("Groups"): choices["group"],
        gettext("Priority"): choices["priority"],
    }
