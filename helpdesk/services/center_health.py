"""How a center fares: promises kept to it, complaints that are open, and what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Call, Center, Person, Remittance, Target, Ticket, Visit
from helpdesk.models.ticket import ACTIVE
from helpdesk.services import remittances
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
    return Health(
        kept,
        missed,
        _capped(session, Ticket, *active),
        _capped(session, Ticket, *active, Ticket.request_type == "complaint"),
        _capped(session, Ticket, *theirs),
        _capped(session, Visit, Visit.center_id == center.id, Visit.created_at >= since),
        _calls(session, center, since),
        _capped(session, Remittance, Remittance.center_id == center.id, remittances.overdue(today)),
    )


def _capped(session: Session, model: type[Ticket | Visit | Remittance], *which: object) -> int:
    rows = select(model.id).where(*which).limit(MOST + 1).subquery()  # type: ignore[arg-type]
    return session.scalar(select(func.count()).select_from(rows)) or 0


def _calls(session: Session, center: Center, since: datetime) -> int:
    rows = (
        select(Call.id)
        .join(Person, Person.id == Call.person_id)
        .where(Person.center_id == center.id, Call.arrived_at >= since)
        .limit(MOST + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(rows)) or 0
