"""What each figure counts: one condition on tickets, for the count and for the list.

First replies (1个工作日内首次回复), over a span of time:

- ``kept``: the first reply was given in the span, at or before its deadline.
- ``missed``: the deadline fell into the span and passed without a first reply,
  whether one came later or not. A deadline that passed a moment ago counts even
  if no worker has recorded the breach yet.
- ``judged``: both together. Each promise is judged exactly once: when it is kept
  or when it falls due unkept. What still runs, waits or was cancelled is not judged.
  *On time* is ``kept / judged``; without anything judged there is no rate.
- ``replied``: a first reply was given in the span, in time or late; ``at_once``:
  within ``at_once_minutes`` of service time (当即).
- ``immediate``: one of these on a ticket that an agent marked as immediately resolvable;
  ``prompt``: of those, the ones given at once.

The first four are told of every other metric as well (``Figure.metric``). A ticket may
have several promises of those, so they count promises: ``promise_figures`` lists them.

The desk as it stands now:

- ``open`` and ``waiting``: tickets in these states.
- ``overdue``: a promise is owed and its deadline has passed; ``owed``: a promise is
  owed and its deadline lies ahead; ``at_risk``: one of those, warned about already;
  ``due``: one of those, falling due within a span.

Coming and going, over a span: ``came`` (opened; spam and merged left out) and ``resolved``
(resolved or closed in the span and not reopened since); ``backlog``: open or waiting
at the end of the span, as its tickets' history tells (spam and merged left out).

How tickets were settled, over a span: ``settled`` (resolved or closed for the first
time in the span; spam and merged left out), and of these ``reopened`` (worked on again
at least once since) and ``one_touch`` (never reopened, and agents wrote one reply).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import NO_PROMISE, Reopening, Target, Ticket
from helpdesk.services.access import Viewer, require_manager, visible_tickets
from helpdesk.services.desk.queue import Listing
from helpdesk.services.reports import dimensions
from helpdesk.services.reports.dimensions import Part
from helpdesk.services.reports.judged import judged
from sla.metrics import FIRST_REPLY, METRICS

PAGE = 50
FIGURES = (
    "kept",
    "missed",
    "judged",
    "replied",
    "at_once",
    "immediate",
    "prompt",
    "open",
    "waiting",
    "overdue",
    "owed",
    "at_risk",
    "due",
    "came",
    "resolved",
    "backlog",
    "settled",
    "reopened",
    "one_touch",
)
PROMISED = ("kept", "missed", "judged", "replied")
"""What is told of every metric."""
NO_WORK = ("spam", "merged")
_STANDING = ("open", "waiting", "overdue", "owed", "at_risk")

Nobody = Literal["none"]
NOBODY: Nobody = "none"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, the time it speaks of (``end`` exclusive), whose tickets, and which promise.

    ``agent`` is the assignee's id, ``none`` for tickets that nobody holds, or
    None for everybody's. ``parts`` are the values of other dimensions that the
    tickets have. Figures of the present moment have no times.
    """

    name: str
    start: datetime | None = None
    end: datetime | None = None
    agent: int | Nobody | None = None
    parts: tuple[Part, ...] = ()
    metric: str = FIRST_REPLY

    def of(self, agent: int | Nobody) -> Figure:
        """Return the same figure for one agent's tickets."""
        return replace(self, agent=agent)

    def within(self, part: Part) -> Figure:
        """Return the same figure for the tickets that have a value of a dimension."""
        dimension, value = part
        if dimension == "agent":
            return self.of(int(value) if value else NOBODY)
        others = tuple(known for known in self.parts if known[0] != dimension)
        return replace(self, parts=(*others, part))

    def to_query(self) -> dict[str, str]:
        """Return the figure as parameters of an address."""
        query = {"figure": self.name}
        if self.start is not None and self.end is not None:
            query |= {"from": self.start.isoformat(), "to": self.end.isoformat()}
        if self.agent is not None:
            query["agent"] = str(self.agent)
        if self.metric != FIRST_REPLY:
            query["metric"] = self.metric
        return query | dict(self.parts)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Figure:
        """Read what ``to_query`` wrote; raise Refusal for anything else."""
        name, agent = query.get("figure", ""), query.get("agent") or None
        known = name in FIGURES and (agent in (None, NOBODY) or _is_id(agent))
        start, end = _instant(query.get("from")), _instant(query.get("to"))
        metric = query.get("metric", FIRST_REPLY)
        known = known and (metric == FIRST_REPLY or (metric in METRICS and name in PROMISED))
        if not known or (name not in _STANDING and (start is None or end is None)):
            raise Refusal("unknown_figure", lazy_gettext("There is no such figure."))
        parts = tuple(
            dimensions.checked(name, query[name])
            for name in dimensions.DIMENSIONS
            if name != "agent" and name in query
        )
        if agent is None or agent == NOBODY:
            return cls(name, start, end, NOBODY if agent else None, parts, metric)
        return cls(name, start, end, int(agent), parts, metric)


def count(session: Session, viewer: Viewer, figure: Figure, *, now: datetime) -> int:
    """Count the tickets behind a figure, exactly."""
    require_manager(viewer)
    statement = select(func.count()).select_from(Ticket)
    found = session.scalar(statement.where(visible_tickets(viewer), condition(figure, now=now)))
    return found or 0


def tickets_behind(
    session: Session,
    viewer: Viewer,
    figure: Figure,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE,
) -> Listing:
    """Return the tickets that a figure counts, newest first, and the token of the next page."""
    require_manager(viewer)
    statement = (
        select(Ticket)
        .where(visible_tickets(viewer), condition(figure, now=now))
        .options(
            joinedload(Ticket.requester),
            joinedload(Ticket.center),
            joinedload(Ticket.assignee),
            joinedload(Ticket.group),
            selectinload(Ticket.targets),
        )
        .order_by(Ticket.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        if not _is_id(after):
            raise Refusal("bad_page", lazy_gettext("This page link is broken; begin anew."))
        statement = statement.where(Ticket.id < int(after))
    rows = list(session.scalars(statement).unique())
    more = len(rows) > limit
    return Listing(rows[:limit], after=str(rows[limit - 1].id) if more else None)


def condition(figure: Figure, *, now: datetime) -> ColumnElement[bool]:
    """Return the tickets that a figure counts."""
    return and_(_which(figure, now), of_whom(figure))


def of_whom(figure: Figure) -> ColumnElement[bool]:
    """Return the tickets of whom a figure speaks."""
    if figure.agent is None:
        return having(figure.parts)
    whose = Ticket.assignee_id == figure.agent
    if figure.agent == NOBODY:
        whose = Ticket.assignee_id.is_(None)
    return and_(having(figure.parts), whose)


def having(parts: Sequence[Part]) -> ColumnElement[bool]:
    """Return the tickets that have all of these values."""
    return and_(true(), *map(dimensions.condition, parts))


def _which(figure: Figure, now: datetime) -> ColumnElement[bool]:
    if figure.name in _STANDING:
        return _stands(figure.name, now)
    if figure.start is None or figure.end is None or figure.name not in FIGURES:
        return false()
    start, end = figure.start, figure.end
    if figure.name == "due":
        return and_(Ticket.queue_at >= max(start, now), Ticket.queue_at < min(end, NO_PROMISE))
    if figure.name == "came":
        came = and_(Ticket.created_at >= start, Ticket.created_at < end)
        return and_(came, Ticket.status.not_in(NO_WORK))
    if figure.name == "resolved":
        over = Ticket.status.in_(("resolved", "closed"))
        return and_(over, Ticket.resolved_at >= start, Ticket.resolved_at < end)
    if figure.name == "backlog":
        return _open_at(end)
    if figure.name in ("settled", "reopened", "one_touch"):
        return _settled(figure.name, start, end)
    which = judged(figure.name, start, end, now, figure.metric)
    return Ticket.id.in_(select(Target.ticket_id).where(which))


def _open_at(instant: datetime) -> ColumnElement[bool]:
    left = exists().where(
        Reopening.ticket_id == Ticket.id,
        Reopening.resolved_at < instant,
        Reopening.reopened_at >= instant,
    )
    not_over = or_(Ticket.resolved_at.is_(None), Ticket.resolved_at >= instant)
    return and_(Ticket.created_at < instant, Ticket.status.not_in(NO_WORK), not_over, ~left)


def _settled(name: str, start: datetime, end: datetime) -> ColumnElement[bool]:
    settled = and_(
        Ticket.settled_at >= start, Ticket.settled_at < end, Ticket.status.not_in(NO_WORK)
    )
    again = exists().where(Reopening.ticket_id == Ticket.id)
    if name == "reopened":
        return and_(settled, again)
    return and_(settled, ~again, Ticket.reply_count == 1) if name == "one_touch" else settled


def _stands(name: str, now: datetime) -> ColumnElement[bool]:
    if name in ("open", "waiting"):
        return Ticket.status == name
    if name == "overdue":
        return Ticket.queue_at < now
    ahead = and_(Ticket.queue_at >= now, Ticket.queue_at < NO_PROMISE)
    return ahead if name == "owed" else and_(ahead, Ticket.at_risk)


def _is_id(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit() and len(text) <= 9


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that a form decoded
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
