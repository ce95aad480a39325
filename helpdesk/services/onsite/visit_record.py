"""A step of a visit as it is written: claimed, projected onto the row, and recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Event, Visit, VisitDate
from helpdesk.services.access import Actor, Viewer
from helpdesk.services.database.claiming import won
from helpdesk.services.database.events import record, write
from helpdesk.services.hours import calendars
from helpdesk.services.onsite import visit_dates, visit_reminders, visit_states
from helpdesk.services.onsite.visit_dates import Span
from helpdesk.services.onsite.visit_states import Side, Standing
from helpdesk.services.promises import clocks
from sla.metrics import VISIT_REPORT

PREFIX = "visit."
NEEDED: Mapping[str, tuple[str, Any]] = {
    "dates": ("day1", _("Name at least one date.")),
    "date": ("date", _("Choose one of the dates.")),
    "reason": ("reason", _("Write the reason: the other side reads it.")),
    "note": ("note", _("Write who agreed, and how: by telephone, in a mail.")),
    "agent": ("agent", _("Assign an agent first: somebody must have been there.")),
    "begun": ("", _("The visit has not begun yet; it can be reported once it has.")),
    "done": ("done", _("Write what was done.")),
    "signed": ("signed_by", _("Write who signed for the center.")),
}
"""What a step may need: the field to correct and what to do."""


def begin(
    session: Session, viewer: Viewer, visit: Visit, step: str, seen: int, **given: object
) -> None:
    """Check the rule of a step and claim the visit as the viewer saw it."""
    side = side_of(viewer)
    rule = visit_states.rule_for(visit.state, step, side)
    if seen != visit.version:
        raise _changed()
    if rule is None:
        raise Refusal("not_now", _("This cannot be done with the visit as it stands now."))
    need = visit_states.missing(rule, given)
    if need is not None:
        field, sentence = NEEDED[need]
        raise Refusal(f"needs_{need}", sentence, field=field)
    claim = (
        update(Visit)
        .where(Visit.id == visit.id, Visit.version == seen)
        .values(version=seen + 1)
        .execution_options(synchronize_session=False)
    )
    if not won(session, claim):
        raise _changed()
    session.refresh(visit)


def end(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    step: str,
    facts: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Project the step onto the row and record it."""
    side = side_of(viewer)
    standing = visit_states.after(standing_of(visit), step, side, _facts(facts))
    visit.state, visit.turn = standing.state, standing.turn
    visit.starts_at, visit.ends_at = standing.starts_at, standing.ends_at
    visit.agent_id, visit.sequence = standing.agent_id, standing.sequence
    visit.updated_at = now
    _set_away(session, visit)
    visit_reminders.plan(session, visit, now=now)
    data = {"visit": visit.id, "side": side, **facts}
    record(
        session,
        PREFIX + step,
        at=now,
        now=now,
        by=viewer.actor,
        ticket=visit.ticket,
        data=data,
    )
    _promise_report(session, visit, now=now, by=viewer.actor)
    session.flush()


def _promise_report(session: Session, visit: Visit, *, now: datetime, by: Actor) -> None:
    """A report is promised from the end of the agreed date on."""
    ticket = visit.ticket
    if visit.state == "confirmed" and visit.ends_at is not None:
        clocks.start(session, ticket, VISIT_REPORT, at=visit.ends_at, now=now, by=by)
    elif visit.state == "done":
        at = max(now, visit.ends_at or now)  # one that ended early was reported at its end
        clocks.meet(session, ticket, VISIT_REPORT, at=at, now=now, by=by)
    else:
        clocks.cancel_metric(session, ticket, VISIT_REPORT, now=now, by=by)


def settle(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    date: VisitDate,
    step: str,
    *,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Let a named date be the agreed one, and record how it came to be."""
    withdraw(visit)
    date.state = "accepted"
    visit.confirmed_by_office_at = now if side_of(viewer) == "office" else date.created_at
    visit.confirmed_by_center_at = date.created_at if not date.by_office else now
    starts, ends = local(session, (date.starts_at, date.ends_at))
    told = {**(facts or {}), "starts_at": starts, "ends_at": ends}
    end(session, viewer, visit, step, told, now=now)


def name_dates(
    visit: Visit, dates: Sequence[Span], *, by_office: bool, by: Actor, now: datetime
) -> None:
    """Name dates that the other side is to answer."""
    for starts, ends in dates:
        visit.dates.append(
            VisitDate(
                starts_at=starts,
                ends_at=ends,
                by_office=by_office,
                by=by.name[:200],
                state="open",
                created_at=now,
            )
        )


def withdraw(visit: Visit) -> None:
    """Take back every date that was named or agreed."""
    for date in visit.dates:
        if date.state in ("open", "accepted"):
            date.state = "withdrawn"


def side_of(viewer: Viewer) -> Side:
    """Return for whom somebody acts."""
    return "office" if viewer.is_staff else "center"


def standing_of(visit: Visit) -> Standing:
    """Return where a visit's row says that it stands."""
    return Standing(
        visit.state,  # type: ignore[arg-type]
        visit.turn,  # type: ignore[arg-type]
        visit.starts_at,
        visit.ends_at,
        visit.agent_id,
        visit.sequence,
    )


def log_of(session: Session, visit: Visit) -> list[tuple[str, Side, dict[str, Any]]]:
    """Return the steps that a ticket's log tells of a visit, in the order of recording."""
    write(session)
    rows = session.execute(
        select(Event.kind, Event.data)
        .where(Event.ticket_id == visit.ticket_id, Event.kind.startswith(PREFIX))
        .order_by(Event.id)
    )
    found: list[tuple[str, Side, dict[str, Any]]] = []
    for kind, data in rows:
        step = kind.removeprefix(PREFIX)
        if data.get("visit") == visit.id and step in visit_states.STEPS:
            found.append((step, data["side"], _facts(data)))
    return found


def with_dates(session: Session, dates: Sequence[Span]) -> dict[str, Any]:
    """Return named dates as facts of a step."""
    return {"dates": [local(session, span) for span in dates]}


def local(session: Session, span: Span) -> list[str]:
    """Return a date as the log keeps it: local time with its offset, as people said it."""
    calendar = calendars.default(session)
    return [at.astimezone(calendar.zone).isoformat() for at in span]


def _set_away(session: Session, visit: Visit) -> None:
    if visit.starts_at is None or visit.ends_at is None:
        visit.away_from = visit.away_until = None
        return
    calendar = calendars.default(session)
    visit.away_from, visit.away_until = visit_dates.away(
        calendar,
        (visit.starts_at, visit.ends_at),
        before=visit.days_before,
        after=visit.days_after,
    )


def _facts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step's event says, as values."""
    return {
        name: datetime.fromisoformat(value) if name in ("starts_at", "ends_at") and value else value
        for name, value in data.items()
    }


def _changed() -> Conflict:
    return Conflict(
        "visit_changed",
        _("Somebody changed this visit meanwhile. Look at it as it is now, then do it again."),
    )
