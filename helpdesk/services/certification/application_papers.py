"""The files of an application: known by their content, pictures made anew, each removable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Attachment
from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Application, Document
from helpdesk.services.certification.application_form import Files
from helpdesk.services.certification.documents import WIDEST
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.help_center import pictures

_PDF = b"%PDF-"
PDF = "application/pdf"


def checked(files: Files, uploads: Sequence[Attachment]) -> list[Attachment]:
    """Return uploads as they may be kept, pictures drawn anew; all of them or none.

    What a file is called does not matter, only what it holds: raises Refusal for what is
    neither picture nor PDF. Drawing takes long, so it is done before the database is locked.
    """
    _check_count(files, len(uploads))
    return [_understood(files, upload) for upload in uploads]


def add(
    session: Session,
    application: Application,
    files: Files,
    papers: Sequence[StoredFile],
    *,
    now: datetime,
) -> list[Document]:
    """Keep papers of one kind whose bytes are in the storage."""
    _check_open(application)
    there = select(func.count()).where(
        Document.application_id == application.id,
        Document.kind == files.kind,
        Document.removed_at.is_(None),
    )
    _check_count(files, (session.scalar(there) or 0) + len(papers))
    found = [
        Document(
            application_id=application.id,
            kind=files.kind,
            name=paper.name,
            content_type=paper.content_type,
            size=paper.size,
            sha256=paper.key,
            by=application.email,
            shared=True,
            created_at=now,
        )
        for paper in papers
    ]
    session.add_all(found)
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
    _check_open(application)
    paper.removed_at = now
    application.updated_at = now


def _check_open(application: Application) -> None:
    if application.submitted_at is not None:
        raise Refusal("sent_already", _("This application was sent; it cannot be changed now."))


def _check_count(files: Files, count: int) -> None:
    if count > files.most:
        raise Refusal(
            "too_many_files",
            _("At most %(n)s files here; remove one first.", n=files.most),
            field=files.kind,
        )


def _understood(files: Files, upload: Attachment) -> Attachment:
    if upload.data.startswith(_PDF) and not files.pictures:
        return replace(upload, content_type=PDF)
    try:
        picture = pictures.redraw(upload.data, field=files.kind, widest=WIDEST)
    except Refusal as refusal:
        sentence = f"{upload.name}: {refusal.sentence}"
        raise Refusal(refusal.code, sentence, field=files.kind) from refusal
    return replace(upload, content_type=picture.content_type, data=picture.data)
