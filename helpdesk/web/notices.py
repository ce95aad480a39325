"""Public notices on the website: everybody reads them, and the microblog links to them."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.services.microblog import public_notices
from helpdesk.web.addresses import row_asked
from helpdesk.web.fragments import render

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List what is published, the latest first."""
    before = row_asked("before")
    rows, more = public_notices.published(db.session(), before=before)
    return render("notices/list.html", rows=rows, more=more, before=before)


@blueprint.get("/<int(max=2147483647):number>")
def show(number: int) -> ResponseReturnValue:
    """Show one notice; a withdrawn one says so."""
    notice = public_notices.public(db.session(), number)
    return render("notices/notice.html", notice=notice), 410 if notice.withdrawn_at else 200
