"""The queue: views, filters, and work on several tickets at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk.errors import NotFound
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext, ngettext
from helpdesk.labels import CHANNELS, PRIORITIES, STATUSES, choice_name
from helpdesk.models import Agent, Center, Group
from helpdesk.runtime import current_config
from helpdesk.services.database import row_numbers
from helpdesk.services.desk import bulk, queue, saved_views
from helpdesk.web import absences, signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.navigation import view_names, views_kept
from helpdesk.web.requests import now, safe_next

blueprint = Blueprint("queue", __name__)

FIRST_VIEW = "first_reply"
KEPT = "view-"
"""Before the ids of the form that keeps a view, which stands beside that of the filters."""
Choices = Sequence[tuple[str, str]]


@blueprint.get("/queue")
@signed.staff
def index() -> ResponseReturnValue:
    """Lead to the view that everybody starts with."""
    return redirect(url_for("queue.show", view=FIRST_VIEW))


@blueprint.get("/queue/<view>")
@signed.staff
def show(view: str) -> ResponseReturnValue:
    """Show a page of a view."""
    values = listing(view)
    return render("queue/queue.html", block="list", **values)


@blueprint.post("/queue/<view>/changes")
@signed.staff
def change(view: str) -> ResponseReturnValue:
    """Assign the picked tickets, or set their status."""
    numbers = row_numbers.all_written(request.form.getlist("ticket"))
    assignee, status = request.form.get("assignee") or None, request.form.get("status") or None
    back = redirect(safe_next(request.form.get("next"), url_for("queue.show", view=view)))
    if numbers and not (assignee or status):
        flash(gettext("Choose whom to assign them to, or a status."), "warning")
        return back
    with transaction() as session:
        changed = bulk.change(
            session, signed.viewer(), numbers, assignee=assignee, status=status, now=now()
        )
        given = bulk.agent_for(session, assignee) if changed else None
    text = ngettext("%(num)s ticket changed.", "%(num)s tickets changed.", changed)
    flash(text, "success" if changed else "warning")
    absences.warn_of(given)
    return back


def listing(code: str) -> dict[str, Any]:
    """Return what the list of a view shows; NotFound for a view that does not exist."""
    if code not in queue.STAFF_VIEWS:
        raise NotFound("no_view", gettext("There is no such view."))
    filters = chosen_filters()
    found = queue.page(
        db.session(),
        signed.viewer(),
        code,
        filters=filters,
        after=request.args.get("after") or None,
        before=request.args.get("before") or None,
    )
    offered = choices()
    viewer = signed.viewer()
    saved = views_kept(viewer)
    kept = saved_views.kept_as(saved, viewer, code, filters)
    return {
        "view": code,
        "view_name": kept.name if kept else view_names()[code],
        "view_names": view_names(),
        "saved": saved,
        "kept": kept,
        "may_change": kept is not None and saved_views.may_change(viewer, kept),
        "keep": Form({"name": kept.name, "shared": kept.shared} if kept else {}, prefix=KEPT),
        "page": found,
        "filters": filters,
        "chips": _chips(code, filters, offered),
        "choices": offered,
    }


def chosen_filters() -> dict[str, str]:
    """Return what the address narrows the list by."""
    return {name: value for name in queue.FILTERS if (value := request.args.get(name))}


def address(code: str) -> str:
    """Return where a view stands, narrowed as it is at this address."""
    filters: dict[str, Any] = chosen_filters()
    return url_for("queue.show", view=code, **filters)


def _chips(
    code: str, filters: Mapping[str, str], offered: Mapping[str, Choices]
) -> list[tuple[str, str]]:
    """Return what each filter in force says, and the address of the list without it."""
    titles = {
        "channel": gettext("Channel"),
        "topic": gettext("Topic"),
        "request_type": gettext("Type"),
        "priority": gettext("Priority"),
        "assignee": gettext("Assignee"),
        "group": gettext("Group"),
        "center": gettext("Center"),
        "status": gettext("Status"),
    }
    found = []
    for name, value in filters.items():
        others: dict[str, Any] = {other: filters[other] for other in filters if other != name}
        words = f"{titles[name]} · {_filter_value(name, value, offered)}"
        found.append((words, url_for("queue.show", view=code, **others)))
    return found


def _filter_value(name: str, value: str, offered: Mapping[str, Choices]) -> str:
    number = row_numbers.written(value)
    if name == "center" and number is not None:
        center = db.session().get(Center, number)
        return center.name if center else value
    if value == "none":
        return gettext("nobody yet") if name == "assignee" else "—"
    return dict(offered.get(name, ())).get(value, value)


def choices() -> dict[str, Choices]:
    """Return what can be chosen for each property of a ticket, as pairs of code and name."""
    session, config = db.session(), current_config()
    agents = session.scalars(select(Agent).where(Agent.active).order_by(Agent.name))
    groups = session.scalars(select(Group).order_by(Group.name))
    return {
        "status": [(code, str(name)) for code, name in STATUSES.items() if code != "merged"],
        "priority": [(code, str(name)) for code, name in PRIORITIES.items()],
        "channel": [(code, str(name)) for code, name in CHANNELS.items()],
        "topic": [(c.code, choice_name(config.topics, c.code)) for c in config.topics],
        "request_type": [
            (c.code, choice_name(config.request_types, c.code)) for c in config.request_types
        ],
        "assignee": [
            (str(a.id), " · ".join(filter(None, (a.name, absences.words(a))))) for a in agents
        ],
        "group": [(str(g.id), g.name) for g in groups],
    }
