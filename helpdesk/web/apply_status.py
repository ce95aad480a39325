"""What became of an application: where it stands, and the talk with the office about it."""

from __future__ import annotations

from secrets import token_hex

from flask import Blueprint, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Application
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals import web_forms
from helpdesk.services.arrivals.web_forms import Question
from helpdesk.services.certification import application_talk
from helpdesk.services.desk import conversation
from helpdesk.web import uploads
from helpdesk.web.apply import mine
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("apply_status", __name__, url_prefix="/apply/status")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show where the application stands and what was said about it."""
    application = mine()
    if application.submitted_at is None:
        return redirect(url_for("apply.review"))
    application_talk.ensure(application.id, now=now())
    return _page(Form({"submission": token_hex(16)}))


@blueprint.post("/messages")
def write() -> ResponseReturnValue:
    """Ask the office, or answer its question."""
    form = Form.posted()
    text = form.text("text", most=web_forms.LONGEST_TEXT)
    viewer, number = _talk(mine())
    try:
        if not form.valid:
            return _page(form), 422
        question = Question(
            form.text("submission", most=64) or token_hex(16), "", text, files=uploads.attachments()
        )
        ticket = access.ticket_for(db.session(), viewer, number)
        web_forms.answer(viewer, ticket, question, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form), refusal.status
    flash(gettext("Your message is with the office."), "success")
    return redirect(url_for("apply_status.show"))


def _talk(application: Application) -> tuple[Viewer, int]:
    viewer = access.applicant(db.session(), application)
    if viewer is None or application.ticket_id is None:
        raise NotFound("no_application", gettext("This application was not sent yet."))
    return viewer, application.ticket_id


def _page(form: Form) -> str:
    work, application = db.session(), mine()
    assert application.center is not None
    talk, ticket = None, None
    viewer = access.applicant(work, application)
    if viewer is not None and application.ticket_id is not None:
        ticket = access.ticket_for(work, viewer, application.ticket_id)
        talk = conversation.read(work, viewer, ticket, before=None)
    return render(
        "apply/status.html",
        application=application,
        center=application.center,
        steps=application_talk.told_steps(work, application.center),
        ticket=ticket,
        talk=talk,
        form=form,
        sent=session.pop("sent", None),
    )
