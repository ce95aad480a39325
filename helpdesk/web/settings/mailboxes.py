"""Mailboxes: how they fare, and how to reach them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import ChannelAccount, Group
from helpdesk.services.connections import mailbox_checks, mailboxes
from helpdesk.services.connections.mailbox_checks import Check
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page
from helpdesk.web.settings.mailbox_form import read, written

STATES = ("active", "paused", "retired")


@blueprint.get("/mailboxes", endpoint="mailboxes")
@signed.admin
def show() -> ResponseReturnValue:
    """List the mailboxes with their state, last success and last error."""
    rows = db.session.scalars(
        select(ChannelAccount)
        .where(ChannelAccount.channel == "email")
        .order_by(ChannelAccount.is_default.desc(), ChannelAccount.name)
    )
    return page("mailboxes", accounts=rows.all())


@blueprint.get("/mailboxes/new", endpoint="mailboxes_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Ask how a new mailbox is reached."""
    return _form(written(None), None)


@blueprint.get("/mailboxes/<int:number>", endpoint="mailboxes_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Show a mailbox's settings."""
    account = _account(number)
    return _form(written(account), account)


@blueprint.post("/mailboxes/new", endpoint="mailboxes_add")
@signed.admin
def add() -> ResponseReturnValue:
    """Add a mailbox, or only try its settings."""
    return _save(None)


@blueprint.post("/mailboxes/<int:number>", endpoint="mailboxes_save")
@signed.admin
def save(number: int) -> ResponseReturnValue:
    """Change a mailbox, or only try its settings."""
    return _save(number)


def _save(number: int | None) -> ResponseReturnValue:
    form = Form.posted()
    account = _account(number) if number else None
    settings = read(form, dict(account.settings) if account else {})
    name = form.text("name", required=True, most=100)
    address = form.text("address", required=True, most=254)
    state = form.one_of("state", STATES, required=True)
    group = form.number("group")
    if not form.valid or state is None:
        return _form(form, account), 422
    if request.form.get("then") == "test":
        return _form(form, account, _tried(name, address, settings))
    try:
        with transaction() as session:
            saved = mailboxes.save(
                session,
                session.get_one(ChannelAccount, number) if number else None,
                name=name,
                address=address,
                settings=settings,
                state=state,
                is_default=form.checked("is_default"),
                now=now(),
            )
            saved.group_id = group
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form, _account(number) if number else None), refusal.status
    flash(gettext("Saved. The worker reads the mailbox within seconds."), "success")
    return redirect(url_for("settings.mailboxes"))


def _tried(name: str, address: str, settings: dict[str, Any]) -> list[Check]:
    """Try settings that are not saved, on an account that the database never sees."""
    account = ChannelAccount(channel="email", name=name, address=address.lower(), settings=settings)
    return mailbox_checks.check(account)


def _form(form: Form, account: ChannelAccount | None, checks: list[Check] | None = None) -> str:
    groups = db.session.scalars(select(Group).order_by(Group.name))
    return page(
        "mailbox",
        form=form,
        account=account,
        checks=checks,
        groups=[(str(group.id), group.name) for group in groups],
    )


def _account(number: int | None) -> ChannelAccount:
    found = db.session.get(ChannelAccount, number)
    if found is None or found.channel != "email":
        raise NotFound("no_mailbox", gettext("There is no such mailbox."))
    return found
