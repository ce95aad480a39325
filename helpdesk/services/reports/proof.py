"""Proving what reports are made of: each step from the log to the sums is done anew.

Tickets against their log and messages, facts against tickets, sums against facts.
What was changed and not folded yet is left to the next fold.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Ticket, TicketChange, TicketFact, TicketSum
from helpdesk.services.hours import calendars
from helpdesk.services.promises import settlements
from helpdesk.services.reports import facts, folding
from sla.metrics import FIRST_REPLY

CHUNK = 5000


def differences(session: Session) -> Iterator[str]:
    """Yield a sentence for everything that does not agree; nothing on a sound desk."""
    for number, kept, told in settlements.differences(session):
        yield f"ticket #{number}: kept {kept}, its log and messages tell {told}"
    if not folding.basis_holds(session):
        yield "the sums were counted by another time zone's days; the worker counts them anew"
        return
    yield from _facts(session)
    yield from _sums(session)


def _facts(session: Session) -> Iterator[str]:
    calendar = calendars.default(session)
    pending = set(session.scalars(select(TicketChange.ticket_id)))
    numbers = set(session.scalars(select(Ticket.id)))
    numbers |= set(session.scalars(select(TicketFact.ticket_id)))
    ordered = sorted(numbers - pending)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        kept, told = facts.kept(session, chunk), facts.read(session, chunk, calendar.zone)
        for number in chunk:
            if kept.get(number) != told.get(number):
                yield f"ticket #{number} is not counted as it is"


def _sums(session: Session) -> Iterator[str]:
    moved = folding.Moved()
    numbers = session.scalars(select(TicketFact.ticket_id).order_by(TicketFact.ticket_id)).all()
    for start in range(0, len(numbers), CHUNK):
        for fact in facts.kept(session, numbers[start : start + CHUNK]).values():
            moved.put(fact, 1)
    told = moved.cells()
    for row in session.execute(select(*TicketSum.__table__.columns)):
        cell = (row.metric, row.dimension, row.grain, row.day, row.value)
        counts, minutes = told.pop(cell, ({}, {}))
        kept = {name: getattr(row, name) for name in folding.SUMMED if getattr(row, name)}
        if kept != counts or row.minutes != {str(m): n for m, n in minutes.items()}:
            yield f"the sum of {_name(cell)} is not what its tickets add up to"
    for cell in told:
        yield f"the sum of {_name(cell)} is missing"


def _name(cell: folding.Cell) -> str:
    metric, dimension, grain, day, value = cell
    of = f"{dimension} {value or 'none'}" if dimension else "all tickets"
    promise = "" if metric == FIRST_REPLY else f", promise {metric}"
    return f"{of}, {grain} of {day}{promise}"
