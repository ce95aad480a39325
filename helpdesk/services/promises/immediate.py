"""What can be answered at once (当即): an agent's mark, and the soft target that goes with it.

The service rules say that what can be solved at once is answered at once. That is told in
reports and beside the ticket; no clock runs for it, so it is never a breach.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.models import Ticket
from helpdesk.runtime import current_config
from helpdesk.services.access import Actor
from helpdesk.services.database.events import record
from helpdesk.services.promises.clock_log import calendar_of
from sla.metrics import FIRST_REPLY


@dataclass(frozen=True, slots=True)
class SoftTarget:
    """How an immediate ticket stands, in service minutes: ``used`` of those it should take."""

    minutes: int
    used: float
    answered: bool

    @property
    def kept(self) -> bool:
        """Whether it was, or still may be, answered at once."""
        return self.used <= self.minutes


def mark(session: Session, ticket: Ticket, *, immediate: bool, now: datetime, by: Actor) -> None:
    """Say whether the matter can be answered at once."""
    if ticket.immediate == immediate:
        return
    ticket.immediate = immediate
    ticket.updated_at = now
    data = {"from": not immediate, "to": immediate}
    record(session, "ticket.immediate", at=now, now=now, by=by, ticket=ticket, data=data)


def soft_target(session: Session, ticket: Ticket, *, now: datetime) -> SoftTarget | None:
    """Return how the first reply of an immediate ticket stands; None where there is none."""
    first = next((t for t in ticket.targets if t.metric == FIRST_REPLY), None)
    if not ticket.immediate or first is None or first.state == "cancelled":
        return None
    used = calendar_of(session, first).elapsed(first.started_at, first.met_at or now)
    return SoftTarget(current_config().at_once_minutes, used, first.met_at is not None)
