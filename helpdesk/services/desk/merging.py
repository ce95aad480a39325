"""Several tickets about one matter made one: the others go into it, and nothing is dropped.

What was said stays on the ticket where it was said, with its log and its figures, and is
read on the one that goes on (``services.desk.merged``); work, promises and the people who wait for
an answer go over. All rows are locked in the order of their numbers, so of two agents who
merge two tickets into each other one is refused, and no circle can come about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Callback, Draft, Message, Participant, Target, Ticket
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import Viewer, require_staff, visible_tickets
from helpdesk.services.database.events import record
from helpdesk.services.desk import notices, tickets
from helpdesk.services.onsite import visits
from helpdesk.services.promises import clock_handover, clock_log, clocks

MOST = 50
OFFERED = 10
_MOST_WORK_FIRST = ("open", "waiting")


def merge(
    session: Session, viewer: Viewer, numbers: Collection[int], into: int, *, now: datetime
) -> Ticket:
    """Let tickets go into another one and return that; raise Refusal, changing nothing.

    A ticket that had absorbed others takes them along: all that led to it leads on.
    """
    require_staff(viewer)
    if not numbers:
        raise Refusal("nothing_to_merge", _("Choose the tickets that are to be merged."))
    if len(numbers) > MOST:
        raise Refusal("too_many_tickets", _("At most %(n)s tickets can be merged at once.", n=MOST))
    if into in numbers:
        raise Refusal("same_ticket", _("A ticket cannot be merged into itself."), field="into")
    held = _held(session, viewer, {*numbers, into})
    target, sources = held[into], [held[number] for number in sorted(set(numbers))]
    _check_target(target)
    for source in sources:
        _check_source(session, source, target)
        _absorb(session, viewer, source, target, now=now)
    session.flush()
    return target


def offered(session: Session, viewer: Viewer, ticket: Ticket) -> Sequence[Ticket]:
    """Return other unsettled tickets of the same person or center, the latest first."""
    same = Ticket.requester_id == ticket.requester_id
    if ticket.center_id is not None:
        same = or_(same, Ticket.center_id == ticket.center_id)
    return session.scalars(
        select(Ticket)
        .where(same, Ticket.id != ticket.id, Ticket.status.in_(ACTIVE), visible_tickets(viewer))
        .order_by(Ticket.id.desc())
        .limit(OFFERED)
    ).all()


def _held(session: Session, viewer: Viewer, numbers: Collection[int]) -> dict[int, Ticket]:
    """Lock tickets in the order of their numbers and read them and their clocks anew.

    FOR UPDATE, unlike ``clock_log.hold``: a message that is being written to one of them is
    either there before, or finds the ticket merged.
    """
    rows = session.scalars(
        select(Ticket)
        .where(Ticket.id.in_([n for n in numbers if 0 < n < 2**31]), visible_tickets(viewer))
        .order_by(Ticket.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = {ticket.id: ticket for ticket in rows}
    for number in sorted(numbers):
        if number not in found:
            raise NotFound(
                "no_ticket",
                _("There is no ticket with the number %(number)s.", number=number),
                field="into",
            )
    clock_log.holds(session, rows)
    session.scalars(
        select(Target).where(Target.ticket_id.in_(found)).execution_options(populate_existing=True)
    ).all()
    for ticket in rows:
        session.expire(ticket, ["targets"])
    return found


def _check_target(target: Ticket) -> None:
    if target.merged_into_id is not None:
        raise Refusal(
            "merged",
            _(
                "#%(number)s was merged into #%(into)s; choose that one.",
                number=target.id,
                into=target.merged_into_id,
            ),
            field="into",
        )
    if target.status == "spam":
        raise _is_spam(target)


def _check_source(session: Session, source: Ticket, target: Ticket) -> None:
    if source.merged_into_id is not None:
        raise Refusal(
            "merged_before",
            _(
                "#%(number)s was merged into #%(into)s already.",
                number=source.id,
                into=source.merged_into_id,
            ),
            field="into",
        )
    if source.status == "spam":
        raise _is_spam(source)
    # whoever belongs to a center reads its tickets, and must go on reading what was theirs alone
    if source.center_id is not None and source.center_id != target.center_id:
        raise Refusal(
            "other_center",
            _(
                "#%(number)s belongs to a center and #%(into)s does not belong to the same one; "
                "set the center first.",
                number=source.id,
                into=target.id,
            ),
            field="into",
        )
    if visits.open_visit(session, source) is not None:
        raise Refusal(
            "visit_open",
            _(
                "A visit is under way on #%(number)s: merge the other ticket into it, or finish "
                "the visit first.",
                number=source.id,
            ),
            field="into",
        )
    mine, other = session.get(Callback, target.id), session.get(Callback, source.id)
    if mine and other and mine.open and other.open and mine.number != other.number:
        raise Refusal(
            "two_numbers",
            _(
                "Two different numbers wait to be rung back on #%(number)s and #%(into)s; "
                "ring one of them back first.",
                number=source.id,
                into=target.id,
            ),
            field="into",
        )


def _is_spam(ticket: Ticket) -> Refusal:
    return Refusal(
        "spam",
        _("#%(number)s is marked as spam; take the mark off first.", number=ticket.id),
        field="into",
    )


def _absorb(
    session: Session, viewer: Viewer, source: Ticket, target: Ticket, *, now: datetime
) -> None:
    before, by = source.status, viewer.actor
    asked = _asked(session, source, target)
    was_answered = not target.awaiting_reply
    source.status, source.merged_into_id = "merged", target.id
    source.updated_at = target.updated_at = now
    source.awaiting_reply = False
    target.last_message_id = max(target.last_message_id, source.last_message_id)
    said: dict[str, int | str] = {"into": target.id, "from": before}
    record(session, "ticket.merged", at=now, now=now, by=by, ticket=source, data=said)
    told: dict[str, int | str] = {"source": source.id, "subject": source.subject}
    record(session, "ticket.absorbed", at=now, now=now, by=by, ticket=target, data=told)
    _lead_on(session, viewer, source, target, now=now)
    _take_work(session, viewer, before, source, target, now=now)
    target.awaiting_reply = target.awaiting_reply or asked is not None
    clock_handover.hand_over(session, source, target, now=now, by=by)
    if asked is not None and was_answered and target.status == "open":
        clocks.asked_again(session, target, at=asked, now=now, by=by)
    _take_callback(session, source, target)
    _take_people(session, source, target)
    _take_drafts(session, source, target)
    if target.assignee_id != viewer.agent_id:
        notices.merged(session, source, target, now=now)


def _asked(session: Session, source: Ticket, target: Ticket) -> datetime | None:
    """Return since when somebody waits on ``source`` for what nobody answered on either ticket."""
    if not source.awaiting_reply:
        return None
    last_reply = (
        select(func.max(Message.at))
        .where(
            Message.ticket_id == source.id,
            Message.direction == "out",
            Message.automatic.is_(False),
            Message.delivery != "failed",
        )
        .scalar_subquery()
    )
    first = session.scalar(
        select(func.min(Message.at)).where(
            Message.ticket_id == source.id,
            Message.direction == "in",
            Message.automatic.is_(False),
            or_(last_reply.is_(None), Message.at > last_reply),
        )
    )
    asked = first or source.started_at
    answered = clock_handover.answered_since(session, source, target, asked)
    return None if answered is not None else asked


def _lead_on(
    session: Session, viewer: Viewer, source: Ticket, target: Ticket, *, now: datetime
) -> None:
    """Point what had gone into ``source`` at where it goes now."""
    earlier = session.scalars(
        select(Ticket).where(Ticket.merged_into_id == source.id).order_by(Ticket.id)
    )
    for ticket in earlier.all():
        ticket.merged_into_id = target.id
        said = {"source": source.id, "into": target.id}
        record(session, "ticket.led_on", at=now, now=now, by=viewer.actor, ticket=ticket, data=said)


def _take_work(
    session: Session, viewer: Viewer, before: str, source: Ticket, target: Ticket, *, now: datetime
) -> None:
    """Whoever was at it stays at it, and what was unsettled on either is not settled."""
    if target.assignee is None and source.assignee is not None and source.assignee.active:
        tickets.assign(session, target, source.assignee, now=now, by=viewer.actor)
    wanted = next((s for s in _MOST_WORK_FIRST if s in (before, target.status)), target.status)
    tickets.set_status(session, target, wanted, now=now, by=viewer.actor)


def _take_callback(session: Session, source: Ticket, target: Ticket) -> None:
    """Let the number be rung back on the ticket that goes on, where its next call comes too."""
    waiting, there = session.get(Callback, source.id), session.get(Callback, target.id)
    if waiting is None or not waiting.open:
        return
    waiting.open = False
    if there is not None and there.open:
        there.next_try_at = min(there.next_try_at, waiting.next_try_at)
        return
    if there is None:
        there = Callback(ticket_id=target.id, tries=0)
        session.add(there)
    there.number, there.open = waiting.number, True
    there.tries += waiting.tries
    there.next_try_at = waiting.next_try_at
    there.agent_id, there.held_until = waiting.agent_id, waiting.held_until
    waiting.agent_id = waiting.held_until = None


def _take_people(session: Session, source: Ticket, target: Ticket) -> None:
    """Who asked, or was in copy, gets a copy of what is answered and may answer there."""
    rows = session.scalars(select(Participant.person_id).where(Participant.ticket_id == source.id))
    for person_id in dict.fromkeys([source.requester_id, *rows]):
        if person_id == target.requester_id:
            continue
        if session.get(Participant, (target.id, person_id)) is None:
            session.add(Participant(ticket_id=target.id, person_id=person_id))
            session.flush()


def _take_drafts(session: Session, source: Ticket, target: Ticket) -> None:
    """What somebody was typing is typed on, below what they had begun there."""
    for draft in session.scalars(select(Draft).where(Draft.ticket_id == source.id)).all():
        there = session.get(Draft, (draft.login_id, target.id, draft.kind))
        if there is None:
            there = Draft(login_id=draft.login_id, ticket_id=target.id, kind=draft.kind, text="")
            session.add(there)
        there.text = f"{there.text}\n\n{draft.text}".strip()
        there.updated_at = draft.updated_at
        session.delete(draft)
