"""Macros in the agent's composer, filled in for the ticket."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.models import Macro, Ticket
from helpdesk.services import access
from helpdesk.services.desk import macros
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.ticket import page

blueprint = Blueprint("ticket_macros", __name__)


@dataclass(frozen=True)
class Offer:
    """A macro, and its text for this ticket."""

    row: Macro
    text: str


@blueprint.get("/tickets/<int:number>/macros")
@signed.staff
def find(number: int) -> ResponseReturnValue:
    """Show them, those of the ticket's topic first."""
    ticket = _ticket(number)
    return render_template("ticket/macros.html", ticket=ticket, macros=_offers(ticket))


@blueprint.post("/tickets/<int:number>/macros")
@signed.staff
def insert(number: int) -> ResponseReturnValue:
    """Do the same where no script does: list them, or put one into what is being written."""
    ticket, form = _ticket(number), Form.posted()
    chosen = form.number("macro")
    if chosen is not None:
        work = db.session()
        row = macros.found(work, chosen)
        words = macros.filled(work, row, ticket, signed.viewer(), now=now())
        typed = str(form.values.get("text") or "").rstrip()
        form.values["text"] = f"{typed}\n\n{words}".lstrip()
    return page(ticket, compose=form, macros=_offers(ticket))


def _offers(ticket: Ticket) -> list[Offer]:
    work, viewer = db.session(), signed.viewer()
    return [
        Offer(row, macros.filled(work, row, ticket, viewer, now=now()))
        for row in macros.listing(work, ticket.topic)
    ]


def _ticket(number: int) -> Ticket:
    return access.ticket_for(db.session(), signed.viewer(), number)
