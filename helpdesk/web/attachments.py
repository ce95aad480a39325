"""Files of messages: downloads for who may see the message."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.services import access
from helpdesk.web import signed
from helpdesk.web.files import send_stored

blueprint = Blueprint("attachments", __name__)


@blueprint.get("/attachments/<int:number>")
@signed.required
def show(number: int) -> ResponseReturnValue:
    """Send one file."""
    row = access.attachment_for(db.session(), signed.viewer(), number)
    return send_stored(row.sha256, row.name, row.content_type)
