"""A paper on its way to the reader, so that nothing in it ever runs as a page of ours."""

from __future__ import annotations

from flask import Response, send_file

from helpdesk.errors import NotFound
from helpdesk.i18n import gettext
from helpdesk.models import Document
from helpdesk.runtime import current_storage
from helpdesk.services.document_files import SHOWN


def send_document(document: Document) -> Response:
    """Return the answer that carries a paper; pictures and PDF show, all else is only saved."""
    try:
        content = current_storage().open(document.sha256)
    except FileNotFoundError:
        raise NotFound(
            "file_lost", gettext("The file is no longer in the storage; tell an administrator.")
        ) from None
    shown = document.content_type if document.content_type in SHOWN else None
    response = send_file(
        content,
        mimetype=shown or "application/octet-stream",
        as_attachment=shown is None,
        download_name=document.name,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
