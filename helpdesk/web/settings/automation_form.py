"""An automation as a form: when, for which tickets, and what it does."""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from helpdesk.models import Automation
from helpdesk.models.automation import OCCASIONS
from helpdesk.models.ticket import PRIORITIES
from helpdesk.services.automations.arrival import ARRIVAL
from helpdesk.services.automations.automations import ENDS, LONGEST_NAME, Draft
from helpdesk.services.automations.conditions import FIELDS
from helpdesk.services.database import row_numbers
from helpdesk.web.forms import Form
from helpdesk.web.settings import condition_form

STATUSES = tuple(dict.fromkeys(status for ends in ENDS.values() for status in ends))
MOST_TOLD = 50


def posted() -> Form:
    """Return the form that was sent."""
    form = condition_form.posted(FIELDS)
    form.values["tell"] = row_numbers.all_written(request.form.getlist("tell")[:MOST_TOLD])
    return form


def read(form: Form, topics: Collection[str], types: Collection[str]) -> Draft | None:
    """Return the automation that a form describes; None where a field is wrong."""
    name = form.text("name", required=True, most=LONGEST_NAME)
    occasion = form.one_of("occasion", OCCASIONS, required=True)
    draft = Draft(
        name,
        occasion or ARRIVAL,
        dict(condition_form.read(form, FIELDS)),
        workdays=form.number("workdays"),
        group_id=form.number("group"),
        assignee_id=form.number("assignee"),
        priority=form.one_of("priority", PRIORITIES),
        topic=form.one_of("topic", topics),
        request_type=form.one_of("request_type", types),
        status=form.one_of("status", STATUSES),
        tell=tuple(form.values["tell"]),
        active=form.checked("active"),
    )
    return draft if form.valid else None


def written(row: Automation | None) -> Form:
    """Return the form of an automation, or of a new one."""
    if row is None:
        empty = condition_form.written({}, FIELDS)
        return Form({**empty, "occasion": ARRIVAL, "active": "1", "workdays": 5, "tell": []})
    return Form(
        {
            **condition_form.written(row.conditions, FIELDS),
            "name": row.name,
            "occasion": row.occasion,
            "active": "1" if row.active else "",
            "workdays": row.workdays or "",
            "group": row.group_id or "",
            "assignee": row.assignee_id or "",
            "priority": row.priority or "",
            "topic": row.topic or "",
            "request_type": row.request_type or "",
            "status": row.status or "",
            "tell": list(row.tell),
        }
    )
