"""Bytes in the storage that rows refer to by their content, and those that nothing does."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from helpdesk.extensions import reading
from helpdesk.models import ArticlePicture, AttachmentRecord, Document, Inbound
from helpdesk.runtime import current_storage


def remove_unneeded(files: Sequence[str]) -> None:
    """Delete bytes that nothing refers to any more; called after the commit, never too early.

    A process that dies between the two leaves files without a record, which nobody can open.
    """
    if not files:
        return
    still_needed = (
        select(Document.sha256).where(Document.sha256.in_(files), Document.removed_at.is_(None)),
        select(AttachmentRecord.sha256).where(AttachmentRecord.sha256.in_(files)),
        select(ArticlePicture.sha256).where(ArticlePicture.sha256.in_(files)),
        select(Inbound.raw_key).where(Inbound.raw_key.in_(files)),
    )
    with reading() as session:
        needed = {key for statement in still_needed for key in session.scalars(statement)}
    for key in files:
        if key not in needed:
            current_storage().remove(key)
