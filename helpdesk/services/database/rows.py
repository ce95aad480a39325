"""Tickets and targets as plain values, for work by the thousand (``target_rows``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.models import Agent, Group, Target, Ticket


@dataclass(slots=True)
class TicketRow:
    """What clocks and notices ask of a ticket."""

    id: int
    status: str
    subject: str
    assignee: Agent | None = None
    group: Group | None = None


@dataclass(slots=True)
class TargetRow:
    """A target's row, its ticket, and what its fields were when it was read."""

    id: int
    ticket_id: int
    metric: str
    policy_id: int | None
    policy_version_id: int | None
    policy_name: str
    promise: dict[str, Any]
    calendar_version_id: int
    state: str
    provisional: bool
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    next_at: datetime | None
    warned_at: datetime | None
    risk_at: datetime | None
    paused_at: datetime | None
    paused_minutes: float
    met_at: datetime | None
    breached_at: datetime | None
    ticket: TicketRow
    before: Sequence[Any] = field(default=(), repr=False)


AnyTicket = Ticket | TicketRow
AnyTarget = Target | TargetRow
"""Clocks and notices ask the same of both."""
