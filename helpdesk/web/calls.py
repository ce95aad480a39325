"""The log of the hotline's calls, under what today counts."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.services import calendars, calls
from helpdesk.services.calls import Which
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.requests import now
from sla.rates import NOTHING, TARGET

blueprint = Blueprint("calls", __name__, url_prefix="/calls")

WHICH = ("all", "missed", "answered")


@blueprint.get("/")
@signed.staff
def index() -> ResponseReturnValue:
    """List the calls, the latest first, under what today counts."""
    asked = request.args.get("which", "all")
    which = cast("Which", asked if asked in WHICH else "all")
    before = request.args.get("before", type=int)
    rows, more = calls.listing(db.session(), signed.viewer(), which=which, before=before)
    today = sum(calls.rates_of(db.session(), _today(), _today(), by="day").values(), NOTHING)
    return render(
        "calls/calls.html",
        block="rows",
        rows=rows,
        more=more,
        before=before,
        which=which,
        today=today,
        target=TARGET,
    )


def _today() -> date:
    _, calendar = calendars.default_version(db.session())
    return now().astimezone(calendar.zone).date()
