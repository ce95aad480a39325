"""Search: by number, person, phone, center, or any two characters."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.services.desk import search
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.fragments import render

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@signed.staff
def show() -> ResponseReturnValue:
    """Show what was found, newest first; a ticket's own number opens it."""
    query = request.args.get("q", "").strip()
    before = row_asked("before")
    found = search.search(db.session(), signed.viewer(), query, before=before)
    if before is None and [str(t.id) for t in found.tickets] == [query.lstrip("#＃")]:
        return redirect(url_for("ticket.show", number=found.tickets[0].id))
    return render("queue/search.html", query=query, found=found, before=before)
