"""The queue: views, filters, pages by keyset, and counts that stop counting.

A page costs one index range however many tickets exist: every view orders by
columns of an index that ends in the ticket's number, and the next page begins
behind the last row shown.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import NO_PROMISE, Ticket
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import Viewer, visible_tickets

PAGE = 50
MOST_COUNTED = 99
"""Counts beside views stop here and read "99+": counting on would cost what exists."""
LOOKED_AT = 500
"""A count by filters looks at so many tickets of its view and at no more."""

STAFF_VIEWS = ("due", "first_reply", "mine", "unassigned", "open", "waiting", "resolved", "all")
CENTER_VIEWS = ("current", "all")
FILTER_COLUMNS = {
    "channel": "channel",
    "topic": "topic",
    "request_type": "request_type",
    "priority": "priority",
    "assignee": "assignee_id",
    "group": "group_id",
    "center": "center_id",
    "status": "status",
}
FILTERS = tuple(FILTER_COLUMNS)
LONGEST_FILTER = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of tickets and the tokens of its neighbours."""

    tickets: Sequence[Ticket]
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a view is sorted by; ``descending`` for the newest first."""

    column: Any
    descending: bool = False


BREAKS_FIRST = Order(Ticket.queue_at)
NEWEST_CHANGE = Order(Ticket.updated_at, descending=True)


@dataclass(frozen=True, slots=True)
class View:
    """Which tickets, in which order."""

    name: str
    condition: ColumnElement[bool]
    order: Order = BREAKS_FIRST


def view(viewer: Viewer, name: str) -> View:
    """Return a view as this viewer means it; raise Refusal for an unknown one."""
    if name not in (STAFF_VIEWS if viewer.is_staff else CENTER_VIEWS):
        raise Refusal("unknown_view", lazy_gettext("There is no such view."))
    return _VIEWS[name](name, viewer)


def page(
    session: Session,
    viewer: Viewer,
    name: str,
    *,
    filters: Mapping[str, str] | None = None,
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> Listing:
    """Return one page of a view, the next behind ``after`` or the one ahead of ``before``."""
    chosen = view(viewer, name)
    statement = (
        select(Ticket)
        .where(visible_tickets(viewer), chosen.condition, *_filtered(filters or {}, Ticket))
        .options(
            joinedload(Ticket.requester),
            joinedload(Ticket.center),
            joinedload(Ticket.assignee),
            joinedload(Ticket.group),
            selectinload(Ticket.targets),
        )
    )
    backwards = before is not None
    token = before if backwards else after
    statement = _keyset(statement, chosen.order, token, backwards=backwards).limit(limit + 1)
    rows = list(session.scalars(statement).unique())
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    ahead, behind = (more, True) if backwards else (after is not None, more)
    return Listing(
        rows,
        after=_token(chosen.order, rows[-1]) if rows and behind else None,
        before=_token(chosen.order, rows[0]) if rows and ahead else None,
    )


def counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """Count each view up to one more than ``MOST_COUNTED``."""
    names = ("due", "first_reply", "mine", "unassigned", "open", "waiting")
    shown = names if viewer.is_staff else ("current",)
    counted = session.execute(select(*(_count(viewer, name) for name in shown))).one()
    return dict(zip(shown, counted, strict=True))


def check(viewer: Viewer, name: str, filters: Mapping[str, str]) -> None:
    """Raise Refusal for a view or a filter that does not exist."""
    view(viewer, name)
    _filtered(filters, Ticket)
    if any(len(value) > LONGEST_FILTER or not value.isprintable() for value in filters.values()):
        raise _broken_filter()


def count_filtered(
    session: Session, viewer: Viewer, views: Sequence[tuple[str, Mapping[str, str]]]
) -> list[tuple[int, bool]]:
    """Count in the first ``LOOKED_AT`` tickets of each view those that its filters leave.

    Says for each whether there are more that were not looked at.
    """
    wanted: list[ScalarSelect[int]] = []
    for name, filters in views:
        chosen = view(viewer, name)
        order = chosen.order.column.desc() if chosen.order.descending else chosen.order.column
        first = (
            select(*(getattr(Ticket, column) for column in FILTER_COLUMNS.values()))
            .where(visible_tickets(viewer), chosen.condition)
            .order_by(order)
            .limit(LOOKED_AT)
            .subquery()
        )
        fitting = select(func.count()).select_from(first).where(*_filtered(filters, first.c))
        wanted += [fitting.scalar_subquery(), _number_of(first)]
    if not wanted:
        return []
    found = session.execute(select(*wanted)).one()
    return [(fits, seen >= LOOKED_AT) for fits, seen in zip(found[::2], found[1::2], strict=True)]


def _number_of(rows: Subquery) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows).scalar_subquery()


def _count(viewer: Viewer, name: str) -> ScalarSelect[int]:
    some = (
        select(Ticket.id)
        .where(visible_tickets(viewer), view(viewer, name).condition)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return _number_of(some)


def _due(name: str, _viewer: Viewer) -> View:
    # at risk once its first warning has gone out, and overdue
    return View(name, Ticket.at_risk == true())


def _first_reply(name: str, _viewer: Viewer) -> View:
    return View(name, Ticket.queue_at < NO_PROMISE)


def _mine(name: str, viewer: Viewer) -> View:
    return View(name, and_(Ticket.assignee_id == viewer.agent_id, Ticket.status == "open"))


def _unassigned(name: str, _viewer: Viewer) -> View:
    return View(name, and_(Ticket.assignee_id.is_(None), Ticket.status == "open"))


def _open(name: str, _viewer: Viewer) -> View:
    return View(name, Ticket.status == "open")


def _waiting(name: str, _viewer: Viewer) -> View:
    return View(name, Ticket.status == "waiting")


def _resolved(name: str, _viewer: Viewer) -> View:
    return View(name, Ticket.status == "resolved", NEWEST_CHANGE)


def _all(name: str, _viewer: Viewer) -> View:
    return View(name, Ticket.id > 0, Order(Ticket.id, descending=True))


def _current(name: str, _viewer: Viewer) -> View:
    return View(name, Ticket.status.in_(ACTIVE), Order(Ticket.id, descending=True))


_VIEWS = {
    "due": _due,
    "first_reply": _first_reply,
    "mine": _mine,
    "unassigned": _unassigned,
    "open": _open,
    "waiting": _waiting,
    "resolved": _resolved,
    "all": _all,
    "current": _current,
}


def _filtered(filters: Mapping[str, str], rows: Any) -> list[ColumnElement[bool]]:
    """Turn filters into conditions on rows of tickets; an impossible value is refused."""
    conditions: list[ColumnElement[bool]] = []
    for name, value in filters.items():
        if not value or name not in FILTERS:
            continue
        column = getattr(rows, FILTER_COLUMNS[name])
        if not FILTER_COLUMNS[name].endswith("_id"):
            conditions.append(column == value)
        else:
            conditions.append(column.is_(None) if value == "none" else column == _number(value))
    return conditions


def _keyset(
    statement: Select[Ticket], order: Order, token: str | None, *, backwards: bool
) -> Select[Ticket]:
    down = order.descending != backwards
    columns = [order.column, Ticket.id] if order.column is not Ticket.id else [Ticket.id]
    if token is not None:
        value, number = _read(token)
        if len(columns) == 1:
            behind = Ticket.id < number if down else Ticket.id > number
        else:
            key, last = order.column, value
            behind = (
                or_(key < last, and_(key == last, Ticket.id < number))
                if down
                else or_(key > last, and_(key == last, Ticket.id > number))
            )
            # the plain bound lets the database begin its index scan there
            behind = and_(key <= last if down else key >= last, behind)
        statement = statement.where(behind)
    return statement.order_by(*(c.desc() if down else c.asc() for c in columns))


def _token(order: Order, ticket: Ticket) -> str:
    value = getattr(ticket, order.column.key)
    text = value.isoformat() if isinstance(value, datetime) else None
    return base64.urlsafe_b64encode(json.dumps([text, ticket.id]).encode()).decode().rstrip("=")


def _read(token: str) -> tuple[datetime, int]:
    try:
        text, number = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC), int(
            number
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise Refusal("bad_page", lazy_gettext("This page link is broken; begin anew.")) from error


def _number(value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise _broken_filter()
    return int(value)


def _broken_filter() -> Refusal:
    return Refusal("bad_filter", lazy_gettext("This filter is broken; choose it again."))
