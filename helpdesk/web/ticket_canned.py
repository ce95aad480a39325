"""Canned replies in the agent's composer, filled in for the ticket."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.models import CannedReply, Ticket
from helpdesk.services import access, canned_replies
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.ticket import page

blueprint = Blueprint("ticket_canned", __name__)


@dataclass(frozen=True)
class Canned:
    """A canned reply, and its text for this ticket."""

    row: CannedReply
    text: str


@blueprint.get("/tickets/<int:number>/canned-replies")
@signed.staff
def find(number: int) -> ResponseReturnValue:
    """Show them, those of the ticket's topic first."""
    ticket = _ticket(number)
    return render_template("ticket/canned.html", ticket=ticket, canned=_canned(ticket))


@blueprint.post("/tickets/<int:number>/canned-replies")
@signed.staff
def insert(number: int) -> ResponseReturnValue:
    """Do the same where no script does: list them, or put one into what is being written."""
    ticket, form = _ticket(number), Form.posted()
    chosen = form.number("canned")
    if chosen is not None:
        work = db.session()
        row = canned_replies.found(work, chosen)
        words = canned_replies.filled(work, row, ticket, signed.viewer(), now=now())
        typed = str(form.values.get("text") or "").rstrip()
        form.values["text"] = f"{typed}\n\n{words}".lstrip()
    return page(ticket, compose=form, canned=_canned(ticket))


def _canned(ticket: Ticket) -> list[Canned]:
    work, viewer = db.session(), signed.viewer()
    return [
        Canned(row, canned_replies.filled(work, row, ticket, viewer, now=now()))
        for row in canned_replies.listing(work, ticket.topic)
    ]


def _ticket(number: int) -> Ticket:
    return access.ticket_for(db.session(), signed.viewer(), number)
