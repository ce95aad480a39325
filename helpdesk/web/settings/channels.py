"""Every account of every channel on one page: how it fares and what is stuck."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.services.connections import channel_health
from helpdesk.web import signed
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/channels", endpoint="channels")
@signed.admin
def show() -> ResponseReturnValue:
    """List the accounts, those in trouble first."""
    rows = channel_health.of_all(db.session(), signed.viewer(), now=now())
    return page("channels", rows=rows)
