"""What is kept of applications that came to nothing, and for how long.

Refused ones are erased some time after the refusal, drafts that nobody finished some time
after the last change (``HELPDESK_ERASE_REFUSED_DAYS``, ``HELPDESK_ERASE_DRAFT_DAYS``). What
stays is that there was one: the center's name, region, state and log.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import (
    Application,
    Center,
    Document,
    Teacher,
)
from helpdesk.runtime import current_config
from helpdesk.services.access import SYSTEM
from helpdesk.services.certification import applications, center_log
from helpdesk.services.database import kept_files

BATCH = 100
log = structlog.get_logger(__name__)

Why = Literal["refused", "draft"]


@dataclass(frozen=True, slots=True)
class Due:
    """An application whose time is up, and since when it could be erased."""

    application_id: int
    why: Why
    since: datetime


def due_for_erasure(
    session: Session, *, now: datetime, limit: int = BATCH, but: Collection[int] = ()
) -> list[Due]:
    """Return applications whose time is up, those first that have waited longest.

    ``but`` are ids of applications to leave out.
    """
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
                Application.id.not_in(but),
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
                Application.id.not_in(but),
            )
            .order_by(Application.updated_at, Application.id)
            .limit(limit)
        )
    ]
    return sorted(found, key=lambda due: due.since)[:limit]


def erase_due(*, now: datetime, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Erase every application whose time is up; return how many. Each is a transaction.

    One that fails is told in the log, keeps none of the others, and is tried again by the next
    round; ``helpdesk check`` shows it until it is gone.
    """
    done, failed = 0, set[int]()
    while True:
        with reading() as session:
            due = due_for_erasure(session, now=now, but=failed)
        before = done, len(failed)
        for one in due:
            try:
                done += _erase_apart(one, now)
            except OperationalError:
                raise  # the database is in trouble, not this application: all of them wait
            except Exception:
                log.exception("application.not_erased", application=one.application_id)
                failed.add(one.application_id)
        progress(done)
        if (done, len(failed)) == before:
            return done


def _erase_apart(due: Due, now: datetime) -> bool:
    with transaction() as session:
        files = erase(session, due, now=now)
    if files is None:
        return False
    kept_files.remove_unneeded(files)
    return True


def erase(session: Session, due: Due, *, now: datetime) -> list[str] | None:
    """Erase one application; return the files that it had, or None if it is done already.

    A draft that was changed and a refusal that was undone since they were found are kept.
    """
    application = session.scalar(
        select(Application).where(Application.id == due.application_id).with_for_update()
    )
    if application is None or not _still_due(application, due, now):
        return None
    files = _files_of(session, application)
    applications.forget(session, application, why=due.why, now=now)
    center = application.center
    if center is not None:
        _forget_center(session, center)
        center_log.forget_people(session, center)
        center_log.record(
            session,
            center,
            "center.erased",
            now=now,
            by=SYSTEM,
            data={"why": due.why, "documents": len(files)},
        )
    session.flush()
    log.info("application.erased", application=application.id, why=due.why, files=len(files))
    return files


def _still_due(application: Application, due: Due, now: datetime) -> bool:
    config = current_config()
    if application.erased_at is not None:
        return False
    if due.why == "draft":
        last = now - timedelta(days=config.erase_draft_days)
        return application.center_id is None and application.updated_at <= last
    return application.center is not None and application.center.state == "rejected"


def _files_of(session: Session, application: Application) -> list[str]:
    """Return what its papers hold, and leave nothing of their names."""
    papers = session.scalars(
        select(Document).where(Document.application_id == application.id)
    ).all()
    for paper in papers:
        paper.name = paper.title = paper.by = ""
    return sorted({paper.sha256 for paper in papers})


def _forget_center(session: Session, center: Center) -> None:
    """Leave of a refused center what says nothing of people, and the log of its refusal."""
    center.legal_representative = center.legal_phone = ""
    center.profile = {}
    session.execute(delete(Teacher).where(Teacher.center_id == center.id))
