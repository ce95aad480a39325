"""Ringing back: whom the desk owes a call, who dials now, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import gettext
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Call, Callback, Target, Ticket
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import Viewer, require_staff, ticket_for, visible_tickets
from helpdesk.services.database.claiming import won
from helpdesk.services.database.events import record
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clocks
from sla.calendar import NeverOpens
from sla.metrics import CALLBACK, FIRST_REPLY

OUTCOMES = ("reached", "no_answer", "wrong_number")
HELD = timedelta(minutes=15)
RETRY = timedelta(hours=1)
LATEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Made:
    """Callers who were reached, and after how much service time in the middle of them all."""

    reached: int
    median_minutes: float | None


def due(session: Session, viewer: Viewer, *, limit: int = 100) -> Sequence[Callback]:
    """Return whom the desk still owes a ring back, the next one to dial first."""
    require_staff(viewer)
    return session.scalars(
        select(Callback)
        .join(Callback.ticket)
        .where(Callback.open, Ticket.status.in_(ACTIVE), visible_tickets(viewer))
        .options(
            contains_eager(Callback.ticket).joinedload(Ticket.requester),
            contains_eager(Callback.ticket).joinedload(Ticket.center),
            contains_eager(Callback.ticket).selectinload(Ticket.targets),
            joinedload(Callback.agent),
        )
        .order_by(Callback.next_try_at, Callback.ticket_id)
        .limit(limit)
    ).all()


def spoken_since(session: Session, waiting: Sequence[Callback]) -> dict[int, Call]:
    """Return by ticket the first call in which somebody was spoken with after the last missed one.

    Whether that settled the matter, only who spoke knows: the callback stays to be made.
    """
    numbers = [row.ticket_id for row in waiting]
    goes_on_in = func.coalesce(Ticket.merged_into_id, Ticket.id)
    here = or_(Ticket.id.in_(numbers), Ticket.merged_into_id.in_(numbers))
    missed = (
        select(goes_on_in.label("ticket_id"), func.max(Call.arrived_at).label("last"))
        .join(Ticket, Ticket.id == Call.ticket_id)
        .where(here, Call.answered_at.is_(None))
        .group_by(goes_on_in)
        .subquery()
    )
    rows = session.execute(
        select(missed.c.ticket_id, Call)
        .join(Callback, Callback.ticket_id == missed.c.ticket_id)
        .join(Call, (Call.number == Callback.number) & (Call.arrived_at > missed.c.last))
        .where(Call.answered_at.is_not(None))
        .order_by(Call.arrived_at.desc())
    )
    return {row[0]: row[1] for row in rows}


def made(session: Session, begin: datetime, end: datetime) -> Made:
    """Return how many callers were reached in a span, and how long they had waited for it."""
    calendar = calendars.default(session)
    rows = session.execute(
        select(Target.started_at, Target.met_at)
        .join(Callback, Callback.ticket_id == Target.ticket_id)
        .where(Target.metric == FIRST_REPLY, Target.met_at >= begin, Target.met_at < end)
    )
    minutes = [calendar.elapsed(started, met) for started, met in rows if met is not None]
    return Made(len(minutes), median(minutes) if minutes else None)


def hold(session: Session, viewer: Viewer, number: int, *, now: datetime) -> None:
    """Let an agent alone dial for a while; raise Conflict while somebody else does."""
    require_staff(viewer)
    ticket_for(session, viewer, number)
    claim = (
        update(Callback)
        .where(
            Callback.ticket_id == number,
            Callback.open,
            or_(
                Callback.agent_id.is_(None),
                Callback.agent_id == viewer.agent_id,
                Callback.held_until < now,
            ),
        )
        .values(agent_id=viewer.agent_id, held_until=now + HELD)
    )
    if not won(session, claim):
        raise Conflict(
            "held", _("Somebody else rings this number just now, or it was reached already.")
        )


def next_try(session: Session, *, now: datetime) -> datetime:
    """Return when to ring again who did not answer: in an hour, or once the desk is open then."""
    at = now + RETRY
    try:
        return calendars.default(session).next_opening(at)
    except NeverOpens:
        return at


def log_outcome(
    session: Session,
    viewer: Viewer,
    number: int,
    outcome: str,
    *,
    said: str = "",
    again: datetime | None = None,
    now: datetime,
) -> None:
    """Write down what came of dialling.

    ``reached`` is a connected call: the first reply is given. ``no_answer`` is tried
    ``again`` at a time of one's choice, else when ``next_try`` says; ``wrong_number`` not any
    more.
    """
    if outcome not in OUTCOMES:
        raise Refusal("unknown_outcome", _("Choose what came of the call."), field="outcome")
    again = again if outcome == "no_answer" else None
    if again is not None and not now < again <= now + LATEST:
        raise Refusal(
            "wrong_time", _("Choose a time within the next two weeks to try again."), field="again"
        )
    hold(session, viewer, number, now=now)
    waiting = session.get_one(Callback, number, populate_existing=True)
    ticket = waiting.ticket
    if outcome == "reached":
        _reached(session, viewer, ticket, said, now)
        clocks.meet(session, ticket, CALLBACK, at=now, now=now, by=viewer.actor)
    elif said.strip():
        replies.note(session, ticket, viewer, said, now=now)
    if outcome == "wrong_number":
        clocks.cancel_metric(session, ticket, CALLBACK, now=now, by=viewer.actor)
    waiting.open = outcome == "no_answer"
    waiting.tries += 1
    waiting.next_try_at = (again or next_try(session, now=now)) if waiting.open else now
    waiting.agent_id = waiting.held_until = None
    record(
        session,
        "callback.logged",
        at=now,
        now=now,
        by=viewer.actor,
        ticket=ticket,
        data={"outcome": outcome},
    )


def _reached(session: Session, viewer: Viewer, ticket: Ticket, said: str, now: datetime) -> None:
    text = said.strip() or gettext("Rang back and spoke with them.")
    message = replies.written_by(viewer, channel="hotline", text=text, at=now)
    tickets.add_message(session, ticket, message, (), now)
    replies.given(session, ticket, viewer, message, status=None, now=now)
