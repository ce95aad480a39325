"""The closing duties of a center that leaves (chapter 7): what it has to give back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center
from helpdesk.services.access import Viewer, require_center_editor
from helpdesk.services.certification import center_log

RETURNED = ("plaque_returned_on", "documents_returned_on")


def note_returns(
    session: Session,
    viewer: Viewer,
    center: Center,
    *,
    plaque_on: date | None,
    documents_on: date | None,
    today: date,
    now: datetime,
) -> None:
    """Note on which days the plaque and the documents of authorisation came back."""
    require_center_editor(viewer)
    if center.state != "exit_processing":
        raise Refusal("not_now", _("Only a center whose exit is in progress gives them back."))
    days = dict(zip(RETURNED, (plaque_on, documents_on), strict=True))
    for name, day in days.items():
        if day is not None and day > today:
            raise Refusal("future", _("This day has not come yet."), field=name)
    before = {name: getattr(center, name) for name in days}
    if before == days:
        return
    for name, day in days.items():
        setattr(center, name, day)
    data = {name: day.isoformat() if day else None for name, day in days.items()}
    center_log.record(session, center, "center.returned", now=now, by=viewer.actor, data=data)
