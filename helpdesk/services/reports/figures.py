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
  within ``AT_ONCE_MINUTES`` service minutes (当即).

The desk as it stands now:

- ``open`` and ``waiting``: tickets in these states.
- ``overdue``: a promise is owed and its deadline has passed; ``owed``: a promise is
  owed and its deadline lies ahead; ``at_risk``: one of those, warned about already;
  ``due``: one of those, falling due within a span.

Coming and going, over a span: ``came`` (opened, spam left out) and ``resolved``
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
from helpdesk.services.queue import Listing
from helpdesk.services.reports import dimensions
from helpdesk.services.reports.dimensions import Part
from sla.metrics import FIRST_REPLY

AT_ONCE_MINUTES = 15.0
PAGE = 50
FIGURES = (
    "kept",
    "missed",
    "judged",
    "replied",
    "at_once",
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
NO_WORK = ("spam", "merged")
_STANDING = ("open", "waiting", "overdue", "owed", "at_risk")

Nobody = Literal["none"]
NOBODY: Nobody = "none"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, the time it speaks of (``end`` exclusive), and whose tickets.

    ``agent`` is the assignee's id, ``none`` for tickets that nobody holds, or
    None for everybody's. ``parts`` are the values of other dimensions that the
    tickets have. Figures of the present moment have no times.
    """

    name: str
    start: datetime | None = None
    end: datetime | None = None
    agent: int | Nobody | None = None
    parts: tuple[Part, ...] = ()

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
        return query | dict(self.parts)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Figure:
        """Read what ``to_query`` wrote; raise Refusal for anything else."""
        name, agent = query.get("figure", ""), query.get("agent") or None
        known = name in FIGURES and (agent in (None, NOBODY) or _is_id(agent))
        start, end = _instant(query.get("from")), _instant(query.get("to"))
        if not known or (name not in _STANDING and (start is None or end is None)):
            raise Refusal("unknown_figure", lazy_gettext("There is no such figure."))
        parts = tuple(
            dimensions.checked(name, query[name])
            for name in dimensions.DIMENSIONS
            if name != "agent" and name in query
        )
        if agent is None or agent == NOBODY:
            return cls(name, start, end, NOBODY if agent else None, parts)
        return cls(name, start, end, int(agent), parts)


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
    whose: ColumnElement[bool] | None = None
    if figure.agent == NOBODY:
        whose = Ticket.assignee_id.is_(None)
    elif figure.agent is not None:
        whose = Ticket.assignee_id == figure.agent
    which = and_(_which(figure, now), having(figure.parts))
    return which if whose is None else and_(which, whose)


def having(parts: Sequence[Part]) -> ColumnElement[bool]:
    """Return the tickets that have all of these values."""
    return and_(true(), *map(dimensions.condition, parts))


def judged_kept(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Return the first-reply targets kept in a span."""
    return and_(
        Target.metric == FIRST_REPLY,
        Target.state == "met",
        Target.met_at >= start,
        Target.met_at < end,
    )


def judged_missed(start: datetime, end: datetime, now: datetime) -> ColumnElement[bool]:
    """Return the first-reply targets missed in a span; a breach is dated to its deadline."""
    return and_(
        Target.metric == FIRST_REPLY,
        Target.state.in_(("breached", "running")),
        Target.due_at >= start,
        Target.due_at < min(end, now),
    )


def replied(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Return the first-reply targets whose reply was given in a span, in time or late."""
    return and_(
        Target.metric == FIRST_REPLY,
        Target.state.in_(("met", "breached")),
        Target.met_at >= start,
        Target.met_at < end,
    )


def _which(figure: Figure, now: datetime) -> ColumnElement[bool]:
    if figure.name in _STANDING:
        return _stands(figure.name, now)
    if figure.start is None or figure.end is None or figure.name not in FIGURES:
        return false()
    start, end = figure.start, figure.end
    if figure.name == "due":
        return and_(Ticket.queue_at >= max(start, now), Ticket.queue_at < min(end, NO_PROMISE))
    if figure.name == "came":
        return and_(Ticket.created_at >= start, Ticket.created_at < end, Ticket.status != "spam")
    if figure.name == "resolved":
        over = Ticket.status.in_(("resolved", "closed"))
        return and_(over, Ticket.resolved_at >= start, Ticket.resolved_at < end)
    if figure.name == "backlog":
        return _open_at(end)
    if figure.name in ("settled", "reopened", "one_touch"):
        return _settled(figure.name, start, end)
    return Ticket.id.in_(select(Target.ticket_id).where(judged(figure.name, start, end, now)))


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


def judged(name: str, start: datetime, end: datetime, now: datetime) -> ColumnElement[bool]:
    """Return the first-reply targets that one of the figures of first replies counts."""
    if name == "kept":
        return judged_kept(start, end)
    if name == "missed":
        return judged_missed(start, end, now)
    if name == "judged":
        return or_(judged_kept(start, end), judged_missed(start, end, now))
    given = replied(start, end)
    return and_(given, Target.service_minutes <= AT_ONCE_MINUTES) if name == "at_once" else given


def _stands(name: str, now: datetime) -> ColumnElement[bool]:
    if name in ("open", "waiting"):
        return Ticket.status == name
    if name == "overdue":
        return Ticket.queue_at < now
    ahead = and_(Ticket.queue_at >= now, Ticket.queue_at < NO_PROMISE)
    if name == "owed":
        return ahead
    warned = Ticket.targets.any(
        and_(Target.state == "running", Target.warned_at.is_not(None), Target.warn_at.is_(None))
    )
    return and_(ahead, warned)


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
