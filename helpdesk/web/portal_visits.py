"""Visits in the portal: a center asks for one, chooses a date, moves it or calls it off."""

from __future__ import annotations

from secrets import token_hex

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Ticket, Visit
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.services.arrivals import web_forms
from helpdesk.services.onsite import visit_requests, visits
from helpdesk.services.onsite.visit_requests import VisitQuestion
from helpdesk.web import portal, signed, uploads, visit_steps
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now
from helpdesk.web.visit_forms import ROWS, dates_of
from helpdesk.web.visit_steps import LONGEST_WORDS, Act, seen, take

blueprint = Blueprint("portal_visits", __name__, url_prefix="/portal")


@blueprint.get("/visits/new")
@signed.writing_contact
def new() -> ResponseReturnValue:
    """Show the form that asks for a visit, on a ticket where the address names one."""
    form = portal.new_form()
    form.values |= {"contact": signed.viewer().name}
    return _form(form, _asked_ticket(request.args.get("ticket", type=int)))


@blueprint.post("/visits/new")
@signed.writing_contact
def file() -> ResponseReturnValue:
    """Ask for the visit; whatever is refused comes back as it was typed."""
    form = Form.posted()
    ticket = _asked_ticket(form.number("ticket"))
    try:
        question = _question(form, ticket)
        if question is None:
            return _form(form, ticket), 422
        author = web_forms.contact_handle(signed.viewer())
        number = visit_requests.ask(author, question, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, ticket), refusal.status
    if ticket is not None:
        flash(gettext("Your message is with the office."), "success")
        return redirect(url_for("portal.show", number=number))
    return redirect(url_for("portal.filed", number=number))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/acceptance")
@signed.writing_contact
def accept(number: int, visit_id: int) -> ResponseReturnValue:
    """Accept a date that the office proposed."""

    def act(work: Session, visit: Visit, form: Form) -> None:
        chosen = form.number("date")
        visits.accept(work, signed.viewer(), visit, chosen, now=now(), **seen(form))

    return _step(number, visit_id, "accept", act, gettext("The visit is agreed."))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/dates")
@signed.writing_contact
def suggest(number: int, visit_id: int) -> ResponseReturnValue:
    """Name other dates."""

    def act(work: Session, visit: Visit, form: Form) -> None:
        words = form.text("words", most=LONGEST_WORDS)
        dates = dates_of(form)
        if form.valid:
            visits.suggest(
                work, signed.viewer(), visit, dates, words=words, now=now(), **seen(form)
            )

    return _step(number, visit_id, "suggest", act, gettext("Your dates are with the office."))


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/move")
@signed.writing_contact
def reschedule(number: int, visit_id: int) -> ResponseReturnValue:
    """Give up the agreed date and name others."""
    return _step(
        number,
        visit_id,
        "reschedule",
        visit_steps.reschedule,
        gettext("Your dates are with the office."),
    )


@blueprint.post("/tickets/<int:number>/visits/<int:visit_id>/cancellation")
@signed.writing_contact
def cancel(number: int, visit_id: int) -> ResponseReturnValue:
    """Call the visit off."""
    return _step(
        number, visit_id, "cancel", visit_steps.call_off, gettext("The visit is called off.")
    )


def _step(number: int, visit_id: int, step: str, act: Act, said: str) -> ResponseReturnValue:
    refused = take(number, visit_id, step, act)
    if refused is not None:
        form, status = refused
        ticket = access.ticket_for(db.session(), signed.viewer(), number)
        return portal.page(ticket, steps={step: form}), status
    flash(said, "success")
    return redirect(url_for("portal.show", number=number))


def _question(form: Form, ticket: Ticket | None) -> VisitQuestion | None:
    config = current_config()
    typed = {
        "subject": form.text("subject", required=ticket is None, most=web_forms.LONGEST_SUBJECT),
        "place": form.text("place", required=True, most=300),
        "purpose": form.text("purpose", required=True, most=LONGEST_WORDS),
        "contact": form.text("contact", required=True, most=100),
        "phone": form.text("phone", required=True, most=40),
    }
    topic = form.one_of("topic", {choice.code for choice in config.topics})
    submission = form.text("submission", most=64) or token_hex(16)
    dates = dates_of(form)
    if not form.valid:
        return None
    return VisitQuestion(
        submission=submission,
        dates=dates,
        topic=topic,
        ticket=ticket.id if ticket else None,
        files=uploads.attachments(),
        **typed,
    )


def _asked_ticket(number: int | None) -> Ticket | None:
    return access.ticket_for(db.session(), signed.viewer(), number) if number else None


def _form(form: Form, ticket: Ticket | None) -> str:
    return render(
        "portal/visit_new.html",
        form=form,
        ticket=ticket,
        rows=ROWS,
        choices=portal.asking_choices(),
    )
