"""Papers of centers and applications: kept by content, replaced by versions, shared or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from channels.message import Attachment
from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Application, Center, Document
from helpdesk.models.center_record import DOCUMENT_KINDS
from helpdesk.services.access import (
    Actor,
    Viewer,
    document_for,
    require_channel_manager,
    visible_documents,
)
from helpdesk.services.certification import center_log
from helpdesk.services.certification.document_files import content_type_of
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.help_center import pictures

MOST_FILES = 500
"""Papers of one center or application, old versions included."""
LONGEST_TITLE = 200
WIDEST = 2400
"""Pixels of a picture: a licence has to be readable."""


def checked(file: Attachment) -> Attachment:
    """Return a file with the type that its content has, and a picture drawn anew.

    Raises Refusal for what is no paper, TooLarge for a picture that is too large.
    """
    found = content_type_of(file.data, file.name)
    if not file.data or found is None:
        raise Refusal(
            "not_a_paper",
            _(
                "%(name)s cannot be kept: use PDF, a picture (PNG, JPEG, GIF, WebP), "
                "an Office file or plain text.",
                name=file.name,
            ),
            field="files",
        )
    if not found.startswith("image/"):
        return replace(file, content_type=found)
    picture = pictures.redraw(file.data, field="files", widest=WIDEST)
    return replace(file, content_type=picture.content_type, data=picture.data)


def keep(
    session: Session,
    file: StoredFile,
    *,
    of: Center | Application,
    kind: str,
    by: Actor,
    now: datetime,
    title: str = "",
    shared: bool = False,
) -> Document:
    """Add a paper whose bytes are in the storage; the log of a center says so."""
    if kind not in DOCUMENT_KINDS:
        raise Refusal("unknown_kind", _("Choose one of the kinds offered."), field="kind")
    owner: dict[str, Any] = (
        {"center_id": of.id} if isinstance(of, Center) else {"application_id": of.id}
    )
    _check_room(session, of)
    document = _row(file, by, now, kind=kind, title=title.strip()[:LONGEST_TITLE], **owner)
    document.shared = shared
    session.add(document)
    session.flush()
    _record(session, document, "added", by=by, now=now)
    return document


def replace_by(
    session: Session, document: Document, file: StoredFile, *, by: Actor, now: datetime
) -> Document:
    """Put a newer version in a paper's place; the older one stays in the record."""
    if newer(session, document) is not None:
        raise Conflict("replaced", _("There is a newer version of this paper already."))
    owner = document.center or document.application
    assert owner is not None
    _check_room(session, owner)
    latest = _row(
        file,
        by,
        now,
        kind=document.kind,
        title=document.title,
        center_id=document.center_id,
        application_id=document.application_id,
        version=document.version + 1,
        replaces_id=document.id,
    )
    latest.shared = document.shared
    session.add(latest)
    session.flush()
    _record(session, latest, "replaced", by=by, now=now)
    return latest


def share(
    session: Session, viewer: Viewer, document: Document, *, shared: bool, now: datetime
) -> None:
    """Let the center's people download a paper, or no longer it and what it replaced."""
    require_channel_manager(viewer)
    papers = [document] if shared else versions(session, document)
    if any(paper.shared != shared for paper in papers):
        for paper in papers:
            paper.shared = shared
        what = "shared" if shared else "unshared"
        _record(session, document, what, by=viewer.actor, now=now)


def remove(session: Session, viewer: Viewer, document: Document, *, now: datetime) -> None:
    """Take a paper out of the record with the versions that it replaced; the log keeps it."""
    require_channel_manager(viewer)
    for each in versions(session, document):
        each.removed_at = now
    _record(session, document, "removed", by=viewer.actor, now=now)


def of_center(session: Session, viewer: Viewer, center: Center) -> Sequence[Document]:
    """Return the latest version of each paper of a center that the viewer may see, newest first."""
    return session.scalars(
        select(Document)
        .where(Document.center_id == center.id, visible_documents(viewer), _is_latest())
        .order_by(Document.id.desc())
        .limit(MOST_FILES)
    ).all()


def earlier(session: Session, viewer: Viewer, center: Center) -> dict[int, list[Document]]:
    """Return the versions that were replaced, newest first, by the id of the one that stands."""
    rows = session.scalars(
        select(Document)
        .where(Document.center_id == center.id, visible_documents(viewer))
        .order_by(Document.id)
    ).all()
    by_id = {row.id: row for row in rows}
    replaced = {row.replaces_id for row in rows}
    found: dict[int, list[Document]] = {}
    for row in rows:
        older = by_id.get(row.replaces_id or 0)
        while row.id not in replaced and older is not None:
            found.setdefault(row.id, []).append(older)
            older = by_id.get(older.replaces_id or 0)
    return found


def for_center(session: Session, viewer: Viewer, center: Center, document_id: int) -> Document:
    """Return a paper of this center if the viewer may see it; raise NotFound otherwise."""
    found = document_for(session, viewer, document_id)
    if found.center_id != center.id:  # another center's paper is not here
        return document_for(session, viewer, 0)
    return found


def versions(session: Session, document: Document) -> list[Document]:
    """Return a paper with everything that it replaced, newest first."""
    found = [document]
    while found[-1].replaces_id is not None:
        found.append(session.get_one(Document, found[-1].replaces_id))
    return found


def newer(session: Session, document: Document) -> Document | None:
    """Return the version that replaced a paper, if there is one."""
    return session.scalar(select(Document).where(Document.replaces_id == document.id))


def _is_latest() -> ColumnElement[bool]:
    later = aliased(Document)
    return ~exists().where(later.replaces_id == Document.id)


def _check_room(session: Session, of: Center | Application) -> None:
    column = Document.center_id if isinstance(of, Center) else Document.application_id
    count = session.scalar(
        select(func.count()).where(column == of.id, Document.removed_at.is_(None))
    )
    if (count or 0) >= MOST_FILES:
        raise Refusal(
            "too_many_papers",
            _("The record holds %(n)s papers; remove some first.", n=MOST_FILES),
            field="files",
        )


def _row(file: StoredFile, by: Actor, now: datetime, **values: Any) -> Document:
    return Document(
        name=file.name[:255],
        content_type=file.content_type[:127],
        size=file.size,
        sha256=file.key,
        by=by.name[:200],
        agent_id=by.agent_id or None,
        person_id=by.person_id,
        created_at=now,
        **values,
    )


def _record(session: Session, document: Document, what: str, *, by: Actor, now: datetime) -> None:
    if document.center is None:
        return
    data = {"document": document.id, "name": document.title or document.name, "kind": document.kind}
    center_log.record(session, document.center, f"document.{what}", now=now, by=by, data=data)
