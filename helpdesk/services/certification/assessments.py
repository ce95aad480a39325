"""Judging who applies: the checklist of chapter 4, and the opinions of the two bodies (复审)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, Document, Opinion, Qualification
from helpdesk.models.center_record import BODIES
from helpdesk.services.access import Viewer, require_center_editor, require_channel_manager
from helpdesk.services.certification import center_log, qualification
from helpdesk.services.certification.center_needs import criteria

CRITERIA = (*qualification.BASIC, *qualification.PREFERRED)
LONGEST_REASON = 1000
LONGEST_OPINION = 10_000


def draw_up(session: Session, center: Center) -> Sequence[Qualification]:
    """Write the checklist of a center as its form is judged, where it has none; return it."""
    known = {row.criterion for row in criteria(session, center)}
    form = {"institution_type": center.institution_type, **center.profile}
    for judged in qualification.judge(form):
        if judged.criterion not in known:
            session.add(
                Qualification(
                    center_id=center.id,
                    criterion=judged.criterion,
                    figure=judged.figure[:300],
                    judged=judged.met,
                )
            )
    session.flush()
    return criteria(session, center)


def checklist(session: Session, center: Center) -> list[Qualification]:
    """Return the checklist to look at: as it was written down, or as it would be."""
    known = {row.criterion: row for row in criteria(session, center)}
    form = {"institution_type": center.institution_type, **center.profile}
    judged = {found.criterion: found for found in qualification.judge(form)}
    return [
        known.get(name)
        or Qualification(criterion=name, judged=judged[name].met, figure=judged[name].figure)
        for name in CRITERIA
    ]


def confirm(
    session: Session,
    viewer: Viewer,
    center: Center,
    criterion: str,
    *,
    met: bool,
    reason: str,
    now: datetime,
) -> None:
    """Say whether a criterion is met; a word that differs from the judgement needs a reason."""
    require_channel_manager(viewer)
    if criterion not in CRITERIA:
        raise NotFound("no_criterion", _("There is no such criterion."))
    row = next(row for row in draw_up(session, center) if row.criterion == criterion)
    if met != row.judged and not reason.strip():
        raise Refusal(
            "needs_reason",
            _("Write why: the form says otherwise, or does not say."),
            field="reason",
        )
    row.confirmed, row.reason = met, reason.strip()[:LONGEST_REASON]
    row.by, row.at = viewer.name[:200], now
    data = {"criterion": criterion, "met": met, "judged": row.judged, "reason": row.reason}
    center_log.record(
        session, center, "qualification.confirmed", now=now, by=viewer.actor, data=data
    )


def opinions(session: Session, center: Center) -> dict[str, Opinion]:
    """Return what the bodies said, by body."""
    rows = session.scalars(select(Opinion).where(Opinion.center_id == center.id))
    return {row.body: row for row in rows}


def give_opinion(
    session: Session,
    viewer: Viewer,
    center: Center,
    body: str,
    *,
    favourable: bool,
    text: str,
    given_on: date,
    today: date,
    document: Document | None,
    now: datetime,
) -> None:
    """Write down what one of the two bodies said, while the joint review lasts."""
    require_center_editor(viewer)
    if body not in BODIES:
        raise NotFound("no_body", _("There is no such reviewing body."))
    if center.state != "joint_review":
        raise Refusal("not_now", _("Opinions are written down during the joint review."))
    if given_on > today:
        raise Refusal("future", _("This day has not come yet."), field="given_on")
    if not favourable and not text.strip():
        raise Refusal(
            "needs_reason", _("Write what they object to: it stays on the record."), field="text"
        )
    row = opinions(session, center).get(body) or Opinion(center_id=center.id, body=body)
    row.favourable, row.text, row.given_on = favourable, text.strip()[:LONGEST_OPINION], given_on
    row.by, row.at = viewer.name[:200], now
    if document is not None:
        row.document_id = document.id
    session.add(row)
    session.flush()
    data = {"body": body, "favourable": favourable}
    center_log.record(session, center, "opinion.given", now=now, by=viewer.actor, data=data)
