"""What merging tickets would do, before anybody does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, func, select
from sqlalchemy.orm import Session

from helpdesk.extensions import transaction
from helpdesk.models import Message, Participant, Person, Target, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import merged, merging
from helpdesk.services.sending import copies

Deadlines = dict[str, datetime]


@dataclass(frozen=True, slots=True)
class Owed:
    """A deadline of the ticket that goes on; ``before`` is the one it has today, if any."""

    metric: str
    due_at: datetime
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging would do; nothing of it has happened.

    ``messages`` are read on the target in addition. ``copies`` are the addresses that
    answers go to besides its requester's; who is ``unreached`` has no mail address.
    """

    into: int
    subject: str
    sources: Sequence[tuple[int, str]]
    messages: int
    status: str
    before: str
    copies: Sequence[str]
    unreached: Sequence[str]
    owed: Sequence[Owed]

    @property
    def numbers(self) -> Sequence[int]:
        """The tickets that go into the other one."""
        return [number for number, _ in self.sources]


def preview(viewer: Viewer, numbers: Collection[int], into: int, *, now: datetime) -> Preview:
    """Say what ``merging.merge`` would do by doing it and taking it back.

    Raises the same Refusals.
    """
    with transaction() as session:
        status = session.scalar(select(Ticket.status).where(Ticket.id == into)) or ""
        due, joined, read = _deadlines(session, into), _joined(session, into), _read(session, into)
        target = merging.merge(session, viewer, numbers, into, now=now)
        after = _deadlines(session, into)
        sources = session.execute(
            select(Ticket.id, Ticket.subject).where(Ticket.id.in_(numbers)).order_by(Ticket.id)
        )
        found = Preview(
            into=target.id,
            subject=target.subject,
            sources=[(row.id, row.subject) for row in sources],
            messages=_read(session, into) - read,
            status=target.status,
            before=status,
            copies=copies.in_copy(session, target),
            unreached=[
                person.display_name
                for person in _joined(session, into)
                if person not in joined and person.email is None
            ],
            owed=[Owed(metric, at, due.get(metric)) for metric, at in after.items()],
        )
        session.rollback()
    return found


def _deadlines(session: Session, number: int) -> Deadlines:
    """Return what a ticket owes, the earliest of each metric."""
    session.flush()
    rows = session.execute(
        select(Target.metric, func.min(Target.due_at))
        .where(
            Target.ticket_id == number,
            Target.met_at.is_(None),
            Target.due_at.is_not(None),
        )
        .group_by(Target.metric)
        .order_by(func.min(Target.due_at))
    )
    return {metric: at for metric, at in rows if at is not None}


def _joined(session: Session, number: int) -> Sequence[Person]:
    joined = select(Participant.person_id).where(Participant.ticket_id == number)
    return session.scalars(select(Person).where(Person.id.in_(joined)).order_by(Person.id)).all()


def _read(session: Session, number: int) -> int:
    """Return how many messages are read on a ticket."""
    ticket = session.get(Ticket, number)
    there = merged.said_on(session, ticket) if ticket else false()
    return session.scalar(select(func.count()).select_from(Message).where(there)) or 0
