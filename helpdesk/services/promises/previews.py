"""What a change would do to open deadlines, before anybody makes it: the list that is shown."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import NO_PROMISE, Ticket
from sla import clock as actions
from sla.clock import Clock
from sla.events import BREACHED

LISTED = 50


@dataclass(frozen=True, slots=True)
class Move:
    """A deadline that moves; without ``before`` it appears, without ``after`` it vanishes.

    ``overdue`` says that it would be over at once.
    """

    ticket_id: int
    metric: str
    before: datetime | None
    after: datetime | None
    overdue: bool

    @property
    def urgency(self) -> tuple[bool, datetime, int, str]:
        """What the list is sorted by: overdue ones, then by when they fall due, then the rest."""
        return not self.overdue, self.after or NO_PROMISE, self.ticket_id, self.metric


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to the open promises, the most urgent first.

    ``rows`` are at most ``LISTED`` of the ``count`` that move, of which ``overdue``
    would be broken at once. ``complete`` is False where there were too many to look
    at all: the numbers are then the least that it can be. ``tickets`` are those that
    would be judged otherwise, their deadlines moving or not.
    """

    rows: Sequence[tuple[Move, Ticket]]
    count: int
    overdue: int
    complete: bool
    tickets: int = 0


def gathered(
    session: Session, found: Sequence[Move], *, complete: bool, tickets: int = 0
) -> Preview:
    """Return a preview of moves, with the tickets of those that are listed."""
    listed = heapq.nsmallest(LISTED, found, key=lambda move: move.urgency)
    numbers = {move.ticket_id for move in listed}
    rows = session.scalars(select(Ticket).where(Ticket.id.in_(numbers)))
    by_id = {ticket.id: ticket for ticket in rows}
    return Preview(
        [(move, by_id[move.ticket_id]) for move in listed],
        len(found),
        sum(move.overdue for move in found),
        complete,
        tickets,
    )


def moved(
    ticket_id: int, metric: str, before: Clock | None, after: Clock | None, *, now: datetime
) -> Move | None:
    """Return the move from one clock to another, None where the deadline stays."""
    was, is_ = before.due_at if before else None, after.due_at if after else None
    if was == is_:
        return None
    overdue = False
    if after is not None and is_ is not None:
        falls = [event.kind for event in actions.due(after, now)]
        overdue = after.state == BREACHED or "breach" in falls
    return Move(ticket_id, metric, was, is_, overdue)
