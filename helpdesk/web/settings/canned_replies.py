"""Canned replies: what agents answer with again and again."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import LANGUAGES, gettext
from helpdesk.models import CannedReply
from helpdesk.runtime import current_config
from helpdesk.services import canned_replies
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.queue import choices
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/canned-replies", endpoint="canned")
@signed.admin
def show() -> ResponseReturnValue:
    """List them."""
    return page("canned_replies", rows=canned_replies.listing(db.session()))


@blueprint.get("/canned-replies/new", endpoint="canned_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new one."""
    return _form(Form(), None)


@blueprint.get("/canned-replies/<int:number>", endpoint="canned_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show one."""
    row = canned_replies.found(db.session(), number)
    return _form(
        Form({"name": row.name, "topic": row.topic or "", "zh": row.zh, "en": row.en}), row
    )


@blueprint.post("/canned-replies/new", endpoint="canned_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add one."""
    return _save(None)


@blueprint.post("/canned-replies/<int:number>", endpoint="canned_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change one."""
    return _save(number)


@blueprint.post("/canned-replies/<int:number>/deletion", endpoint="canned_delete")
@signed.admin
def delete(number: int) -> ResponseReturnValue:
    """Take one away."""
    with transaction() as work:
        canned_replies.delete(work, canned_replies.found(work, number))
    flash(gettext("Deleted."), "success")
    return redirect(url_for("settings.canned"))


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    name = form.text("name", required=True, most=canned_replies.LONGEST_NAME)
    topic = form.one_of("topic", {choice.code for choice in current_config().topics})
    texts = {code: form.text(code, most=canned_replies.LONGEST_TEXT) for code in LANGUAGES}
    if not form.valid:
        return _form(form, _row(number)), 422
    try:
        with transaction() as work:
            row = canned_replies.found(work, number) if number else None
            by = signed.viewer().name
            canned_replies.save(work, row, name=name, topic=topic, texts=texts, by=by, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _row(number)), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.canned"))


def _row(number: int | None) -> CannedReply | None:
    return canned_replies.found(db.session(), number) if number else None


def _form(form: Form, row: CannedReply | None) -> str:
    words = [f"{{{word}}}" for word in canned_replies.WORDS]
    return page(
        "canned_reply", form=form, row=row, topics=choices()["topic"], words=" ".join(words)
    )
