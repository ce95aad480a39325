"""A ticket as it counts: what it is, on which local days it counts, and what it moves.

A fact is read from the ticket, its targets and its reopenings; it is a function of
these alone. Sums are made of facts' moves, so that a ticket which
changed is taken out as it was and put in as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from helpdesk.models import PromiseFact, Reopening, Target, Ticket, TicketFact
from helpdesk.services.promises.settlements import OVER
from helpdesk.services.reports.dimensions import text_of
from helpdesk.services.reports.figures import NO_WORK
from helpdesk.services.reports.judged import at_once_minutes
from sla.metrics import FIRST_REPLY

KEPT_DIMENSIONS = ("channel", "topic", "request_type", "center", "agent", "group", "priority")
"""Those that facts carry; regions are made of centers."""
CHUNK = 500
Move = tuple[str, date, str]
"""A metric, a day, and the figure that one is added to; a ticket's own are the first reply's."""


@dataclass(frozen=True, slots=True)
class Promised:
    """One row of ``promise_fact``; see there."""

    target_id: int
    ticket_id: int
    metric: str
    judged_on: date | None
    done_on: date | None
    kept: bool
    minutes: int | None

    def moves(self) -> Iterator[Move]:
        """Yield what the promise adds one to, and on which day."""
        if self.judged_on is not None:
            yield self.metric, self.judged_on, "kept" if self.kept else "missed"
        if self.done_on is not None:
            yield self.metric, self.done_on, "replied"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of ``ticket_fact``, and the promises of other metrics than the first reply."""

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
    immediate: bool = False
    minutes: int | None = None
    gaps: tuple[tuple[str, str], ...] | None = None
    promises: tuple[Promised, ...] = ()

    def value(self, dimension: str) -> str:
        """Return what the ticket is in a dimension of ``KEPT_DIMENSIONS``."""
        found: str = getattr(self, dimension)
        return found

    def moves(self) -> Iterator[Move]:
        """Yield what the ticket adds one to: of which promise, on which day."""
        for promised in self.promises:
            yield from promised.moves()
        for day, name in self._own_moves():
            yield FIRST_REPLY, day, name

    def speeds(self) -> Iterator[tuple[str, date, int]]:
        """Yield how many service minutes each promise took that was done, and on which day."""
        if self.replied_on is not None and self.minutes is not None:
            yield FIRST_REPLY, self.replied_on, self.minutes
        for promised in self.promises:
            if promised.done_on is not None and promised.minutes is not None:
                yield promised.metric, promised.done_on, promised.minutes

    def _own_moves(self) -> Iterator[tuple[date, str]]:
        for day, name in (
            (self.came_on, "came"),
            (self.resolved_on, "resolved"),
            (self.judged_on, "kept" if self.kept else "missed"),
            (self.replied_on, "replied"),
            (self.replied_on if self.at_once else None, "at_once"),
            (self.replied_on if self.immediate else None, "immediate"),
            (self.replied_on if self.immediate and self.at_once else None, "prompt"),
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


_NAMES = tuple(field.name for field in fields(Fact) if field.name != "promises")
_PROMISED = tuple(field.name for field in fields(Promised))
_COLUMNS = {"group": "in_group"}


def kept(session: Session, ids: Collection[int]) -> dict[int, Fact]:
    """Return the facts that the sums are made of."""
    found: dict[int, Fact] = {}
    columns = [getattr(TicketFact, name).label(name) for name in _NAMES]
    promised = [getattr(PromiseFact, name) for name in _PROMISED]
    for chunk in _chunks(ids):
        mine = select(*promised).where(PromiseFact.ticket_id.in_(chunk))
        rows = session.execute(mine.order_by(PromiseFact.target_id))
        promises = _by_ticket(Promised(*row) for row in rows)
        for row in session.execute(select(*columns).where(TicketFact.ticket_id.in_(chunk))):
            values = row._asdict()
            gaps = values["gaps"]
            values["gaps"] = tuple((left, back) for left, back in gaps) if gaps else None
            found[row.ticket_id] = Fact(**values, promises=promises.get(row.ticket_id, ()))
    return found


def read(session: Session, ids: Collection[int], zone: ZoneInfo) -> dict[int, Fact]:
    """Return the facts as the tickets are now; one that was deleted has none."""
    found: dict[int, Fact] = {}
    for chunk in _chunks(ids):
        promises = _by_ticket(_promises(session, chunk, zone))
        gaps: dict[int, list[tuple[datetime, datetime]]] = {}
        for number, left, back in session.execute(
            select(Reopening.ticket_id, Reopening.resolved_at, Reopening.reopened_at)
            .where(Reopening.ticket_id.in_(chunk))
            .order_by(Reopening.id)
        ):
            gaps.setdefault(number, []).append((left, back))
        for row in session.execute(_tickets(chunk)):
            found[row.id] = _fact(row, gaps.get(row.id, ()), promises.get(row.id, ()), zone)
    return found


def _promises(session: Session, ids: Sequence[int], zone: ZoneInfo) -> Iterator[Promised]:
    """Yield the promises of other metrics that were judged or done."""
    rows = session.execute(
        select(
            Target.id,
            Target.ticket_id,
            Target.metric,
            Target.state,
            Target.due_at,
            Target.met_at,
            Target.service_minutes,
        )
        .where(Target.ticket_id.in_(ids), Target.metric != FIRST_REPLY)
        .order_by(Target.id)
    )
    for row in rows:
        judged_on, done_on, minutes = _judged(row, zone)
        if judged_on is not None or done_on is not None:
            kept = row.state == "met"
            yield Promised(
                row.id, row.ticket_id, row.metric, judged_on, done_on, kept, _whole(minutes)
            )


def _by_ticket(promises: Iterable[Promised]) -> dict[int, tuple[Promised, ...]]:
    found: dict[int, tuple[Promised, ...]] = {}
    for promised in promises:
        found[promised.ticket_id] = (*found.get(promised.ticket_id, ()), promised)
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
            Ticket.immediate,
            Target.state,
            Target.due_at,
            Target.met_at,
            Target.service_minutes,
        )
        .select_from(Ticket)
        .outerjoin(Target, first_reply)
        .where(Ticket.id.in_(ids))
    )


def _fact(
    row: Any,
    gaps: Sequence[tuple[datetime, datetime]],
    promises: tuple[Promised, ...],
    zone: ZoneInfo,
) -> Fact:
    def day(at: datetime | None) -> date | None:
        return at.astimezone(zone).date() if at is not None else None

    counts = row.status not in NO_WORK
    judged_on, replied_on, minutes = _judged(row, zone)
    return Fact(
        row.id,
        row.channel,
        text_of(row.topic),
        text_of(row.request_type),
        row.priority,
        text_of(row.center_id),
        text_of(row.assignee_id),
        text_of(row.group_id),
        came_on=day(row.created_at) if counts else None,
        resolved_on=day(row.resolved_at) if row.status in OVER else None,
        settled_on=day(row.settled_at) if counts else None,
        judged_on=judged_on,
        replied_on=replied_on,
        entered_on=day(row.created_at) if counts else None,
        left_on=day(row.resolved_at) if counts else None,
        kept=row.state == "met",
        at_once=minutes is not None and minutes <= at_once_minutes(),
        reopened=bool(gaps),
        one_touch=not gaps and row.reply_count == 1,
        immediate=row.immediate,
        minutes=_whole(minutes),
        gaps=tuple((str(day(left)), str(day(back))) for left, back in gaps)
        if gaps and counts
        else None,
        promises=promises,
    )


def _judged(row: Any, zone: ZoneInfo) -> tuple[date | None, date | None, float | None]:
    """Return when a target was judged and when it was done, and the service minutes it took."""
    given = row.state in ("met", "breached") and row.met_at is not None
    judged_at = {"met": row.met_at, "breached": row.due_at}.get(row.state)
    return (
        judged_at.astimezone(zone).date() if judged_at is not None else None,
        row.met_at.astimezone(zone).date() if given else None,
        row.service_minutes if given else None,
    )


def _whole(minutes: float | None) -> int | None:
    return None if minutes is None else int(minutes)


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
