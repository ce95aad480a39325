"""How to reach the office: the five channels, the service hours, and what today is."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.labels import CHANNELS
from helpdesk.presentation.opening import opening
from helpdesk.runtime import current_config
from helpdesk.services import calendars
from helpdesk.services.contact_points import contact_points
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("contact", __name__)


@blueprint.get("/contact")
def show() -> ResponseReturnValue:
    """Show every channel with its contact points, and when somebody is there."""
    work = db.session()
    return render(
        "help/contact.html",
        channels=list(CHANNELS),
        points=contact_points(work),
        form_closed=current_config().visitor_tickets_per_hour == 0,
        opening=opening(calendars.default_calendar(work), now=now()),
    )
