"""The outbox: what waits to leave, what was given up, and another try."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.services.sending import delivery
from helpdesk.web import signed
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/outbox", endpoint="outbox")
@signed.admin
def show() -> ResponseReturnValue:
    """List the failed mails with their reasons, then those that wait."""
    session = db.session()
    return page("outbox", dead=delivery.dead_letters(session), waiting=delivery.waiting(session))


@blueprint.post("/outbox/<int:number>/retry", endpoint="outbox_retry")
@signed.admin
def retry(number: int) -> ResponseReturnValue:
    """Send a failed mail again."""
    with transaction() as session:
        delivery.try_again(session, number, now=now())
    flash(gettext("It is in the queue again and leaves within seconds."), "success")
    return redirect(url_for("settings.outbox"))
