"""Being away: one's own, and for managers anybody's of the office."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Agent
from helpdesk.presentation.absences import away_words
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.services.desk import absences
from helpdesk.services.identity import staff
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, safe_next

blueprint = Blueprint("absences", __name__, url_prefix="/absences")


@blueprint.get("/<int:number>")
@signed.staff
def show(number: int) -> ResponseReturnValue:
    """Show whether somebody is away, and ask until when."""
    agent = staff.agent(db.session(), number)
    access.require_absence_of(signed.viewer(), agent)
    return _page(agent, form_of(agent))


@blueprint.post("/<int:number>")
@signed.staff
def leave(number: int) -> ResponseReturnValue:
    """Note that somebody is away from now on."""
    access.require_absence_of(signed.viewer(), staff.agent(db.session(), number))
    form = Form.posted()
    until = form.moment("until", zone=current_config().zone)
    try:
        if form.valid:
            with transaction() as session:
                agent = staff.agent(session, number)
                absences.leave(session, signed.viewer(), agent, until=until, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
    if not form.valid:
        return _page(staff.agent(db.session(), number), form), 422
    return _done(number)


@blueprint.post("/<int:number>/end")
@signed.staff
def end(number: int) -> ResponseReturnValue:
    """Note that somebody is back."""
    with transaction() as session:
        absences.come_back(session, signed.viewer(), staff.agent(session, number), now=now())
    return _done(number)


def form_of(agent: Agent) -> Form:
    """Return the form that asks until when somebody is away."""
    until = agent.away_until if agent.is_away(now()) else None
    local = until.astimezone(current_config().zone) if until else None
    return Form({"until": f"{local:%Y-%m-%dT%H:%M}" if local else ""}, prefix="absence-")


def words(agent: Agent) -> str:
    """Return that somebody is away and until when, or nothing."""
    return away_words(agent, now=now(), zone=current_config().zone)


def warn_of(agent: Agent | None) -> None:
    """Say that who was just given something is away; they get it all the same."""
    if agent is None or agent.id == signed.viewer().agent_id:
        return
    away = words(agent)
    if away:
        text = gettext("%(name)s is %(away)s; it waits for them.", name=agent.name, away=away)
        flash(text, "warning")


def _page(agent: Agent, form: Form) -> str:
    form.prefix = "absence-"
    return render("absences/absence.html", agent=agent, form=form)


def _done(number: int) -> ResponseReturnValue:
    agent = staff.agent(db.session(), number)
    away, name = words(agent), agent.name
    if number == signed.viewer().agent_id:
        text = gettext("You are %(away)s.", away=away) if away else gettext("You are back.")
    elif away:
        text = gettext("%(name)s is %(away)s.", name=name, away=away)
    else:
        text = gettext("%(name)s is back.", name=name)
    flash(text, "success")
    fallback = url_for("absences.show", number=number)
    return redirect(safe_next(request.form.get("next"), fallback))
