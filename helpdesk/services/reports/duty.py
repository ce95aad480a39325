"""Who is on duty against what falls due: the load of the coming hours, person by person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpdesk.models import Agent
from helpdesk.services.access import Viewer, require_manager
from helpdesk.services.reports import figures
from helpdesk.services.reports.figures import NOBODY, Figure, Nobody
from helpdesk.services.reports.grouping import HOLDER, count_tickets
from helpdesk.services.reports.work import agents_holding


@dataclass(frozen=True, slots=True)
class Duty:
    """What one agent holds, and what of it falls due; ``agent`` is None for nobody's tickets."""

    agent: Agent | None
    open: int
    overdue: int
    due: int

    @property
    def whose(self) -> int | Nobody:
        """What a figure's ``agent`` is for this row."""
        return self.agent.id if self.agent else NOBODY


def duties(session: Session, viewer: Viewer, until: datetime, *, now: datetime) -> list[Duty]:
    """Return a row for each agent at work or holding something, and one for nobody's tickets.

    ``due`` counts what falls due from now until an instant, which is excluded.
    """
    require_manager(viewer)
    columns = {
        name: count_tickets(session, viewer, HOLDER, figures.condition(figure, now=now))
        for name, figure in (
            ("open", Figure("open")),
            ("overdue", Figure("overdue")),
            ("due", Figure("due", now, until)),
        )
    }
    rows = []
    for agent in [*agents_holding(session, columns.values()), None]:
        key = agent.id if agent else None
        rows.append(Duty(agent, **{name: by.get(key, 0) for name, by in columns.items()}))
    return rows
