"""Rating an answer from the link in its mail, or in the portal; and what managers see of it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal, TooMany
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.labels import SCORES
from helpdesk.models import Ticket
from helpdesk.services import access
from helpdesk.services.desk import ratings
from helpdesk.web import reports as pages
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, place

blueprint = Blueprint("ratings", __name__)


@blueprint.get("/rate/<token>")
def show(token: str) -> ResponseReturnValue:
    """Ask for an opinion; opening the page records none (BEHAVIOURS 34)."""
    ticket = ratings.ticket_of(db.session(), token)
    known = ratings.of(db.session(), ticket)
    form = Form({"score": known.score, "comment": known.comment} if known else {})
    return _page(token, ticket, form)


@blueprint.post("/rate/<token>")
def give(token: str) -> ResponseReturnValue:
    """Record an opinion; whatever is refused comes back as it was typed."""
    access.require_not_staff(signed.current_viewer())
    ticket = ratings.ticket_of(db.session(), token)
    form = Form.posted()
    refused = _recorded(form, ticket.id)
    if refused is not None:
        return _page(token, ratings.ticket_of(db.session(), token), form), refused
    flash(gettext("Thank you. Your opinion is with the office."), "success")
    return redirect(url_for("ratings.show", token=token))


@blueprint.post("/portal/tickets/<int:number>/rating")
@signed.contact
def give_in_portal(number: int) -> ResponseReturnValue:
    """Record the opinion of somebody who is signed in."""
    ticket = access.ticket_for(db.session(), signed.viewer(), number)
    form = Form.posted()
    if _recorded(form, ticket.id) is None:
        flash(gettext("Thank you. Your opinion is with the office."), "success")
    else:
        flash(next(iter(form.errors.values())), "error")
    return redirect(url_for("portal.show", number=number))


@blueprint.get("/reports/ratings")
@signed.manager
def report() -> ResponseReturnValue:
    """Show the opinions of a period, by who answered and one by one."""
    session, viewer = db.session(), signed.viewer()
    span = pages.span_asked()
    rows = ratings.shares(session, viewer, span)
    score = request.args.get("score")
    agent = row_asked("agent")
    page = ratings.listing(
        session, viewer, span, score=score, agent_id=agent, after=request.args.get("after")
    )
    return render(
        "reports/ratings.html",
        rows=rows,
        total=ratings.together(rows),
        page=page,
        score=score,
        agent=next((row for row in rows if row.agent_id == agent), None) if agent else None,
        scores=SCORES,
        **pages.frame(span, ""),
    )


def _recorded(form: Form, number: int) -> int | None:
    """Record what a form says; return the status of what was refused."""
    score = form.one_of("score", SCORES, required=True)
    comment = form.text("comment", most=ratings.LONGEST_COMMENT)
    if not form.valid:
        return 422
    try:
        with transaction() as work:
            ratings.count_try(work, place(), now=now())
        with transaction() as work:
            ticket = work.get_one(Ticket, number)
            ratings.rate(work, ticket, score or "", comment, now=now())
    except (Refusal, TooMany) as refusal:
        form.refuse(refusal)
        return refusal.status
    return None


def _page(token: str, ticket: Ticket, form: Form) -> str:
    return render(
        "public/rating.html",
        token=token,
        ticket=ticket,
        form=form,
        scores=SCORES,
        known=ratings.of(db.session(), ticket),
        is_open=ratings.is_open(ticket, now=now()),
    )
