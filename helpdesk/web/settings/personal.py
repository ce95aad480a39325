"""Personal data: who saw whose number, and how long what is kept."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.runtime import current_config
from helpdesk.services.personal import access_log, key_states
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/personal", endpoint="personal")
@signed.admin
def show() -> ResponseReturnValue:
    """Show the access log and the rules of retention."""
    session, config = db.session(), current_config()
    before = row_asked("before")
    agent = row_asked("agent")
    center = request.args.get("center", "").strip()
    rows, more = access_log.listing(session, agent_id=agent, center=center, before=before)
    return page(
        "personal",
        rows=rows,
        more=more,
        before=before,
        chosen={"agent": agent, "center": center or None},
        agents=access_log.agents(session),
        refused_days=config.erase_refused_days,
        draft_days=config.erase_draft_days,
        numbers=sum(state.numbers for state in key_states.states(session)),
        troubled=any(trouble.wrong for trouble in key_states.troubles(session)),
    )
