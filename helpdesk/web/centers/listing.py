"""All centers: the list, the board of stages, and entering one that was there before."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Forbidden, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.labels import CENTER_STATES, WAYS_OUT
from helpdesk.services.certification import center_board, centers
from helpdesk.services.certification.centers import Wanted
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import blueprint
from helpdesk.web.centers.facts import read_facts
from helpdesk.web.centers.record import today
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now


@blueprint.get("")
@signed.staff
def index() -> ResponseReturnValue:
    """List the centers by code."""
    work, asked = db.session(), request.args
    state = asked.get("state", "")
    wanted = Wanted(
        asked.get("q", "").strip()[:100],
        state if state in centers.STATES else "",
        asked.get("region", "").strip()[:100],
    )
    after = asked.get("after", "")[:32]
    found = centers.centers(work, wanted=wanted, after=after)
    rows = found[: centers.PAGE]
    return render(
        "centers/list.html",
        rows=rows,
        wanted=wanted,
        after=after,
        more=rows[-1].code if len(found) > centers.PAGE else "",
        regions=centers.regions(work),
        today=today(),
    )


@blueprint.get("/board")
@signed.staff
def board() -> ResponseReturnValue:
    """Show the stages, and what falls due."""
    found = center_board.board(db.session(), signed.viewer(), now=now())
    return render("centers/board.html", board=found, today=today())


@blueprint.get("/new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a center that was there before the desk."""
    return _form(Form({"state": "authorized"}))


@blueprint.post("/new")
@signed.admin
def add() -> ResponseReturnValue:
    """Enter a center as it stands."""
    form = Form.posted()
    values, domains = read_facts(form)
    state = form.one_of("state", centers.STATES, required=True) or ""
    why = form.text("why", required=True, most=centers.LONGEST_REASON)
    exit_by = form.one_of("exit_by", WAYS_OUT)
    if not form.valid:
        return _form(form), 422
    try:
        with transaction() as work:
            viewer = signed.viewer()
            centers.enter(
                work,
                viewer,
                values,
                state=state,
                exit_by=exit_by,
                domains=domains,
                why=why,
                now=now(),
            )
    except Forbidden:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("centers.overview", code=values["code"]))


def _form(form: Form) -> str:
    return render(
        "centers/new.html",
        form=form,
        states=list(CENTER_STATES.items()),
        ways_out=list(WAYS_OUT.items()),
    )
