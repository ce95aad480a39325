"""The portal: centers see their tickets, answer on them, and file new ones."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.labels import SCORES
from helpdesk.models import Ticket
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.services.arrivals import web_forms
from helpdesk.services.arrivals.web_forms import Question
from helpdesk.services.desk import conversation, merged, queue, ratings, replies, search, tickets
from helpdesk.web import signed, uploads
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.queue import choices
from helpdesk.web.requests import now
from helpdesk.web.visit_forms import ROWS
from helpdesk.web.visit_steps import panel_of

blueprint = Blueprint("portal", __name__, url_prefix="/portal")


@blueprint.get("/")
@signed.contact
def index() -> ResponseReturnValue:
    """Show the center's tickets: the current ones, all of them, or what was searched for."""
    query = request.args.get("q", "").strip()
    if query:
        before = row_asked("before")
        found = search.search(db.session(), signed.viewer(), query, before=before)
        return render("portal/list.html", view="search", query=query, page=found)
    view = "all" if request.args.get("view") == "all" else "current"
    page = queue.page(db.session(), signed.viewer(), view, after=request.args.get("after"))
    return render("portal/list.html", view=view, query="", page=page)


@blueprint.get("/tickets/<int:number>")
@signed.contact
def show(number: int) -> ResponseReturnValue:
    """Show a ticket's conversation and what is promised."""
    return page(_ticket(number))


@blueprint.post("/tickets/<int:number>/messages")
@signed.writing_contact
def write(number: int) -> ResponseReturnValue:
    """Add a message to a ticket."""
    form = Form.posted()
    viewer, ticket = signed.viewer(), _ticket(number)
    try:
        question = question_of(form)
        if not form.valid:
            return page(ticket, form), 422
        answered = web_forms.answer(viewer, ticket, question, now=now())
        with transaction() as work:
            ticket = work.get_one(Ticket, answered)
            replies.keep_draft(work, ticket, viewer, "reply", "", now=now())
            seen = merged.goes_on_in(work, viewer, access.ticket_for(work, viewer, number))
    except Refusal as refusal:
        form.refuse(refusal)
        return page(_ticket(number), form), refusal.status
    shown = seen.id if seen else number
    session["sent"] = shown
    flash(gettext("Your message is with the office."), "success")
    return redirect(url_for("portal.show", number=shown))


@blueprint.post("/tickets/<int:number>/draft")
@signed.contact
def draft(number: int) -> ResponseReturnValue:
    """Keep what is being typed."""
    text = request.form.get("text", "")[: web_forms.LONGEST_TEXT]
    with transaction() as work:
        ticket = access.ticket_for(work, signed.viewer(), number)
        replies.keep_draft(work, ticket, signed.viewer(), "reply", text, now=now())
    return "", 204


@blueprint.get("/new")
@signed.writing_contact
def new() -> ResponseReturnValue:
    """Show the form for a new ticket."""
    return _form(new_form())


@blueprint.post("/new")
@signed.writing_contact
def file() -> ResponseReturnValue:
    """File the ticket; whatever is refused comes back as it was typed."""
    form = Form.posted()
    try:
        question = question_of(form, subject=True)
        if not form.valid:
            return _form(form), 422
        author = web_forms.contact_handle(signed.viewer())
        number = web_forms.ask(author, question, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form), refusal.status
    return redirect(url_for("portal.filed", number=number))


@blueprint.get("/tickets/<int:number>/filed")
@signed.contact
def filed(number: int) -> ResponseReturnValue:
    """Say that the ticket is filed and when it is answered."""
    return render("portal/filed.html", ticket=_ticket(number))


def new_form() -> Form:
    """Return an empty form with an id of its own, by which sending it twice is once.

    An address such as ``?topic=certification_exam`` chooses the topic.
    """
    topics = {choice.code for choice in current_config().topics}
    wished = request.args.get("topic")
    return Form({"submission": token_hex(16), "topic": wished if wished in topics else ""})


def question_of(form: Form, *, subject: bool = False) -> Question:
    """Return what a form asks; what is wrong stands in the form."""
    config = current_config()
    question = Question(
        submission=form.text("submission", most=64),
        subject=form.text("subject", required=True, most=web_forms.LONGEST_SUBJECT)
        if subject
        else "",
        text=form.text("text", required=subject, most=web_forms.LONGEST_TEXT),
        topic=form.one_of("topic", {choice.code for choice in config.topics}),
        request_type=form.one_of("request_type", {c.code for c in config.request_types}),
    )
    if not form.valid:
        return question
    return Question(
        question.submission or token_hex(16),
        question.subject,
        question.text,
        question.topic,
        question.request_type,
        uploads.attachments(),
    )


def asking_choices() -> dict[str, Any]:
    """Return the topics and types that can be asked about."""
    return {name: rows for name, rows in choices().items() if name in ("topic", "request_type")}


def page(
    ticket: Ticket, form: Form | None = None, *, steps: Mapping[str, Form] | None = None
) -> str:
    """Render a ticket; ``steps`` are forms about its visit that were refused."""
    work, viewer = db.session(), signed.viewer()
    if form is None:
        form = new_form()
        form.values["text"] = replies.drafts_of(work, ticket, viewer).get("reply", "")
    return render(
        "portal/ticket.html",
        ticket=ticket,
        form=form,
        panel=panel_of(ticket, steps),
        rating=_rating_form(ticket),
        scores=SCORES,
        rows=ROWS,
        talk=conversation.read(work, viewer, ticket, before=row_asked("before")),
        goes_on=merged.goes_on_in(work, viewer, ticket),
        just_sent="reply" if session.pop("sent", None) == ticket.id else "",
    )


def _rating_form(ticket: Ticket) -> Form | None:
    """Return the question how the answer was, where it is asked, with what was said before."""
    work = db.session()
    if ticket.status not in tickets.OVER or not ratings.is_open(ticket, now=now()):
        return None
    known = ratings.of(work, ticket)
    return Form({"score": known.score, "comment": known.comment} if known else {}, prefix="rating-")


def _ticket(number: int) -> Ticket:
    return access.ticket_for(db.session(), signed.viewer(), number)


def _form(form: Form) -> str:
    return render("portal/new.html", form=form, choices=asking_choices())
