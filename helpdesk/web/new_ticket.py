"""A new ticket on behalf of somebody: who called or came, when, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Call, Person
from helpdesk.runtime import current_config
from helpdesk.services.arrivals.web_forms import LONGEST_ADDRESS, LONGEST_SUBJECT, LONGEST_TEXT
from helpdesk.services.certification import centers
from helpdesk.services.database import row_numbers
from helpdesk.services.desk import bulk, entries
from helpdesk.services.desk.entries import Entry
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.identity import requesters
from helpdesk.services.identity.requesters import Asker
from helpdesk.web import absences, signed, uploads
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.queue import choices
from helpdesk.web.requests import now, wants_fragment

blueprint = Blueprint("new_ticket", __name__, url_prefix="/tickets/new")

LOCAL = "%Y-%m-%dT%H:%M"
AFTERWARDS = ("open", "waiting", "resolved")


@blueprint.get("")
@signed.staff
def show() -> ResponseReturnValue:
    """Show the form; ``person`` in the address picks who asked, ``call`` which call it was."""
    local = now().astimezone(current_config().zone)
    values = {
        "submission": token_hex(16),
        "channel": "hotline",
        "happened": local.strftime(LOCAL),
        "person": request.args.get("person", ""),
        "priority": "normal",
        "assignee": str(signed.viewer().agent_id),
        "status": "open",
    }
    asked = row_numbers.written(request.args.get("call", ""))
    call = db.session.get(Call, asked) if asked is not None else None
    if call is not None and call.ticket_id is not None:
        return redirect(url_for("ticket.show", number=call.ticket_id))
    return _page(Form(values | (_told(call) if call is not None else {})))


@blueprint.get("/people")
@signed.staff
def people() -> ResponseReturnValue:
    """Show who fits what was typed so far."""
    form = Form(request.args.to_dict())
    if not wants_fragment():  # a link that somebody kept
        return _page(form)
    return render("ticket/new.html", block="people", form=form, found=_found(form))


@blueprint.get("/centers")
@signed.staff
def center_choices() -> ResponseReturnValue:
    """Suggest centers for what was typed so far."""
    if not wants_fragment():
        return _page(Form(request.args.to_dict()))
    found = centers.centers(
        db.session(), query=_searched(Form(request.args.to_dict()), "center"), limit=10
    )
    return render("ticket/new.html", block="centers", form=Form(), centers=found)


@blueprint.post("")
@signed.staff
def enter() -> ResponseReturnValue:
    """Open the ticket; whatever is refused comes back as it was typed."""
    form = Form.posted()
    if form.checked("find"):
        return _page(form)
    entry = _entry(form)
    if entry is None:
        return _page(form), 422
    try:
        with transaction() as work:
            number = entries.enter(work, signed.viewer(), entry, now=now())
            given = bulk.agent_for(work, entry.assignee)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form), refusal.status
    flash(gettext("Ticket #%(number)s is open.", number=number), "success")
    absences.warn_of(given)
    return redirect(url_for("ticket.show", number=number))


def _told(call: Call) -> dict[str, object]:
    """Return what a call tells of the ticket that it becomes."""
    arrived = call.arrived_at.astimezone(current_config().zone)
    return {
        "call": call.id,
        "happened": arrived.strftime(LOCAL),
        "person": call.person_id or "",
        "phone": "" if call.person_id else call.number,
        "answered": "1" if call.answered_at else "",
    }


def _entry(form: Form) -> Entry | None:
    """Return what was typed in, or None; what is wrong stands in the form."""
    offered = {name: {code for code, _ in rows} for name, rows in choices().items()}
    channel = form.one_of("channel", offered["channel"], required=True) or ""
    happened = form.moment("happened", zone=current_config().zone, required=True)
    values = {
        "subject": form.text("subject", required=True, most=LONGEST_SUBJECT),
        "text": form.text("text", required=True, most=LONGEST_TEXT),
        "answer": form.text("answer", most=LONGEST_TEXT),
        "center": form.text("center", most=300),
        "assignee": form.one_of("assignee", offered["assignee"]) or "",
        "priority": form.one_of("priority", offered["priority"], required=True) or "",
        "status": form.one_of("status", AFTERWARDS, required=True) or "",
        "submission": form.text("submission", most=64) or token_hex(16),
    }
    topic = form.one_of("topic", offered["topic"])
    request_type = form.one_of("request_type", offered["request_type"])
    asker = _asker(form)
    files = _files(form)
    if happened is None or not form.valid:
        return None
    return Entry(
        channel=channel,
        asker=asker,
        happened_at=happened,
        topic=topic,
        request_type=request_type,
        # the box is shown for calls and visits alone
        answered=form.checked("answered") and channel in entries.CONNECTED,
        immediate=form.checked("immediate"),
        files=files,
        call=form.number("call"),
        **values,
    )


def _asker(form: Form) -> Asker:
    """Return who is named; a search that found nobody names somebody new."""
    typed = Asker(
        person_id=form.number("person"),
        name=form.text("name", most=requesters.LONGEST_NAME),
        phone=form.text("phone", most=60),
        email=form.text("email", most=LONGEST_ADDRESS),
    )
    who = form.text("who", most=LONGEST_ADDRESS)
    if typed == Asker() and not requesters.find(db.session(), who, limit=1):
        return requesters.guess(who)
    return typed


def _files(form: Form) -> Sequence[StoredFile]:
    if not form.valid:
        return ()
    try:
        return uploads.received()
    except Refusal as refusal:
        form.refuse(refusal)
        return ()


def _found(form: Form) -> Sequence[Person]:
    """Return who fits the search, and first who is picked already."""
    session = db.session()
    number = Form(form.values).number("person")
    picked = session.get(Person, number) if number else None
    others = requesters.find(session, _searched(form, "who"))
    return [*([picked] if picked else []), *(p for p in others if p is not picked)]


def _searched(form: Form, name: str) -> str:
    """Return what is looked for: a database refuses to look for much longer words."""
    return str(form.values.get(name) or "").strip()[:LONGEST_ADDRESS]


def _page(form: Form) -> str:
    query = _searched(form, "center").partition("·")[0].strip()
    return render(
        "ticket/new.html",
        form=form,
        found=_found(form),
        centers=centers.centers(db.session(), query=query, limit=50),
        choices=choices(),
        connected=entries.CONNECTED,
        afterwards=AFTERWARDS,
    )
