"""Microblog accounts: how they fare, what their day holds, and how to reach them."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from channels.microblog.budget import CHINA
from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import ChannelAccount, Group
from helpdesk.runtime import current_config
from helpdesk.services.microblog import microblogs
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.microblog_form import read, written

STATES = ("active", "paused", "retired")


@blueprint.get("/microblogs", endpoint="microblogs")
@signed.admin
def show() -> ResponseReturnValue:
    """List the accounts with their state, their next look and what is left of their day."""
    session = db.session()
    rows = [
        (row, microblogs.usage(session, row, now=now()), microblogs.token_ends(row))
        for row in microblogs.accounts(session)
    ]
    return page("microblogs", rows=rows, today=now().astimezone(CHINA).date())


@blueprint.get("/microblogs/new", endpoint="microblogs_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask how a new account is reached."""
    return _form(written(None), None)


@blueprint.get("/microblogs/<int:number>", endpoint="microblogs_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show an account's settings."""
    account = microblogs.account(db.session(), number)
    return _form(written(account), account)


@blueprint.post("/microblogs/new", endpoint="microblogs_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add an account."""
    return _save(None)


@blueprint.post("/microblogs/<int:number>", endpoint="microblogs_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change an account."""
    return _save(number)


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    account = microblogs.account(db.session(), number) if number else None
    settings = read(form, dict(account.settings) if account else {})
    name = form.text("name", required=True, most=100)
    state = form.one_of("state", STATES, required=True)
    group = form.number("group")
    if not form.valid or state is None:
        return _form(form, account), 422
    try:
        with transaction() as session:
            row = microblogs.account(session, number) if number else None
            saved = microblogs.save(
                session, row, name=name, settings=settings, state=state, now=now()
            )
            saved.group_id = group
    except Refusal as refusal:
        form.refuse(refusal)
        account = microblogs.account(db.session(), number) if number else None
        return _form(form, account), refusal.status
    flash(gettext("Saved. The worker looks at the account within seconds."), "success")
    return redirect(url_for("settings.microblogs"))


def _form(form: Form, account: ChannelAccount | None) -> str:
    groups = db.session.scalars(select(Group).order_by(Group.name))
    base = current_config().base_url
    path = url_for("pushes.receive", number=account.id) if account else ""
    return page(
        "microblog",
        form=form,
        account=account,
        push_url=f"{base}{path}" if path else "",
        groups=[(str(group.id), group.name) for group in groups],
    )
