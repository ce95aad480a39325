"""Asking the office without an account: a form, beside it when the office is open."""

from __future__ import annotations

from flask import Blueprint, redirect, session, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Ticket
from helpdesk.presentation.opening import opening
from helpdesk.runtime import current_config
from helpdesk.services.arrivals import web_forms
from helpdesk.services.hours import calendars
from helpdesk.services.sending import outgoing
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.portal import asking_choices, new_form, question_of
from helpdesk.web.requests import now, place

blueprint = Blueprint("visitor", __name__, url_prefix="/ask")

TRAP = "website"


@blueprint.get("")
def new() -> ResponseReturnValue:
    """Show the service hours and the form."""
    return _form(new_form())


@blueprint.post("")
def file() -> ResponseReturnValue:
    """File the ticket; whatever is refused comes back as it was typed."""
    form = Form.posted()
    name = form.text("name", required=True, most=100)
    address = form.text("email", required=True, most=web_forms.LONGEST_ADDRESS)
    try:
        question = question_of(form, subject=True)
        author = web_forms.visitor_handle(name, address) if address else None
        if form.values.pop(TRAP, ""):
            form.errors[""] = gettext(
                "A field that people do not see was filled in. If you are a person, "
                "please send it again."
            )
        if author is None or not form.valid:
            return _form(form), 422
        web_forms.count_visitor(author.value, place(), now=now())
        number = web_forms.ask(author, question, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form), refusal.status
    session["asked"] = [number, author.value]
    return redirect(url_for("visitor.filed"))


@blueprint.get("/filed")
def filed() -> ResponseReturnValue:
    """Say what was filed from this browser last, and when it is answered."""
    number, email = session.get("asked") or (0, "")
    ticket = db.session.get(Ticket, number)
    if ticket is None:
        return redirect(url_for("visitor.new"))
    return render("portal/visitor_filed.html", ticket=ticket, email=email)


def _form(form: Form) -> str:
    work = db.session()
    mailbox = outgoing.sender_for(work, None)
    return render(
        "portal/visitor.html",
        form=form,
        trap=TRAP,
        choices=asking_choices(),
        closed=current_config().visitor_tickets_per_hour == 0,
        mailbox=mailbox.address if mailbox.account_id else "",
        opening=opening(calendars.default_calendar(work), now=now()),
    )
