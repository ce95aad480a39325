"""On-site visits step by step: dates named and agreed, an agent sent, a report written.

Which step is possible when, and what it needs, stands in ``visit_states``. Every step
claims the visit's version first, so that of two people at once one wins, and writes
the row, the event and what the other side reads in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Message, Ticket, Visit, VisitDate
from helpdesk.services.access import Actor, Viewer
from helpdesk.services.database.events import record
from helpdesk.services.desk import replies, tickets
from helpdesk.services.desk.merged import refuse_merged
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.hours import calendars
from helpdesk.services.onsite import (
    visit_dates,
    visit_notices,
    visit_record,
    visit_reminders,
    visit_states,
    visit_words,
)
from helpdesk.services.onsite.visit_dates import Span

MOST_TRAVEL_DAYS = 14
LONGEST_REASON = 1000


def plan(
    session: Session,
    ticket: Ticket,
    *,
    place: str,
    purpose: str,
    contact: str,
    phone: str,
    dates: Sequence[Span] = (),
    by: Actor,
    now: datetime,
) -> Visit:
    """Ask for a visit on a ticket; raise Conflict while another one is open there.

    ``dates`` are what the center wishes; they are checked where somebody types them.
    """
    refuse_merged(ticket)
    if open_visit(session, ticket) is not None:
        raise Conflict("visit_open", _("A visit is under way on this ticket already."))
    visit = Visit(
        ticket=ticket,
        center_id=ticket.center_id,
        state="requested",
        turn="office",
        place=place[:300],
        purpose=purpose,
        contact=contact[:100],
        phone=phone[:40],
        created_at=now,
        updated_at=now,
        version=1,
        sequence=0,
        days_before=0,
        days_after=0,
    )
    session.add(visit)
    visit_record.name_dates(visit, dates, by_office=by.agent_id is not None, by=by, now=now)
    visit_reminders.plan(session, visit, now=now)
    session.flush()
    told = {"visit": visit.id, "dates": [visit_record.local(session, span) for span in dates]}
    record(
        session, f"{visit_record.PREFIX}request", at=now, now=now, by=by, ticket=ticket, data=told
    )
    return visit


def open_visit(session: Session, ticket: Ticket) -> Visit | None:
    """Return the visit that is under way on a ticket."""
    session.flush()
    return session.scalar(
        select(Visit).where(Visit.ticket_id == ticket.id, Visit.state.in_(visit_states.OPEN))
    )


def of_ticket(session: Session, ticket: Ticket) -> Sequence[Visit]:
    """Return a ticket's visits, the latest first."""
    return session.scalars(
        select(Visit).where(Visit.ticket_id == ticket.id).order_by(Visit.id.desc())
    ).all()


def propose(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    dates: Sequence[Span],
    *,
    words: str = "",
    seen: int,
    now: datetime,
) -> Message:
    """Propose dates to the center: a reply that it reads, and so the first one."""
    visit_record.begin(session, viewer, visit, "propose", seen, dates=dates)
    _check(session, visit, dates, now)
    with visit_words.speaking_to(session, visit.ticket.requester):
        text = visit_words.proposal(session, visit, dates, words, now=now)
    message = replies.reply(session, visit.ticket, viewer, text, status="waiting", now=now)
    visit_record.withdraw(visit)
    visit_record.name_dates(visit, dates, by_office=True, by=viewer.actor, now=now)
    visit_record.end(
        session, viewer, visit, "propose", visit_record.with_dates(session, dates), now=now
    )
    return message


def suggest(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    dates: Sequence[Span],
    *,
    words: str = "",
    seen: int,
    now: datetime,
) -> None:
    """Name dates that suit the center instead of those proposed."""
    visit_record.begin(session, viewer, visit, "suggest", seen, dates=dates)
    _check(session, visit, dates, now, free=False)
    text = visit_words.suggestion(session, dates, words.strip(), now=now)
    _center_says(session, viewer, visit.ticket, text, now=now)
    visit_record.withdraw(visit)
    visit_record.name_dates(visit, dates, by_office=False, by=viewer.actor, now=now)
    visit_record.end(
        session, viewer, visit, "suggest", visit_record.with_dates(session, dates), now=now
    )
    visit_notices.center_answered(session, visit, now=now)


def accept(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    date_id: int | None,
    *,
    words: str = "",
    seen: int,
    now: datetime,
) -> None:
    """Accept a date that the other side named: both have confirmed it then."""
    side = visit_record.side_of(viewer)
    date = _open_date(visit, date_id, by_office=side == "center")
    visit_record.begin(session, viewer, visit, "accept", seen, date=date)
    assert date is not None
    span = (date.starts_at, date.ends_at)
    _check(session, visit, [span], now)
    if side == "office":
        with visit_words.speaking_to(session, visit.ticket.requester):
            text = visit_words.confirmation(session, visit, span, words, now=now)
        replies.reply(session, visit.ticket, viewer, text, now=now)
    else:
        text = visit_words.acceptance(session, span, now=now)
        _center_says(session, viewer, visit.ticket, text, asks=False, now=now)
    visit_record.settle(session, viewer, visit, date, "accept", now=now)
    if side == "center":
        visit_notices.center_answered(session, visit, now=now)


def agree(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    date_id: int | None,
    *,
    note: str,
    seen: int,
    now: datetime,
) -> None:
    """Write down that the center agreed elsewhere (by telephone); it reads so in a mail."""
    date = _open_date(visit, date_id, by_office=True)
    visit_record.begin(session, viewer, visit, "agree", seen, date=date, note=note.strip())
    assert date is not None
    span = (date.starts_at, date.ends_at)
    _check(session, visit, [span], now)
    with visit_words.speaking_to(session, visit.ticket.requester):
        text = visit_words.confirmation(session, visit, span, "", now=now)
    replies.reply(session, visit.ticket, viewer, text, status="open", now=now)
    facts = {"note": note.strip()[:LONGEST_REASON]}
    visit_record.settle(session, viewer, visit, date, "agree", facts=facts, now=now)


def assign(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    agent: Agent | None,
    *,
    days_before: int = 0,
    days_after: int = 0,
    seen: int,
    now: datetime,
) -> None:
    """Say who goes, and how many days they travel; refused where they are elsewhere then."""
    visit_record.begin(session, viewer, visit, "assign", seen)
    if agent is not None and not agent.active:
        raise Refusal("inactive_agent", _("This agent no longer works here."), field="agent")
    for name, days in (("days_before", days_before), ("days_after", days_after)):
        if not 0 <= days <= MOST_TRAVEL_DAYS:
            raise Refusal(
                "travel_days",
                _("Days of travel are from 0 to %(most)s.", most=MOST_TRAVEL_DAYS),
                field=name,
            )
    visit.agent = agent
    visit.agent_id = agent.id if agent else None
    visit.days_before, visit.days_after = days_before, days_after
    if visit.starts_at and visit.ends_at:
        visit_dates.check_free(session, visit, [(visit.starts_at, visit.ends_at)], field="agent")
    facts = {"agent_id": visit.agent_id, "agent": agent.name if agent else None}
    visit_record.end(session, viewer, visit, "assign", facts, now=now)
    visit_notices.assigned(session, visit, by_agent=viewer.agent_id, now=now)


def reschedule(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    dates: Sequence[Span],
    *,
    reason: str,
    seen: int,
    now: datetime,
) -> None:
    """Give up the agreed date for a reason and name others."""
    reason = _reason(reason)
    visit_record.begin(session, viewer, visit, "reschedule", seen, reason=reason, dates=dates)
    side = visit_record.side_of(viewer)
    _check(session, visit, dates, now, free=side == "office")
    if side == "office":
        with visit_words.speaking_to(session, visit.ticket.requester):
            text = visit_words.moved(session, visit, dates, reason, now=now)
        replies.reply(session, visit.ticket, viewer, text, status="waiting", now=now)
    else:
        text = visit_words.moved_by_center(session, visit, dates, reason, now=now)
        _center_says(session, viewer, visit.ticket, text, now=now)
    visit_record.withdraw(visit)
    visit_record.name_dates(visit, dates, by_office=side == "office", by=viewer.actor, now=now)
    visit.reason = reason
    visit.confirmed_by_office_at = visit.confirmed_by_center_at = None
    facts = {"reason": reason, **visit_record.with_dates(session, dates)}
    visit_record.end(session, viewer, visit, "reschedule", facts, now=now)
    if side == "center":
        visit_notices.center_answered(session, visit, now=now)
    visit_notices.changed(session, visit, by_agent=viewer.agent_id, now=now)


def cancel(
    session: Session, viewer: Viewer, visit: Visit, *, reason: str, seen: int, now: datetime
) -> None:
    """Call the visit off, for a reason that the other side reads."""
    reason = _reason(reason)
    visit_record.begin(session, viewer, visit, "cancel", seen, reason=reason)
    if visit_record.side_of(viewer) == "office":
        with visit_words.speaking_to(session, visit.ticket.requester):
            text = visit_words.cancellation(session, visit, reason, now=now)
        replies.reply(session, visit.ticket, viewer, text, now=now)
    else:
        text = visit_words.cancelled_by_center(reason)
        _center_says(session, viewer, visit.ticket, text, now=now)
    visit_record.withdraw(visit)
    visit.reason = reason
    visit_record.end(session, viewer, visit, "cancel", {"reason": reason}, now=now)
    if visit_record.side_of(viewer) == "center":
        visit_notices.center_answered(session, visit, now=now)
    visit_notices.changed(session, visit, by_agent=viewer.agent_id, now=now)


def report(
    session: Session,
    viewer: Viewer,
    visit: Visit,
    *,
    done: str,
    findings: str,
    signed_by: str,
    files: Sequence[StoredFile] = (),
    status: str | None = None,
    seen: int,
    now: datetime,
) -> Message:
    """Write the report, which goes to the center as a reply with its photographs."""
    done, findings, signed_by = done.strip(), findings.strip(), signed_by.strip()
    begun = visit.starts_at is not None and visit.starts_at <= now
    given = {"agent": visit.agent_id, "begun": begun, "done": done, "signed": signed_by}
    visit_record.begin(session, viewer, visit, "report", seen, **given)
    with visit_words.speaking_to(session, visit.ticket.requester):
        text = visit_words.report(
            session, visit, done=done, findings=findings, signed_by=signed_by, now=now
        )
    message = replies.reply(
        session, visit.ticket, viewer, text, files=files, status=status, now=now
    )
    visit.done_text, visit.findings, visit.signed_by = done, findings, signed_by[:100]
    visit.reported_at, visit.report_message_id = now, message.id
    facts = {"message": message.id, "signed_by": signed_by[:100]}
    visit_record.end(session, viewer, visit, "report", facts, now=now)
    return message


def _reason(text: str) -> str:
    return text.strip()[:LONGEST_REASON]


def _open_date(visit: Visit, date_id: int | None, *, by_office: bool) -> VisitDate | None:
    """Return an open date of the other side."""
    offered = (date for date in visit.open_dates if date.by_office == by_office)
    return next((date for date in offered if date.id == date_id), None)


def _check(
    session: Session, visit: Visit, dates: Sequence[Span], now: datetime, *, free: bool = True
) -> None:
    calendar = calendars.default(session)
    visit_dates.check(calendar, dates, now=now)
    if free:
        visit_dates.check_free(session, visit, dates)


def _center_says(
    session: Session,
    viewer: Viewer,
    ticket: Ticket,
    text: str,
    *,
    asks: bool = True,
    now: datetime,
) -> None:
    """Put what the center decided into the conversation; ``asks`` wants an answer."""
    refuse_merged(ticket)
    message = replies.written_by(viewer, direction="in", channel="web", text=text, at=now)
    tickets.add_message(session, ticket, message, (), now)
    said = {"message": message.id, "channel": "web"}
    record(session, "message.received", at=now, now=now, by=viewer.actor, ticket=ticket, data=said)
    if asks:
        tickets.reopen_for_answer(session, ticket, at=now, now=now, by=viewer.actor)
    elif ticket.status == "waiting":
        tickets.set_status(session, ticket, "open", now=now, by=viewer.actor)
