"""An agent's visits for their own calendar program, behind a secret address."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Visit
from helpdesk.presentation.ical import Entry, calendar
from helpdesk.runtime import current_config
from helpdesk.services.onsite import visit_calendar
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now

blueprint = Blueprint("visit_feed", __name__)


@blueprint.get("/calendar/<token>.ics")
def show(token: str) -> ResponseReturnValue:
    """Send the calendar: whoever has the address may read it, so it holds no phone numbers."""
    feed = visit_calendar.feed(db.session(), token, now=now())
    title = f"{current_config().site_name} · {feed.agent.name}"
    with speaking(feed.locale or current_config().locale):
        content = calendar(title, [_entry(visit) for visit in feed.visits])
    return Response(content, mimetype="text/calendar")


@blueprint.post("/profile/calendar")
@signed.staff
def reset() -> ResponseReturnValue:
    """Give the signed-in agent's calendar a new address, or none."""
    wanted = not Form.posted().checked("remove")
    with transaction() as session:
        visit_calendar.reset_token(session, signed.viewer(), wanted=wanted)
    flash(
        gettext("Your calendar has a new address; the old one no longer works.")
        if wanted
        else gettext("Your calendar has no address any more."),
        "success",
    )
    return redirect(url_for("profile.show"))


def _entry(visit: Visit) -> Entry:
    assert visit.starts_at is not None
    assert visit.ends_at is not None
    where = visit.center.name if visit.center else visit.ticket.subject
    address = f"{current_config().base_url}/tickets/{visit.ticket_id}/visit"
    return Entry(
        uid=f"visit-{visit.id}@{current_config().mail_domain}",
        sequence=visit.sequence,
        changed_at=visit.updated_at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        summary=gettext("Visit: %(where)s", where=where),
        description="\n".join(
            filter(
                None,
                (
                    f"#{visit.ticket_id} {visit.ticket.subject}",
                    visit.purpose,
                    gettext("Contact: %(name)s", name=visit.contact) if visit.contact else "",
                    address,
                ),
            )
        ),
        location=visit.place,
        url=address,
        cancelled=visit.state == "cancelled",
    )
