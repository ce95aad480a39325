"""What is kept of applications that came to nothing, and for how long.

Refused ones are erased some time after the refusal, drafts that nobody finished some time
after the last change (``HELPDESK_ERASE_REFUSED_DAYS``, ``HELPDESK_ERASE_DRAFT_DAYS``). What
stays is that there was one: the center's name, region, state and log.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import (
    Application,
    AttachmentRecord,
    Center,
    CenterEvent,
    Document,
    Inbound,
)
from helpdesk.runtime import current_config, current_storage
from helpdesk.services.personal import sealed

BATCH = 100
FIELD = "id_number"
"""Forms keep the id of a sealed number under a name that ends so."""
log = structlog.get_logger(__name__)

Why = Literal["refused", "draft"]


@dataclass(frozen=True, slots=True)
class Due:
    """An application whose time is up, and since when it could be erased."""

    application_id: int
    why: Why
    since: datetime


def due_for_erasure(session: Session, *, now: datetime, limit: int = BATCH) -> list[Due]:
    """Return applications whose time is up, those first that have waited longest."""
    config = current_config()
    refused = timedelta(days=config.erase_refused_days)
    drafts = timedelta(days=config.erase_draft_days)
    found = [
        Due(number, "refused", at + refused)
        for number, at in session.execute(
            select(Application.id, Center.state_since)
            .join(Application.center)
            .where(
                Center.state == "rejected",
                Center.state_since <= now - refused,
                Application.erased_at.is_(None),
            )
            .order_by(Center.state_since, Application.id)
            .limit(limit)
        )
    ]
    found += [
        Due(number, "draft", at + drafts)
        for number, at in session.execute(
            select(Application.id, Application.updated_at)
            .where(
                Application.center_id.is_(None),
                Application.submitted_at.is_(None),
                Application.updated_at <= now - drafts,
                Application.erased_at.is_(None),
            )
            .order_by(Application.updated_at, Application.id)
            .limit(limit)
        )
    ]
    return sorted(found, key=lambda due: due.since)[:limit]


def erase_due(*, now: datetime, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Erase every application whose time is up; return how many. Each is a transaction."""
    done = 0
    while True:
        with reading() as session:
            due = due_for_erasure(session, now=now)
        before = done
        for one in due:
            with transaction() as session:
                files = erase(session, one, now=now)
            if files is not None:
                _remove_files(files)
                done += 1
        progress(done)
        if done == before:
            return done


def erase(session: Session, due: Due, *, now: datetime) -> list[str] | None:
    """Erase one application; return the files that it had, or None if it is done already.

    A draft that was changed and a refusal that was undone since they were found are kept.
    """
    application = session.scalar(
        select(Application).where(Application.id == due.application_id).with_for_update()
    )
    if application is None or not _still_due(application, due, now):
        return None
    center = application.center
    numbers = set(numbers_in(application.data)) | set(numbers_in(center.profile if center else {}))
    center_id = center.id if center else None
    sealed.erase(session, numbers, now=now, center_id=center_id, reason=due.why)
    application.data, application.email, application.erased_at = {}, "", now
    # the link to it opens nothing any more
    application.token_hash = sha256(secrets.token_bytes(32)).hexdigest()
    files = _remove_documents(session, application, now)
    if center is not None:
        center.legal_representative = center.legal_phone = ""
        center.profile = {}
        session.add(
            CenterEvent(
                center_id=center.id,
                kind="personal.erased",
                at=now,
                recorded_at=now,
                by="system",
                data={"why": due.why, "numbers": len(numbers), "documents": len(files)},
            )
        )
    session.flush()
    log.info("personal.erased", application=application.id, why=due.why, numbers=len(numbers))
    return files


def numbers_in(data: Any) -> Iterator[int]:
    """Yield the ids of sealed numbers that a form holds, at any depth."""
    if isinstance(data, dict):
        for name, value in data.items():
            if str(name).endswith(FIELD) and type(value) is int:
                yield value
            else:
                yield from numbers_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from numbers_in(value)


def _still_due(application: Application, due: Due, now: datetime) -> bool:
    config = current_config()
    if application.erased_at is not None:
        return False
    if due.why == "draft":
        last = now - timedelta(days=config.erase_draft_days)
        return application.center_id is None and application.updated_at <= last
    return application.center is not None and application.center.state == "rejected"


def _remove_documents(session: Session, application: Application, now: datetime) -> list[str]:
    """Take every file out of the record, and its name with it."""
    belongs = Document.application_id == application.id
    if application.center_id is not None:
        belongs = or_(belongs, Document.center_id == application.center_id)
    files = session.scalars(select(Document.sha256).where(belongs)).all()
    session.execute(
        update(Document)
        .where(belongs)
        .values(removed_at=now, name="", title="")
        .execution_options(synchronize_session=False)
    )
    return sorted(set(files))


def _remove_files(files: Sequence[str]) -> None:
    """Delete bytes that nothing else refers to; done after the commit, so never too early.

    A process that dies between the two leaves files without a record, which nobody can open.
    """
    if not files:
        return
    still_needed = (
        select(Document.sha256).where(Document.sha256.in_(files), Document.removed_at.is_(None)),
        select(AttachmentRecord.sha256).where(AttachmentRecord.sha256.in_(files)),
        select(Inbound.raw_key).where(Inbound.raw_key.in_(files)),
    )
    with reading() as session:
        needed = {key for statement in still_needed for key in session.scalars(statement)}
    for key in files:
        if key not in needed:
            current_storage().remove(key)
