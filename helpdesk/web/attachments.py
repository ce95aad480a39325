"""Files of messages: downloads for who may see the message, never run by a browser."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.web import signed

blueprint = Blueprint("attachments", __name__)

# Shown in the page; everything else is only ever saved. SVG and HTML can run scripts.
SHOWN = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "image/bmp": "image/bmp",
}


@blueprint.get("/attachments/<int:number>")
@signed.required
def show(number: int) -> ResponseReturnValue:
    """Send one file."""
    row = access.attachment_for(db.session(), signed.viewer(), number)
    try:
        content = current_storage().open(row.sha256)
    except FileNotFoundError:
        raise NotFound(
            "file_lost", gettext("The file is no longer in the storage; tell an administrator.")
        ) from None
    shown = SHOWN.get(row.content_type)
    response = send_file(
        content,
        mimetype=shown or "application/octet-stream",
        as_attachment=shown is None,
        download_name=row.name,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
