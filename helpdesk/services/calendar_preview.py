"""Which open deadlines a change of the calendar would move, before anybody makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.extensions import reading
from helpdesk.models import PolicyRecord, Target, Ticket
from helpdesk.services import calendar_changes, clocks
from helpdesk.services.calendar_changes import Change
from sla import clock as actions
from sla.calendar import Calendar
from sla.events import BREACHED
from sla.policy import Promise

LISTED = 50
MOST = 20_000
"""So many open promises are looked at; beyond them the count says "at least"."""
PAGE = 1000


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """A deadline that moves; ``overdue`` says that it would be over at once."""

    in_time: bool
    after: datetime
    before: datetime
    ticket_id: int
    metric: str

    @property
    def overdue(self) -> bool:
        """Whether the new deadline has passed already."""
        return not self.in_time


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to the open promises, the most urgent first.

    ``rows`` are at most ``LISTED`` of the ``count`` that move, of which ``overdue``
    would be broken at once. ``complete`` is False where there were too many to look
    at all: the numbers are then the least that it can be.
    """

    rows: Sequence[tuple[Move, Ticket]]
    count: int
    overdue: int
    complete: bool


def preview(calendar_id: int, change: Change, *, now: datetime) -> Preview:
    """Say what a change would move; raise Refusal where it cannot be made. Nothing is kept."""
    calendar = Calendar(calendar_changes.tried(calendar_id, change))
    with reading() as session:
        return moves(session, calendar_id, calendar, now=now)


def moves(session: Session, calendar_id: int, calendar: Calendar, *, now: datetime) -> Preview:
    """Hold the open promises of one calendar against how it would be."""
    looked_at, found = 0, []
    for targets in _pages(session, calendar_id):
        looked_at += len(targets)
        logs = clocks.logs_of(session, [target.id for target in targets])
        for target in targets:
            move = _move(target, logs[target.id], calendar, now)
            if move is not None:
                found.append(move)
        if looked_at >= MOST:
            break
    found.sort()
    listed = found[:LISTED]
    tickets = {
        ticket.id: ticket
        for ticket in session.scalars(
            select(Ticket).where(Ticket.id.in_({move.ticket_id for move in listed}))
        )
    }
    return Preview(
        [(move, tickets[move.ticket_id]) for move in listed],
        len(found),
        sum(move.overdue for move in found),
        looked_at < MOST,
    )


def _pages(session: Session, calendar_id: int) -> Iterator[Sequence[Target]]:
    after = 0
    while True:
        targets = session.scalars(
            select(Target)
            .join(PolicyRecord, Target.policy_id == PolicyRecord.id)
            .where(
                Target.id > after,
                Target.state.in_(clocks.UNFINISHED),
                PolicyRecord.calendar_id == calendar_id,
            )
            .order_by(Target.id)
            .limit(PAGE)
        ).all()
        if not targets:
            return
        yield targets
        after = targets[-1].id


def _move(
    target: Target, log: Sequence[actions.ClockEvent], calendar: Calendar, now: datetime
) -> Move | None:
    clock = actions.replay(log)
    moved, _ = actions.reschedule(clock, Promise.from_json(target.promise), calendar, now)
    if clock.due_at is None or moved.due_at is None or moved.due_at == clock.due_at:
        return None
    return Move(
        moved.state != BREACHED, moved.due_at, clock.due_at, target.ticket_id, target.metric
    )
