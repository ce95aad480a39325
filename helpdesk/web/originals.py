"""Mails beyond their text: with pictures fetched from elsewhere, and as the raw file."""

from __future__ import annotations

from flask import Blueprint, make_response, send_file
from flask.typing import ResponseReturnValue

from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.services import access
from helpdesk.services.arrivals import originals
from helpdesk.web import signed
from helpdesk.web.mail_layout import original_of
from helpdesk.web.security import POLICY_WITH_PICTURES
from helpdesk.web.ticket import page

blueprint = Blueprint("originals", __name__)


@blueprint.post("/tickets/<int:number>/messages/<int:message_id>/pictures")
@signed.staff
def show_pictures(number: int, message_id: int) -> ResponseReturnValue:
    """Show the ticket once with the pictures that a mail fetches from elsewhere.

    A form asks for it, never a link: one in a mail could make the desk fetch them,
    and tell the sender that it was read.
    """
    message = access.message_for(db.session(), signed.viewer(), number, message_id)
    response = make_response(page(message.ticket, original=original_of(message, pictures=True)))
    response.headers["Content-Security-Policy"] = POLICY_WITH_PICTURES
    return response


@blueprint.get("/tickets/<int:number>/messages/<int:message_id>/raw")
@signed.staff
def raw(number: int, message_id: int) -> ResponseReturnValue:
    """Send the mail itself, for who wants to see every header."""
    session = db.session()
    message = access.message_for(session, signed.viewer(), number, message_id)
    try:
        content = originals.raw_mail(session, message)
    except FileNotFoundError:
        raise NotFound(
            "file_lost", gettext("The file is no longer in the storage; tell an administrator.")
        ) from None
    if content is None:
        raise NotFound("no_raw", gettext("There is no mail behind this message."))
    response = send_file(
        content,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{number}-{message_id}.eml",
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
