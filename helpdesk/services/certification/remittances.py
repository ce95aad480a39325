"""Exam fees: collected by the center, remitted in full to the office before the exam (annex 1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, Remittance
from helpdesk.services.access import (
    Actor,
    Viewer,
    require_center_editor,
    require_center_role,
)
from helpdesk.services.certification import center_log, center_needs, center_reminders

PAGE = 100
MOST_CANDIDATES = 100_000
MOST_YUAN = 100_000_000


def of_center(
    session: Session, center: Center, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[Remittance], int | None]:
    """Return a page of a center's remittances, the latest exam first, and where to go on."""
    statement = select(Remittance).where(Remittance.center_id == center.id)
    last = session.get(Remittance, before) if before else None
    if last is not None:
        statement = statement.where(
            or_(
                Remittance.exam_on < last.exam_on,
                (Remittance.exam_on == last.exam_on) & (Remittance.id < last.id),
            )
        )
    rows = session.scalars(
        statement.order_by(Remittance.exam_on.desc(), Remittance.id.desc()).limit(limit + 1)
    ).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def find(session: Session, center: Center, number: int) -> Remittance:
    """Return one of a center's remittances; raise NotFound."""
    found = session.get(Remittance, number)
    if found is None or found.center_id != center.id:
        raise NotFound("no_remittance", _("There is no such remittance."))
    return found


def report(
    session: Session,
    viewer: Viewer,
    center: Center,
    *,
    exam_on: date,
    intermediate: int,
    senior: int,
    now: datetime,
    collected_on: date | None = None,
    remitted_on: date | None = None,
    remitted: int = 0,
    note: str = "",
) -> Remittance:
    """Report an exam's fees, at the rates that hold on its day; the center's lead or us."""
    require_center_role(viewer, center, "center", "office")
    if not 0 < intermediate + senior <= MOST_CANDIDATES:
        raise Refusal("no_candidates", _("Write how many sit the exam."), field="intermediate")
    agreement = center_needs.agreement_on(session, center, exam_on)
    row = Remittance(
        center_id=center.id,
        exam_on=exam_on,
        intermediate=intermediate,
        senior=senior,
        fee_intermediate=agreement.fee_intermediate if agreement else 400,
        fee_senior=agreement.fee_senior if agreement else 800,
        collected_on=collected_on,
        remitted_on=remitted_on,
        remitted=remitted,
        note=note.strip()[:500],
        by=viewer.name[:200],
        created_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, center, row, "reported", by=viewer.actor, now=now)
    center_reminders.plan(session, center, now=now)
    return row


def confirm(
    session: Session,
    viewer: Viewer,
    center: Center,
    row: Remittance,
    *,
    remitted: int,
    remitted_on: date,
    today: date,
    note: str = "",
    now: datetime,
) -> None:
    """Say what has arrived with the office, and when; only the whole sum closes it."""
    require_center_editor(viewer)
    if row.confirmed_on is not None:
        raise Conflict("confirmed", _("Its receipt is confirmed already."))
    if remitted_on > today:
        raise Refusal("future", _("This day has not come yet."), field="remitted_on")
    if not 0 < remitted <= MOST_YUAN:
        raise Refusal("no_amount", _("Write how much arrived."), field="remitted")
    row.remitted, row.remitted_on = remitted, remitted_on
    row.note = note.strip()[:500] or row.note
    whole = remitted >= row.owed
    if whole:
        row.confirmed_on, row.confirmed_by = today, viewer.name[:200]
    session.flush()
    _record(session, center, row, "confirmed" if whole else "partly", by=viewer.actor, now=now)
    center_reminders.plan(session, center, now=now)


def overdue(today: date) -> ColumnElement[bool]:
    """Return the condition of fees that were not, or not wholly, there on the exam's day."""
    owed = (
        Remittance.intermediate * Remittance.fee_intermediate
        + Remittance.senior * Remittance.fee_senior
    )
    return (
        Remittance.confirmed_on.is_(None)
        & (Remittance.exam_on <= today)
        & or_(
            Remittance.remitted_on.is_(None),
            Remittance.remitted < owed,
            Remittance.remitted_on >= Remittance.exam_on,
        )
    )


def _record(
    session: Session, center: Center, row: Remittance, what: str, *, by: Actor, now: datetime
) -> None:
    data = {
        "remittance": row.id,
        "exam": row.exam_on.isoformat(),
        "owed": row.owed,
        "remitted": row.remitted,
    }
    center_log.record(session, center, f"remittance.{what}", now=now, by=by, data=data)
