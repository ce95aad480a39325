"""Callbacks: whom to ring back, who dials now, and what came of it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Conflict
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.services import ringing_back
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")


@blueprint.get("/")
@signed.staff
def index() -> ResponseReturnValue:
    """List whom to ring back."""
    rows = ringing_back.due(db.session(), signed.viewer())
    return render("callbacks/callbacks.html", block="rows", rows=rows, now=now())


@blueprint.post("/<int:number>/hold")
@signed.staff
def hold(number: int) -> ResponseReturnValue:
    """Let this agent dial."""
    try:
        with transaction() as session:
            ringing_back.hold(session, signed.viewer(), number, now=now())
    except Conflict as conflict:
        flash(conflict.sentence, "warning")
    return redirect(url_for("callbacks.index"))


@blueprint.post("/<int:number>/outcome")
@signed.staff
def outcome(number: int) -> ResponseReturnValue:
    """Write down what came of dialling."""
    try:
        with transaction() as session:
            ringing_back.log_outcome(
                session,
                signed.viewer(),
                number,
                request.form.get("outcome", ""),
                said=request.form.get("said", ""),
                now=now(),
            )
        flash(gettext("Noted on ticket #%(number)s.", number=number), "success")
    except Conflict as conflict:
        flash(conflict.sentence, "warning")
    return redirect(url_for("callbacks.index"))
