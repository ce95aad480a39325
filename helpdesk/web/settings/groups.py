"""Groups: agents who share a queue."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.labels import WAYS_TO_ASSIGN_WAYS
from helpdesk.models import Group
from helpdesk.models.agent import WAYS_TO_ASSIGN
from helpdesk.services.database import row_numbers
from helpdesk.services.hours import calendar_list
from helpdesk.services.identity import staff
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.calendar_preview import chosen


@blueprint.get("/groups", endpoint="groups")
@signed.admin
def show() -> ResponseReturnValue:
    """List the groups."""
    return page("groups", groups=staff.groups(db.session()), ways=_ways())


@blueprint.get("/groups/new", endpoint="groups_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new group."""
    return _form(Form({"members": []}), None)


@blueprint.get("/groups/<int:number>", endpoint="groups_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show a group."""
    group = staff.group(db.session(), number)
    members = [agent.id for agent in group.agents]
    values = {
        "name": group.name,
        "is_default": group.is_default,
        "members": members,
        "calendar": group.calendar_id or "",
        "auto_assign": group.auto_assign,
        "most_open": group.most_open or "",
    }
    return _form(Form(values), group)


@blueprint.post("/groups/new", endpoint="groups_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add a group."""
    return _save(None)


@blueprint.post("/groups/<int:number>", endpoint="groups_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change a group."""
    return _save(number)


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    members = row_numbers.all_written(request.form.getlist("members"))
    form.values["members"] = members
    name = form.text("name", required=True, most=100)
    calendar_id = form.number("calendar")
    is_default = form.checked("is_default")
    auto_assign = form.one_of("auto_assign", WAYS_TO_ASSIGN) or "off"
    most_open = form.number("most_open")
    if not form.valid:
        return _form(form, _group(number)), 422

    def save(session: Session) -> None:
        staff.save_group(
            session,
            staff.group(session, number) if number else None,
            name=name,
            members=members,
            is_default=is_default,
            calendar_id=calendar_id,
            auto_assign=auto_assign,
            most_open=most_open,
            by=signed.viewer().name,
            now=now(),
        )

    try:
        return chosen(save, title=name, back=url_for("settings.groups"))
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _group(number)), refusal.status


def _group(number: int | None) -> Group | None:
    return staff.group(db.session(), number) if number else None


def _form(form: Form, group: Group | None) -> str:
    session = db.session()
    rows = [(row.id, row.name) for row in calendar_list.listing(session)]
    return page(
        "group",
        form=form,
        group=group,
        agents=staff.agents(session),
        calendars=rows,
        ways=list(_ways().items()),
    )


def _ways() -> dict[str, str]:
    """Return how a group can assign its tickets, by code."""
    return {code: str(WAYS_TO_ASSIGN_WAYS[code]) for code in WAYS_TO_ASSIGN}
