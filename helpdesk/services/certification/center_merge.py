"""Two records of one center made one: everything moves to the one that stays.

What only one of can be (a year's review, a body's opinion, a criterion) stays with the
other where both have it; its history can still be read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Application,
    Center,
    CenterDomain,
    CenterRequest,
    Document,
    Lecturer,
    Opinion,
    Person,
    PublicNotice,
    Qualification,
    Remittance,
    Teacher,
    Ticket,
    Visit,
)
from helpdesk.services.access import Viewer, require_admin
from helpdesk.services.certification import (
    application_form,
    center_log,
    center_regions,
    center_reminders,
)
from helpdesk.services.certification.center_states import SERVING
from helpdesk.services.database.claiming import changed
from helpdesk.services.desk import tickets

MOVED: tuple[type[Any], ...] = (
    Person,
    CenterDomain,
    Visit,
    Document,
    Agreement,
    Lecturer,
    Teacher,
    Remittance,
    CenterRequest,
    PublicNotice,
)
ONE_OF: Mapping[type[Any], str] = {
    AnnualReview: "year",
    Opinion: "body",
    Qualification: "criterion",
}
FILLED = tuple(name for name in application_form.COLUMNS if name != "name")
"""Facts that the record that stays takes from the other where it has none."""
AUTHORISED = ("plaque_no", "certificate_no", "granted_on", "agreement_to", "review_due_on")
"""Those of an authorisation, where both records are of a center that serves."""


def merge(
    session: Session, viewer: Viewer, source: Center, target: Center, *, why: str, now: datetime
) -> None:
    """Move everything of ``source`` to ``target``; raise Refusal for what would go in a circle."""
    require_admin(viewer)
    if source.id == target.id:
        raise Refusal("same_center", _("A center cannot be merged into itself."), field="target")
    for center in (source, target):
        if center.merged_into_id is not None:
            raise Refusal(
                "merged_before",
                _("%(code)s was merged before; use the center it went into.", code=center.code),
                field="target",
            )
    if not why.strip():
        raise Refusal("needs_reason", _("Write the reason: it stays on the record."), field="why")
    counts = {model.__tablename__: _move(session, model, source, target) for model in MOVED}
    for model, key in ONE_OF.items():
        counts[model.__tablename__] = _move_what_is_new(session, model, key, source, target)
    counts["ticket"] = _move_tickets(session, viewer, source, target, now)
    counts["application"] = _move_application(session, source, target)
    had_region = bool(target.region)
    _fill(source, target)
    if target.region and not had_region:
        center_regions.follow(session, target, by=viewer.actor, now=now)
    source.merged_into_id = target.id
    for center in (source, target):
        center_reminders.plan(session, center, now=now)
    data = {"reason": why.strip()[:2000], "moved": {k: n for k, n in counts.items() if n}}
    for center, kind, other in (
        (source, "center.merged", {"into": target.code}),
        (target, "center.absorbed", {"from": source.code}),
    ):
        said = {**data, **other}
        center_log.record(session, center, kind, now=now, by=viewer.actor, data=said)
    session.flush()


def _fill(source: Center, target: Center) -> None:
    both_serve = {source.state, target.state} <= set(SERVING)
    for name in FILLED + (AUTHORISED if both_serve else ()):
        if not getattr(target, name):
            setattr(target, name, getattr(source, name))


def _move(session: Session, model: type[Any], source: Center, target: Center) -> int:
    return changed(
        session,
        update(model)
        .where(model.center_id == source.id)
        .values(center_id=target.id)
        .execution_options(synchronize_session=False),
    )


def _move_what_is_new(
    session: Session, model: type[Any], key: str, source: Center, target: Center
) -> int:
    column = getattr(model, key)
    there = set(session.scalars(select(column).where(model.center_id == target.id)))
    return changed(
        session,
        update(model)
        .where(model.center_id == source.id, column.not_in(there))
        .values(center_id=target.id)
        .execution_options(synchronize_session=False),
    )


def _move_tickets(
    session: Session, viewer: Viewer, source: Center, target: Center, now: datetime
) -> int:
    """Each ticket says so in its own log, and is judged by what holds for its new center."""
    session.expire_all()
    count = 0
    last = 0
    while True:
        rows = session.scalars(
            select(Ticket)
            .where(Ticket.center_id == source.id, Ticket.id > last)
            .order_by(Ticket.id)
            .limit(200)
        ).all()
        if not rows:
            return count
        last = rows[-1].id
        for ticket in rows:
            tickets.set_center(session, ticket, target, now=now, by=viewer.actor)
        session.flush()
        count += len(rows)


def _move_application(session: Session, source: Center, target: Center) -> int:
    """A center has one application: that of the record that stays goes before."""
    there = session.scalar(select(func.count()).where(Application.center_id == target.id))
    return 0 if there else _move(session, Application, source, target)
