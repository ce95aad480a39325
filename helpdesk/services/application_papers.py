"""The files of an application: known by their content, pictures made anew, each removable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Attachment
from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Application, Document
from helpdesk.runtime import current_storage
from helpdesk.services import pictures
from helpdesk.services.application_form import Files
from helpdesk.services.documents import WIDEST

_PDF = b"%PDF-"
PDF = "application/pdf"


def add(
    session: Session,
    application: Application,
    files: Files,
    uploads: Sequence[Attachment],
    *,
    now: datetime,
) -> list[Document]:
    """Keep uploads as papers of one kind; raise Refusal for what is neither picture nor PDF.

    All of them or none. What a file is called does not matter, only what it holds.
    """
    if application.submitted_at is not None:
        raise Refusal("sent_already", _("This application was sent; it cannot be changed now."))
    there = session.scalar(
        select(func.count())
        .select_from(Document)
        .where(
            Document.application_id == application.id,
            Document.kind == files.kind,
            Document.removed_at.is_(None),
        )
    )
    if (there or 0) + len(uploads) > files.most:
        raise Refusal(
            "too_many_files",
            _("At most %(n)s files here; remove one first.", n=files.most),
            field=files.kind,
        )
    found = []
    for name, content_type, data in [_understood(files, upload) for upload in uploads]:
        document = Document(
            application_id=application.id,
            kind=files.kind,
            name=name,
            content_type=content_type,
            size=len(data),
            sha256=current_storage().put(data),
            by=application.email,
            shared=True,
            created_at=now,
        )
        session.add(document)
        found.append(document)
    application.updated_at = now
    session.flush()
    return found


def paper_of(session: Session, application: Application, number: int) -> Document:
    """Return one of the application's papers; raise NotFound for anybody else's."""
    found = session.get(Document, number)
    if found is None or found.application_id != application.id or found.removed_at is not None:
        raise NotFound("no_document", _("There is no such document."))
    return found


def remove(session: Session, application: Application, number: int, *, now: datetime) -> None:
    """Take a paper back while the application was not sent."""
    paper = paper_of(session, application, number)
    if application.submitted_at is not None:
        raise Refusal("sent_already", _("This application was sent; it cannot be changed now."))
    paper.removed_at = now
    application.updated_at = now


def _understood(files: Files, upload: Attachment) -> tuple[str, str, bytes]:
    """Return the name, type and bytes to keep."""
    if upload.data.startswith(_PDF) and not files.pictures:
        return upload.name, PDF, upload.data
    try:
        picture = pictures.redraw(upload.data, field=files.kind, widest=WIDEST)
    except Refusal as refusal:
        sentence = f"{upload.name}: {refusal.sentence}"
        raise Refusal(refusal.code, sentence, field=files.kind) from refusal
    return upload.name, picture.content_type, picture.data
