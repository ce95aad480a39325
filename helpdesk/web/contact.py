"""How to reach the office: the five channels, the service hours, and what today is."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.labels import CHANNELS
from helpdesk.presentation import terms
from helpdesk.presentation.opening import opening
from helpdesk.runtime import current_config
from helpdesk.services.connections.contact_points import contact_points
from helpdesk.services.hours import calendars
from helpdesk.services.promises import policies
from helpdesk.web.fragments import render
from helpdesk.web.requests import now
from sla.metrics import FIRST_REPLY

blueprint = Blueprint("contact", __name__)


@blueprint.get("/contact")
def show() -> ResponseReturnValue:
    """Show every channel with its contact points, when somebody is there, and the promises."""
    work, config = db.session(), current_config()
    first_reply = policies.as_value(policies.default(work)).promise(FIRST_REPLY)
    return render(
        "help/contact.html",
        channels=list(CHANNELS),
        points=contact_points(work),
        first_reply=terms.amount(first_reply) if first_reply else "",
        answer_rate=config.answer_rate_target,
        form_closed=config.visitor_tickets_per_hour == 0,
        opening=opening(calendars.default_calendar(work), now=now()),
    )
