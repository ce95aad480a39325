"""Notifications: the list, the bell's menu, and marking them as read."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db, transaction
from helpdesk.services.desk import notifications
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, wants_fragment

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")

IN_THE_MENU = 8
BUDGET_KINDS = ("burn_fast", "burn_slow", "budget_spent")


@blueprint.get("/")
@signed.staff
def index() -> ResponseReturnValue:
    """List them, newest first; the bell's menu gets the first few."""
    before = row_asked("before")
    limit = IN_THE_MENU if wants_fragment() else notifications.PAGE
    found = notifications.listing(db.session(), signed.viewer(), before=before, limit=limit)
    rows = found[:limit]
    more = rows[-1].id if len(found) > limit else None
    return render(
        "notifications/list.html",
        block="rows",
        rows=rows,
        promised=notifications.promised(db.session(), rows),
        more=more,
        before=before,
    )


@blueprint.get("/<int:number>")
@signed.staff
def show(number: int) -> ResponseReturnValue:
    """Go to what it is about: following it is reading it."""
    with transaction() as session:
        opened = notifications.read(session, signed.viewer(), number, now=now())
        ticket = opened.ticket_id
        center = opened.center.code if opened.center else None
        kind = opened.kind
    if ticket is not None:
        return redirect(url_for("ticket.show", number=ticket))
    if center is not None:
        return redirect(url_for("centers.overview", code=center))
    if kind == "calendar" and signed.viewer().is_admin:
        return redirect(url_for("settings.year"))
    if kind == "delivery" and signed.viewer().is_admin:
        return redirect(url_for("settings.outbox"))
    if kind in BUDGET_KINDS and signed.viewer().is_manager:
        return redirect(url_for("dashboard.show"))
    return redirect(url_for("notifications.index"))


@blueprint.post("/reading")
@signed.staff
def read_all() -> ResponseReturnValue:
    """Mark all as read that were on the page."""
    newest = Form.posted().number("newest") or 0
    with transaction() as session:
        notifications.read_all(session, signed.viewer(), up_to=newest, now=now())
    return redirect(url_for("notifications.index"))
