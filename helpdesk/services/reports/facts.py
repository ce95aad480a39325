"""A ticket as it counts: what it is, on which local days it counts, and what it moves.

A fact is read from the ticket, its first-reply target and its reopenings; it is a
function of these alone. Sums are made of facts' moves, so that a ticket which
changed is taken out as it was and put in as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from helpdesk.models import Reopening, Target, Ticket, TicketFact
from helpdesk.services.reports.dimensions import text_of
from helpdesk.services.reports.figures import AT_ONCE_MINUTES, NO_WORK
from helpdesk.services.settlements import OVER
from sla.metrics import FIRST_REPLY

KEPT_DIMENSIONS = ("channel", "topic", "request_type", "center", "agent", "group", "priority")
"""Those that facts carry; regions are made of centers."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of ``ticket_fact``; see there."""

    ticket_id: int
    channel: str
    topic: str
    request_type: str
    priority: str
    center: str
    agent: str
    group: str
    came_on: date | None = None
    resolved_on: date | None = None
    settled_on: date | None = None
    judged_on: date | None = None
    replied_on: date | None = None
    entered_on: date | None = None
    left_on: date | None = None
    kept: bool = False
    at_once: bool = False
    reopened: bool = False
    one_touch: bool = False
    minutes: int | None = None
    gaps: tuple[tuple[str, str], ...] | None = None

    def value(self, dimension: str) -> str:
        """Return what the ticket is in a dimension of ``KEPT_DIMENSIONS``."""
        found: str = getattr(self, dimension)
        return found

    def moves(self) -> Iterator[tuple[date, str]]:
        """Yield what the ticket adds one to, and on which day."""
        for day, name in (
            (self.came_on, "came"),
            (self.resolved_on, "resolved"),
            (self.judged_on, "kept" if self.kept else "missed"),
            (self.replied_on, "replied"),
            (self.replied_on if self.at_once else None, "at_once"),
            (self.settled_on, "settled"),
            (self.settled_on if self.reopened else None, "reopened"),
            (self.settled_on if self.one_touch else None, "one_touch"),
            (self.entered_on, "entered"),
            (self.left_on, "left"),
        ):
            if day is not None:
                yield day, name
        for left, came_back in self.gaps or ():
            yield date.fromisoformat(left), "left"
            yield date.fromisoformat(came_back), "entered"

    def to_row(self) -> dict[str, Any]:
        """Return the row's columns."""
        row = {_COLUMNS.get(name, name): getattr(self, name) for name in _NAMES}
        row["gaps"] = [list(gap) for gap in self.gaps] if self.gaps else None
        return row


_NAMES = tuple(field.name for field in fields(Fact))
_COLUMNS = {"group": "in_group"}


def kept(session: Session, ids: Collection[int]) -> dict[int, Fact]:
    """Return the facts that the sums are made of."""
    found: dict[int, Fact] = {}
    columns = [getattr(TicketFact, name).label(name) for name in _NAMES]
    for chunk in _chunks(ids):
        for row in session.execute(select(*columns).where(TicketFact.ticket_id.in_(chunk))):
            values = row._asdict()
            gaps = values["gaps"]
            values["gaps"] = tuple((left, back) for left, back in gaps) if gaps else None
            found[row.ticket_id] = Fact(**values)
    return found


def read(session: Session, ids: Collection[int], zone: ZoneInfo) -> dict[int, Fact]:
    """Return the facts as the tickets are now; one that was deleted has none."""
    found: dict[int, Fact] = {}
    for chunk in _chunks(ids):
        gaps: dict[int, list[tuple[datetime, datetime]]] = {}
        for number, left, back in session.execute(
            select(Reopening.ticket_id, Reopening.resolved_at, Reopening.reopened_at)
            .where(Reopening.ticket_id.in_(chunk))
            .order_by(Reopening.id)
        ):
            gaps.setdefault(number, []).append((left, back))
        for row in session.execute(_tickets(chunk)):
            found[row.id] = _fact(row, gaps.get(row.id, ()), zone)
    return found


def _tickets(ids: Sequence[int]) -> Any:
    first_reply = and_(Target.ticket_id == Ticket.id, Target.metric == FIRST_REPLY)
    return (
        select(
            Ticket.id,
            Ticket.status,
            Ticket.channel,
            Ticket.topic,
            Ticket.request_type,
            Ticket.priority,
            Ticket.center_id,
            Ticket.assignee_id,
            Ticket.group_id,
            Ticket.created_at,
            Ticket.resolved_at,
            Ticket.settled_at,
            Ticket.reply_count,
            Target.state,
            Target.due_at,
            Target.met_at,
            Target.service_minutes,
        )
        .select_from(Ticket)
        .outerjoin(Target, first_reply)
        .where(Ticket.id.in_(ids))
    )


def _fact(row: Any, gaps: Sequence[tuple[datetime, datetime]], zone: ZoneInfo) -> Fact:
    def day(at: datetime | None) -> date | None:
        return at.astimezone(zone).date() if at is not None else None

    counts = row.status not in NO_WORK
    given = row.state in ("met", "breached") and row.met_at is not None
    minutes = row.service_minutes if given else None
    judged_at = {"met": row.met_at, "breached": row.due_at}.get(row.state)
    return Fact(
        row.id,
        row.channel,
        text_of(row.topic),
        text_of(row.request_type),
        row.priority,
        text_of(row.center_id),
        text_of(row.assignee_id),
        text_of(row.group_id),
        came_on=day(row.created_at) if row.status != "spam" else None,
        resolved_on=day(row.resolved_at) if row.status in OVER else None,
        settled_on=day(row.settled_at) if counts else None,
        judged_on=day(judged_at),
        replied_on=day(row.met_at) if given else None,
        entered_on=day(row.created_at) if counts else None,
        left_on=day(row.resolved_at) if counts else None,
        kept=row.state == "met",
        at_once=minutes is not None and minutes <= AT_ONCE_MINUTES,
        reopened=bool(gaps),
        one_touch=not gaps and row.reply_count == 1,
        minutes=int(minutes) if minutes is not None else None,
        gaps=tuple((str(day(left)), str(day(back))) for left, back in gaps)
        if gaps and counts
        else None,
    )


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
