"""Papers of a center: added, replaced, shared with it, downloaded."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.labels import DOCUMENT_KINDS
from helpdesk.models import Center
from helpdesk.services import access
from helpdesk.services.certification import documents as service
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import act, center_of, part, show
from helpdesk.web.files import send_document
from helpdesk.web.forms import Form
from helpdesk.web.requests import now


@blueprint.get("/<code>/documents")
@signed.staff
def documents(code: str) -> ResponseReturnValue:
    """Show the papers, the newest first."""
    return show("documents", center_of(code))


@blueprint.get(f"/<code>/documents/<{ID}:number>")
@signed.staff
def document(code: str, number: int) -> ResponseReturnValue:
    """Send a paper."""
    found = service.for_center(db.session(), signed.viewer(), center_of(code), number)
    return send_document(found)


@blueprint.post("/<code>/documents")
@signed.staff
def add_document(code: str) -> ResponseReturnValue:
    """Add papers."""

    def verb(work: Session, center: Center, form: Form, files: list[StoredFile]) -> None:
        viewer = signed.viewer()
        access.require_channel_manager(viewer)
        kind = form.one_of("kind", DOCUMENT_KINDS, required=True) or ""
        title = form.text("title", most=service.LONGEST_TITLE)
        if form.valid:
            _check_any(files)
            for file in files:
                service.keep(
                    work,
                    file,
                    of=center,
                    kind=kind,
                    title=title,
                    shared=form.checked("shared"),
                    by=viewer.actor,
                    now=now(),
                )

    return act(code, "documents", "add", verb, gettext("Saved."), files=True)


@blueprint.post(f"/<code>/documents/<{ID}:number>/versions")
@signed.staff
def replace_document(code: str, number: int) -> ResponseReturnValue:
    """Put a newer version in a paper's place."""

    def verb(work: Session, center: Center, _form: Form, files: list[StoredFile]) -> None:
        viewer = signed.viewer()
        access.require_channel_manager(viewer)
        found = service.for_center(work, viewer, center, number)
        _check_any(files)
        service.replace_by(work, found, files[0], by=viewer.actor, now=now())

    return act(code, "documents", f"version{number}", verb, gettext("Saved."), files=True)


@blueprint.post(f"/<code>/documents/<{ID}:number>/sharing")
@signed.staff
def share_document(code: str, number: int) -> ResponseReturnValue:
    """Share a paper with the center, or no longer."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        found = service.for_center(work, signed.viewer(), center, number)
        shared = form.checked("shared")
        service.share(work, signed.viewer(), found, shared=shared, now=now())

    return act(code, "documents", f"share{number}", verb, gettext("Saved."))


@blueprint.post(f"/<code>/documents/<{ID}:number>/removal")
@signed.staff
def remove_document(code: str, number: int) -> ResponseReturnValue:
    """Take a paper out of the record."""

    def verb(work: Session, center: Center, _form: Form, _files: list[StoredFile]) -> None:
        found = service.for_center(work, signed.viewer(), center, number)
        service.remove(work, signed.viewer(), found, now=now())

    return act(code, "documents", f"removal{number}", verb, gettext("Removed."))


def _check_any(files: list[StoredFile]) -> None:
    if not files:
        raise Refusal("no_file", gettext("Choose a file."), field="files")


@part("documents")
def _documents(work: Session, center: Center) -> dict[str, Any]:
    viewer = signed.viewer()
    return {
        "documents": service.of_center(work, viewer, center),
        "earlier": service.earlier(work, viewer, center),
        "kinds": list(DOCUMENT_KINDS.items()),
        # of hundreds of papers one is changed at a time: its form alone is written
        "changing": request.args.get("change", type=int),
    }
