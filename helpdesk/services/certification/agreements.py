"""Agreements with centers (annex 1): drafted, signed, taken up by a step, never changed after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agreement, Center, Document
from helpdesk.services.access import Viewer, require_center_editor
from helpdesk.services.certification import (
    center_log,
    center_needs,
    center_regions,
    center_reminders,
)
from helpdesk.services.certification.center_states import SERVING

FEE_INTERMEDIATE, FEE_SENIOR = 400, 800
"""Exam fees in yuan (annex 1)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says; fees in whole yuan."""

    number: str
    region: str
    valid_from: date
    valid_to: date
    signed_on: date | None = None
    office_representative: str = ""
    center_representative: str = ""
    fee_intermediate: int = FEE_INTERMEDIATE
    fee_senior: int = FEE_SENIOR


def of_center(session: Session, center: Center) -> Sequence[Agreement]:
    """Return a center's agreements, the latest first."""
    return session.scalars(
        select(Agreement)
        .where(Agreement.center_id == center.id)
        .order_by(Agreement.valid_from.desc(), Agreement.id.desc())
    ).all()


def find(session: Session, center: Center, number: int) -> Agreement:
    """Return one of a center's agreements; raise NotFound."""
    found = session.get(Agreement, number)
    if found is None or found.center_id != center.id:
        raise NotFound("no_agreement", _("There is no such agreement."))
    return found


def draft(
    session: Session, viewer: Viewer, center: Center, terms: Terms, *, today: date, now: datetime
) -> Agreement:
    """Write a new agreement; both sign it later."""
    require_center_editor(viewer)
    _check(terms, today)
    row = Agreement(center_id=center.id, by=viewer.name[:200], created_at=now)
    _set(row, terms)
    session.add(row)
    session.flush()
    _record(session, center, row, "drafted", viewer=viewer, now=now)
    return row


def change(
    session: Session,
    viewer: Viewer,
    center: Center,
    row: Agreement,
    terms: Terms,
    *,
    document: Document | None = None,
    today: date,
    now: datetime,
) -> None:
    """Change an agreement that no step rests on; it is signed once both have put their names."""
    require_center_editor(viewer)
    _check_free(row)
    _check(terms, today)
    signed = row.signed_by_both
    _set(row, terms)
    if document is not None:
        row.document_id = document.id
    session.flush()
    what = "signed" if row.signed_by_both and not signed else "changed"
    _record(session, center, row, what, viewer=viewer, now=now)


def remove(
    session: Session, viewer: Viewer, center: Center, row: Agreement, *, now: datetime
) -> None:
    """Take a draft away."""
    require_center_editor(viewer)
    _check_free(row)
    _record(session, center, row, "removed", viewer=viewer, now=now)
    session.delete(row)


def put_in_force(
    session: Session, viewer: Viewer, center: Center, row: Agreement, *, now: datetime
) -> None:
    """Let a serving center that was entered by hand work under a signed agreement."""
    require_center_editor(viewer)
    _check_free(row)
    if not row.signed_by_both:
        raise Refusal("not_signed", _("Both sides have to sign first."))
    if center.state not in SERVING or center_needs.latest_agreement(session, center):
        raise Refusal("not_now", _("The center's own steps say which agreement is in force."))
    row.taken_up = True
    center.agreement_to = row.valid_to
    _record(session, center, row, "in_force", viewer=viewer, now=now)
    if row.region and row.region != center.region:
        center.region = row.region
        center_regions.follow(session, center, by=viewer.actor, now=now)
    center_reminders.plan(session, center, now=now)


def _check_free(row: Agreement) -> None:
    if row.taken_up:
        raise Conflict(
            "taken_up",
            _("A step rests on this agreement: it is not changed any more. Draft a new one."),
        )


def _check(terms: Terms, today: date) -> None:
    if terms.valid_to <= terms.valid_from:
        raise Refusal("dates", _("It has to end after it begins."), field="valid_to")
    if terms.signed_on is not None and terms.signed_on > today:
        raise Refusal("future", _("This day has not come yet."), field="signed_on")
    names = (terms.office_representative, terms.center_representative)
    if terms.signed_on is not None and not all(name.strip() for name in names):
        raise Refusal(
            "not_signed",
            _("Write who signed for the office and who for the center."),
            field="center_representative" if names[0].strip() else "office_representative",
        )


def _set(row: Agreement, terms: Terms) -> None:
    row.number, row.region = terms.number.strip(), terms.region.strip()
    row.valid_from, row.valid_to = terms.valid_from, terms.valid_to
    row.signed_on = terms.signed_on
    row.office_representative = terms.office_representative.strip()
    row.center_representative = terms.center_representative.strip()
    row.fee_intermediate, row.fee_senior = terms.fee_intermediate, terms.fee_senior


def _record(
    session: Session, center: Center, row: Agreement, what: str, *, viewer: Viewer, now: datetime
) -> None:
    data = {
        "agreement": row.id,
        "number": row.number,
        "from": row.valid_from.isoformat(),
        "to": row.valid_to.isoformat(),
    }
    center_log.record(session, center, f"agreement.{what}", now=now, by=viewer.actor, data=data)
