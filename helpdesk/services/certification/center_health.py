"""How a center fares: promises kept to it, complaints that are open, and what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from helpdesk.models import Call, Center, Person, Remittance, Target, Ticket, Visit
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.certification import remittances
from helpdesk.services.reports.judged import judged_kept, judged_missed

YEAR = timedelta(days=365)
MOST = 99


@dataclass(frozen=True, slots=True)
class Health:
    """Figures of the last 365 days, and of the moment; counts stop beyond ``MOST``.

    ``kept`` and ``missed`` are promises of a first reply that were judged.
    """

    kept: int
    missed: int
    open_tickets: int
    open_complaints: int
    tickets: int
    visits: int
    calls: int
    late_fees: int

    @property
    def judged(self) -> int:
        """Promises kept or missed."""
        return self.kept + self.missed


def of(session: Session, center: Center, *, today: date, now: datetime) -> Health:
    """Count how a center fares; each count looks at this center's rows alone."""
    since = now - YEAR
    theirs = (Ticket.center_id == center.id, Ticket.created_at >= since)
    judged = (
        select(
            func.count().filter(judged_kept(since, now)),
            func.count().filter(judged_missed(since, now, now)),
        )
        .select_from(Ticket)
        .join(Target, Target.ticket_id == Ticket.id)
        .where(Ticket.center_id == center.id)
    )
    kept, missed = session.execute(judged).one()
    active = (Ticket.center_id == center.id, Ticket.status.in_(ACTIVE))
    counts = (
        _capped(Ticket, *active),
        _capped(Ticket, *active, Ticket.request_type == "complaint"),
        _capped(Ticket, *theirs),
        _capped(Visit, Visit.center_id == center.id, Visit.created_at >= since),
        _calls(center, since),
        _capped(Remittance, Remittance.center_id == center.id, remittances.overdue(today)),
    )
    return Health(kept, missed, *session.execute(select(*counts)).one())  # in one question


def _capped(
    model: type[Ticket | Visit | Remittance], *which: ColumnElement[bool]
) -> ScalarSelect[int]:
    return _count(select(model.id).where(*which))


def _calls(center: Center, since: datetime) -> ScalarSelect[int]:
    return _count(
        select(Call.id)
        .join(Person, Person.id == Call.person_id)
        .where(Person.center_id == center.id, Call.arrived_at >= since)
    )


def _count(rows: Select[int]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.limit(MOST + 1).subquery()).scalar_subquery()
