"""One ticket: its conversation, its promises, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Message, Target, Ticket
from helpdesk.presentation.events import SILENT
from helpdesk.services import access
from helpdesk.services.desk import (
    conversation,
    merged,
    presence,
    properties,
    queue,
    ratings,
    replies,
    tickets,
)
from helpdesk.services.microblog import microblog_replies
from helpdesk.services.promises import clock_log, immediate
from helpdesk.services.sending import copies
from helpdesk.web import absences, posting, signed, uploads
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.mail_layout import Original, original_of
from helpdesk.web.queue import choices, chosen_filters, listing
from helpdesk.web.requests import now, wants_fragment
from helpdesk.web.visit_steps import panel_of

blueprint = Blueprint("ticket", __name__)

LONGEST_MESSAGE = 100_000
BY_ITSELF = ("assignee", "group", "priority")
"""What automatic assignment and promises' actions change while somebody reads the page."""


@blueprint.get("/tickets/<int:number>")
@signed.staff
def show(number: int) -> ResponseReturnValue:
    """Show the ticket, beside the list of the view that it was opened from."""
    return page(_ticket(number))


@blueprint.post("/tickets/<int:number>/messages")
@signed.staff
def write(number: int) -> ResponseReturnValue:
    """Send a reply or keep a note, and set the status in the same step."""
    form = Form.posted()
    kind = "note" if form.values.get("kind") == "note" else "reply"
    text = form.text("text", most=LONGEST_MESSAGE)
    if not form.valid:
        return page(_ticket(number), compose=form), 422
    try:
        shown = posting.preview(_ticket(number), form) if kind == "reply" else None
        if shown is not None:
            return page(_ticket(number), compose=form, preview=shown)
        if kind == "reply":
            posting.ask_about_numbers(form, text)
        files = uploads.received()
        with transaction() as work:
            ticket = access.ticket_for(work, signed.viewer(), number)
            send: Callable[..., object] = replies.note if kind == "note" else posting.verb(form)
            send(work, ticket, signed.viewer(), text, files=files, now=now(), **_more(form, kind))
            presence.leave(work, ticket, signed.viewer())
    except Refusal as refusal:
        form.refuse(refusal)
        return page(_ticket(number), compose=form), refusal.status
    session["sent"] = [number, kind]
    flash(gettext("Note kept.") if kind == "note" else gettext("Reply on its way."), "success")
    return redirect(_back(number))


@blueprint.post("/tickets/<int:number>/draft")
@signed.staff
def draft(number: int) -> ResponseReturnValue:
    """Keep what is being typed."""
    with transaction() as work:
        ticket = access.ticket_for(work, signed.viewer(), number)
        replies.keep_draft(
            work,
            ticket,
            signed.viewer(),
            request.form.get("kind", "reply"),
            request.form.get("text", "")[:LONGEST_MESSAGE],
            now=now(),
        )
    return "", 204


@blueprint.post("/tickets/<int:number>/presence")
@signed.staff
def present(number: int) -> ResponseReturnValue:
    """Hear that the page is in sight, and say who else has it before them."""
    viewer = signed.viewer()
    with transaction() as work:
        ticket = access.ticket_for(work, viewer, number)
        typing = bool(request.form.get("typing"))
        presence.note(work, ticket, viewer, typing=typing, now=now())
        found = presence.others(work, ticket, viewer, now=now())
        return render("ticket/presence.html", ticket=ticket, present=found)


@blueprint.post("/tickets/<int:number>/properties")
@signed.staff
def change(number: int) -> ResponseReturnValue:
    """Save the properties beside the conversation."""
    form = Form.posted(prefix="property-")
    try:
        with transaction() as work:
            ticket = access.ticket_for(work, signed.viewer(), number)
            before = ticket.assignee
            properties.change(work, ticket, signed.viewer(), _changed(form), now=now())
            given = ticket.assignee if ticket.assignee is not before else None
    except Refusal as refusal:
        form.refuse(refusal)
        # a script takes back only what it can show: the form with its sentence
        return page(_ticket(number), details=form), 422 if wants_fragment() else refusal.status
    flash(gettext("Saved."), "success")
    absences.warn_of(given)
    return redirect(_back(number))


@blueprint.post("/tickets/<int:number>/resolution")
@signed.staff
def resolve(number: int) -> ResponseReturnValue:
    """Mark the ticket as resolved; a first reply that is owed stays owed."""
    with transaction() as work:
        ticket = access.ticket_for(work, signed.viewer(), number)
        tickets.set_status(work, ticket, "resolved", now=now(), by=signed.viewer().actor)
    flash(gettext("Resolved."), "success")
    return redirect(_back(number))


@blueprint.post("/tickets/<int:number>/assignment")
@signed.staff
def take(number: int) -> ResponseReturnValue:
    """Take the ticket oneself."""
    viewer = signed.viewer()
    with transaction() as work:
        ticket = access.ticket_for(work, viewer, number)
        properties.change(work, ticket, viewer, {"assignee": str(viewer.agent_id)}, now=now())
    return redirect(_back(number))


def page(
    ticket: Ticket,
    *,
    compose: Form | None = None,
    details: Form | None = None,
    original: Original | None = None,
    preview: posting.Preview | None = None,
    offers: Sequence[object] | None = None,
    article_query: str = "",
    macros: Sequence[object] | None = None,
) -> str:
    """Render the ticket's page; forms that were refused come back as they were sent.

    A script gets the parts that an action may have changed, and never the text
    that is being written. ``original`` is the mail shown in its own layout, ``offers`` are
    articles and ``macros`` that were asked for where no script runs.
    """
    work, viewer = db.session(), signed.viewer()
    center = ticket.center
    drafts = replies.drafts_of(work, ticket, viewer)
    code = request.args.get("view")
    beside = listing(code) if code in queue.STAFF_VIEWS else {}
    values: dict[str, Any] = {"choices": choices(), "view": None, "filters": {}, **beside}
    return render(
        "ticket/ticket.html",
        blocks=("heading", "talk", "side"),
        **values,
        original=original or _original(ticket),
        ticket=ticket,
        beside=bool(beside),
        talk=conversation.read(work, viewer, ticket, before=row_asked("before"), silent=SILENT),
        promises=[(target, _used(target)) for target in _shown(ticket)],
        at_once=immediate.soft_target(work, ticket, now=now()),
        in_copy=copies.in_copy(work, ticket),
        goes_on=merged.goes_on_in(work, viewer, ticket),
        absorbed=merged.absorbed(work, viewer, ticket),
        center_open=conversation.open_tickets_of_center(work, center.id, cap=queue.MOST_COUNTED)
        if center
        else 0,
        others=conversation.others_of_requester(work, ticket),
        compose=compose or _draft_form(drafts),
        drafts=drafts,
        details=details or _details_form(ticket),
        visits=panel_of(ticket),
        rating=ratings.of(work, ticket),
        present=presence.others(work, ticket, viewer, now=now()),
        just_sent=_just_sent(ticket.id),
        ways=microblog_replies.ways(work, ticket, now=now()),
        preview=preview,
        offers=offers,
        article_query=article_query,
        macros=macros,
    )


def _original(ticket: Ticket) -> Original | None:
    """Return the mail that the address asks to be shown in its own layout."""
    number = row_asked("original")
    message = db.session.get(Message, number) if number else None
    return original_of(message) if message and message.ticket_id == ticket.id else None


def _ticket(number: int) -> Ticket:
    return access.ticket_for(db.session(), signed.viewer(), number)


def _more(form: Form, kind: str) -> dict[str, Any]:
    """Return what a reply has and a note has not."""
    if kind == "note":
        return {}
    return {
        "cc": copies.written(request.form.getlist("cc")),
        "seen": form.number("seen") or 0,
        "status": form.values.get("then") or None,
    }


def _shown(ticket: Ticket) -> list[Target]:
    """Return the last target of each metric; what was cleared is left out beside others."""
    last = {target.metric: target for target in ticket.targets}
    alive = [target for target in last.values() if target.state != "cancelled"]
    return alive or list(last.values())


def _used(target: Any) -> tuple[float, float]:
    """Return the service minutes that a promise has used and has in all."""
    calendar = clock_log.calendar_of(db.session(), target)
    if target.due_at is None:
        return 0.0, 1.0
    total = calendar.elapsed(target.started_at, target.due_at)
    return calendar.elapsed(target.started_at, target.met_at or now()), total


def _draft_form(drafts: dict[str, str]) -> Form:
    kind = "note" if "note" in drafts and "reply" not in drafts else "reply"
    return Form({"kind": kind, "text": drafts.get(kind, "")})


def _details_form(ticket: Ticket) -> Form:
    center = ticket.center
    values = {
        "status": ticket.status,
        "assignee": ticket.assignee_id or "",
        "group": ticket.group_id or "",
        "priority": ticket.priority,
        "topic": ticket.topic or "",
        "request_type": ticket.request_type or "",
        "immediate": "1" if ticket.immediate else "",
        "center": f"{center.code} · {center.name}" if center else "",
    }
    was = {f"was_{name}": values[name] for name in BY_ITSELF}
    return Form(values | was, prefix="property-")


def _changed(form: Form) -> dict[str, Any]:
    """Leave out what the form shows as it found it: the desk may have changed it since."""
    values = form.values
    return {
        name: value
        for name, value in values.items()
        if name not in BY_ITSELF or value != values.get(f"was_{name}")
    }


def _just_sent(number: int) -> str:
    """Return the kind of message that was sent here a moment ago: its draft may be dropped."""
    sent = session.pop("sent", None)
    return str(sent[1]) if sent and sent[0] == number else ""


def _back(number: int) -> str:
    view = request.args.get("view")
    if view not in queue.STAFF_VIEWS:
        return url_for("ticket.show", number=number)
    filters: dict[str, Any] = chosen_filters()
    return url_for("ticket.show", number=number, view=view, **filters)
