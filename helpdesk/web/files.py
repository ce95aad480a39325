"""Sending stored files: shown where that is safe, saved otherwise, never run by a browser."""

from __future__ import annotations

from collections.abc import Mapping

from flask import send_file
from flask.wrappers import Response

from helpdesk.errors import NotFound
from helpdesk.i18n import gettext
from helpdesk.models import Document
from helpdesk.runtime import current_storage
from helpdesk.services.certification import document_files

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


def send_stored(
    key: str, name: str, content_type: str, types: Mapping[str, str] = SHOWN
) -> Response:
    """Send a file of the storage under a name; raise NotFound where it is lost.

    ``types`` are shown in the browser, each as the type it stands for.
    """
    try:
        content = current_storage().open(key)
    except FileNotFoundError:
        raise NotFound(
            "file_lost", gettext("The file is no longer in the storage; tell an administrator.")
        ) from None
    shown = types.get(content_type)
    response: Response = send_file(
        content,
        mimetype=shown or "application/octet-stream",
        as_attachment=shown is None,
        download_name=name,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def send_document(document: Document) -> Response:
    """Send a paper of a center or of an application; the caller asked who may see it.

    Its type was judged by its content when it came, so a PDF may be shown too.
    """
    types = {kind: kind for kind in document_files.SHOWN}
    return send_stored(document.sha256, document.name, document.content_type, types)
