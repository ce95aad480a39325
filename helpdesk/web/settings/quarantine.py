"""The quarantine: what could not be understood, raw, and another try."""

from __future__ import annotations

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import NotFound
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.presentation.reasons import reason_words
from helpdesk.services.arrivals import intake, quarantine
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/quarantine", endpoint="quarantine")
@signed.admin
def show() -> ResponseReturnValue:
    """List what was not let in, newest first."""
    state = "suppressed" if request.args.get("state") == "suppressed" else "quarantined"
    before = row_asked("before")
    found = quarantine.listing(db.session(), state, before=before)
    rows = found[: quarantine.PAGE]
    more = rows[-1].id if len(found) > quarantine.PAGE else None
    return page("quarantine", rows=rows, state=state, before=before, more=more)


@blueprint.get("/quarantine/<int:number>/raw", endpoint="quarantine_raw")
@signed.admin
def raw(number: int) -> ResponseReturnValue:
    """Send the raw copy to be saved; a browser must never open it."""
    item = quarantine.item(db.session(), number)
    try:
        content = intake.raw_of(item)
    except FileNotFoundError:
        raise NotFound("file_lost", gettext("The raw copy is no longer in the storage.")) from None
    response = send_file(
        content,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"quarantine-{number}.eml",
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/quarantine/<int:number>/retry", endpoint="quarantine_retry")
@signed.admin
def retry(number: int) -> ResponseReturnValue:
    """Try to understand an item again."""
    outcome = quarantine.try_again(number, now=now())
    if outcome is not None and outcome.ticket is not None:
        text = gettext("It is on ticket #%(number)s now.", number=outcome.ticket)
        flash(text, "success")
        return redirect(url_for("ticket.show", number=outcome.ticket))
    reason = reason_words(outcome.reason) if outcome else gettext("somebody else tries it")
    flash(gettext("It stays here: %(reason)s", reason=reason), "warning")
    return redirect(url_for("settings.quarantine"))


@blueprint.post("/quarantine/<int:number>/aside", endpoint="quarantine_aside")
@signed.admin
def set_aside(number: int) -> ResponseReturnValue:
    """Leave an item out; it can still be tried again."""
    with transaction() as session:
        quarantine.set_aside(session, number)
    flash(gettext("Set aside; you find it under “Left out on purpose”."), "success")
    return redirect(url_for("settings.quarantine"))
