"""Files of messages: downloads for who may see the message."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.web import apply, signed
from helpdesk.web.files import send_stored

blueprint = Blueprint("attachments", __name__)


@blueprint.get("/attachments/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """Send one file to who is signed in, or to the applicant of this browser."""
    viewer = signed.current_viewer() or _applicant()
    if viewer is None:
        return signed.sign_in_first()
    row = access.attachment_for(db.session(), viewer, number)
    return send_stored(row.sha256, row.name, row.content_type)


def _applicant() -> Viewer | None:
    application = apply.current()
    return access.applicant(db.session(), application) if application else None
