"""Annual reviews of centers: the year's task, when it is due, and what was found.

How a review is decided is a step of the center's life (``center_life``); it rests on the
earliest review that is not decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import AnnualReview, Center
from helpdesk.services.access import Viewer, require_center_editor
from helpdesk.services.certification import center_log, center_reminders

EARLIEST, LATEST = 2000, 2190
LONGEST_TASK = 500
LONGEST_FINDINGS = 20_000


def of_center(session: Session, center: Center) -> Sequence[AnnualReview]:
    """Return a center's annual reviews, the latest first."""
    return session.scalars(
        select(AnnualReview)
        .where(AnnualReview.center_id == center.id)
        .order_by(AnnualReview.year.desc())
    ).all()


def set_up(
    session: Session,
    viewer: Viewer,
    center: Center,
    year: int,
    *,
    task: str,
    target: int | None,
    due_on: date | None,
    now: datetime,
) -> AnnualReview:
    """Set a year's task, how much of it is asked, and when the review is due."""
    require_center_editor(viewer)
    if not EARLIEST <= year <= LATEST:
        raise Refusal("bad_year", _("Write a year such as 2026."), field="year")
    if not task.strip():
        raise Refusal("no_task", _("Write what the center has to do this year."), field="task")
    row = _of_year(session, center, year)
    _check_open(row)
    if row is None:
        row = AnnualReview(center_id=center.id, year=year, created_at=now)
        session.add(row)
    row.task, row.target, row.due_on = task.strip()[:LONGEST_TASK], target, due_on
    row.by = viewer.name[:200]
    session.flush()
    _record(session, center, row, "set", viewer=viewer, now=now)
    _follow(session, center, now)
    return row


def write(
    session: Session,
    viewer: Viewer,
    center: Center,
    year: int,
    *,
    done: int | None,
    findings: str,
    now: datetime,
) -> None:
    """Write down what was done of the task and what the review found."""
    require_center_editor(viewer)
    row = _of_year(session, center, year)
    if row is None:
        raise Refusal("no_review", _("Set this year's task first."))
    _check_open(row)
    row.done, row.findings, row.by = done, findings.strip()[:LONGEST_FINDINGS], viewer.name[:200]
    session.flush()
    _record(session, center, row, "written", viewer=viewer, now=now)


def _of_year(session: Session, center: Center, year: int) -> AnnualReview | None:
    return session.scalar(
        select(AnnualReview).where(AnnualReview.center_id == center.id, AnnualReview.year == year)
    )


def _check_open(row: AnnualReview | None) -> None:
    if row is not None and row.outcome is not None:
        raise Conflict("decided", _("This year's review is decided: it is not changed any more."))


def _follow(session: Session, center: Center, now: datetime) -> None:
    """Let the center's next date be that of its earliest open review, where it names one."""
    due = session.scalar(
        select(AnnualReview.due_on)
        .where(
            AnnualReview.center_id == center.id,
            AnnualReview.outcome.is_(None),
            AnnualReview.due_on.is_not(None),
        )
        .order_by(AnnualReview.year)
        .limit(1)
    )
    if due is not None and due != center.review_due_on:
        center.review_due_on = due
        center_reminders.plan(session, center, now=now)


def _record(
    session: Session, center: Center, row: AnnualReview, what: str, *, viewer: Viewer, now: datetime
) -> None:
    data = {"year": row.year, "target": row.target, "done": row.done}
    center_log.record(session, center, f"review.{what}", now=now, by=viewer.actor, data=data)
