"""Macros: what agents answer with again and again."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import LANGUAGES, gettext
from helpdesk.models import Macro
from helpdesk.runtime import current_config
from helpdesk.services.desk import macros
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.queue import choices
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/macros", endpoint="macros")
@signed.admin
def show() -> ResponseReturnValue:
    """List them."""
    return page("macro_list", rows=macros.listing(db.session()))


@blueprint.get("/macros/new", endpoint="macros_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask for a new one."""
    return _form(Form(), None)


@blueprint.get("/macros/<int:number>", endpoint="macros_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show one."""
    row = macros.found(db.session(), number)
    return _form(
        Form({"name": row.name, "topic": row.topic or "", "zh": row.zh, "en": row.en}), row
    )


@blueprint.post("/macros/new", endpoint="macros_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add one."""
    return _save(None)


@blueprint.post("/macros/<int:number>", endpoint="macros_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change one."""
    return _save(number)


@blueprint.post("/macros/<int:number>/deletion", endpoint="macros_delete")
@signed.admin
def delete(number: int) -> ResponseReturnValue:
    """Take one away."""
    with transaction() as work:
        macros.delete(work, macros.found(work, number))
    flash(gettext("Deleted."), "success")
    return redirect(url_for("settings.macros"))


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    name = form.text("name", required=True, most=macros.LONGEST_NAME)
    topic = form.one_of("topic", {choice.code for choice in current_config().topics})
    texts = {code: form.text(code, most=macros.LONGEST_TEXT) for code in LANGUAGES}
    if not form.valid:
        return _form(form, _row(number)), 422
    try:
        with transaction() as work:
            row = macros.found(work, number) if number else None
            by = signed.viewer().name
            macros.save(work, row, name=name, topic=topic, texts=texts, by=by, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _row(number)), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.macros"))


def _row(number: int | None) -> Macro | None:
    return macros.found(db.session(), number) if number else None


def _form(form: Form, row: Macro | None) -> str:
    words = [f"{{{word}}}" for word in macros.WORDS]
    return page("macro", form=form, row=row, topics=choices()["topic"], words=" ".join(words))
