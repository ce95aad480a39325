"""Callbacks: whom to ring back, who dials now, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Conflict, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.runtime import current_config
from helpdesk.services.hotline import ringing_back
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")


@blueprint.get("/")
@signed.staff
def index() -> ResponseReturnValue:
    """List whom to ring back."""
    return _list()


def _list(refused: Mapping[str, str] | None = None) -> str:
    """Show the list, with what was written of a call where its outcome was refused."""
    rows = ringing_back.due(db.session(), signed.viewer())
    later = ringing_back.next_try(db.session(), now=now()).astimezone(current_config().zone)
    return render(
        "callbacks/callbacks.html",
        rows=rows,
        spoken=ringing_back.spoken_since(db.session(), rows),
        now=now(),
        later=later.strftime("%Y-%m-%dT%H:%M"),
        refused=refused or {},
    )


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
                again=_again(),
                now=now(),
            )
        flash(gettext("Noted on ticket #%(number)s.", number=number), "success")
    except Refusal as refusal:
        if not isinstance(refusal, Conflict) and refusal.field != "again":
            raise
        flash(refusal.sentence, "warning")
        typed = {name: request.form.get(name, "") for name in ("said", "again")}
        return _list({"number": str(number), **typed}), 400
    return redirect(url_for("callbacks.index"))


def _again() -> datetime | None:
    """Return when to try again, where somebody chose a time."""
    try:
        local = datetime.fromisoformat(request.form.get("again", ""))
    except ValueError:
        return None
    return local if local.tzinfo else local.replace(tzinfo=current_config().zone)
