"""Targets that a sweep or a change of a calendar moves by the thousand, past the session.

The session keeps track of each row and each of its fields, which costs several times what
the database needs. These rows have the fields that clocks and notices ask for; what was
changed in them is written many at a time, and the queue's order follows.
Whoever uses them holds their tickets (``clock_log.hold``) and knows that nobody else in the
same transaction works on these targets.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session, selectinload

from helpdesk.models import NO_PROMISE, Agent, Group, Target, Ticket
from helpdesk.models.base import UtcDateTime
from helpdesk.services.database import bulk_rows
from helpdesk.services.database.among import among
from helpdesk.services.database.events import write as write_events
from helpdesk.services.database.rows import TargetRow, TicketRow
from helpdesk.services.promises.clock_log import OWES_NOTHING

CHUNK = 2000


_TARGETS, _TICKETS = (cast("Table", model.__table__) for model in (Target, Ticket))
_FIELDS = tuple(name for name in TargetRow.__dataclass_fields__ if name not in ("ticket", "before"))
_FIXED, _PROMISE = 3, _FIELDS.index("promise")
_CHANGING = _FIELDS[_FIXED:]
_DECIDING = {"state", "due_at", "met_at", "warned_at", "warn_at"}
"""The columns of a target that its ticket's place in the queue follows from."""
_changing = attrgetter(*_CHANGING)
_READ = select(
    *(
        sql_cast(column, Text) if column.name == "promise" else column
        for column in (_TARGETS.c[name] for name in _FIELDS)
    ),
    *(_TICKETS.c[name] for name in ("status", "subject", "assignee_id", "group_id")),
).join_from(_TARGETS, _TICKETS, _TARGETS.c.ticket_id == _TICKETS.c.id)


def read(
    session: Session, ids: Collection[int], people: Mapping[str, Mapping[int, Any]] | None = None
) -> list[TargetRow]:
    """Return targets in the order in which they fall due.

    ``people`` are agents and groups by id (``people_of``), for who tells somebody. Targets
    that promise the same share one promise, which nobody changes in place.
    """
    session.flush()  # what the session has changed of them is read along
    agents, groups = (people or {}).get("agents", {}), (people or {}).get("groups", {})
    found: list[TargetRow] = []
    tickets: dict[int, TicketRow] = {}
    promises: dict[str, dict[str, Any]] = {}
    for chunk in _chunks(ids):
        rows = session.connection().execute(_READ.where(among(session, _TARGETS.c.id, chunk)))
        for *values, status, subject, assignee, group in rows.all():
            number, promise = values[1], values[_PROMISE]
            if number not in tickets:
                holders = agents.get(assignee), groups.get(group)
                tickets[number] = TicketRow(number, status, subject, *holders)
            if promise not in promises:
                promises[promise] = json.loads(promise)
            values[_PROMISE] = promises[promise]
            found.append(TargetRow(*(*values, tickets[number], tuple(values[_FIXED:]))))
    found.sort(key=_place)
    return found


def people_of(session: Session) -> Mapping[str, Mapping[int, Any]]:
    """Return all agents and groups by id: a desk has few, and many tickets name them."""
    agents = session.scalars(select(Agent)).all()
    groups = session.scalars(select(Group).options(selectinload(Group.agents))).all()
    return {"agents": {row.id: row for row in agents}, "groups": {row.id: row for row in groups}}


def write(session: Session, rows: Iterable[TargetRow]) -> None:
    """Write what changed, and let the tickets' places in the queue follow."""
    write_events(session)
    by_fields: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    moved: set[int] = set()
    # in the order of the indexes that change: far fewer pages of them are looked up
    for row in sorted(rows, key=_place):
        after = _changing(row)
        if after == row.before:
            continue
        new = {
            name: value
            for name, was, value in zip(_CHANGING, row.before, after, strict=True)
            if value is not was and value != was
        }
        by_fields.setdefault(tuple(new), []).append((*new.values(), row.id))
        if not new.keys().isdisjoint(_DECIDING):
            moved.add(row.ticket_id)
    for names, values in by_fields.items():
        bulk_rows.change(session.connection(), _TARGETS, names, values)
    order_queue(session, moved)


def order_queue(session: Session, numbers: Collection[int]) -> None:
    """Do for many tickets what ``clock_log.refresh_queue`` does for one."""
    moved: list[tuple[Any, ...]] = []
    for chunk in _chunks(numbers):
        rows = session.connection().execute(_PLACES.where(among(session, _TICKETS.c.id, chunk)))
        moved += [
            (queue_at, at_risk, number)
            for number, was_at, was_at_risk, queue_at, at_risk in rows.all()
            if (was_at, was_at_risk) != (queue_at, at_risk)
        ]
    moved.sort()
    bulk_rows.change(session.connection(), _TICKETS, ("queue_at", "at_risk"), moved)
    for known in session.identity_map.values():
        if isinstance(known, (Target, Ticket)):
            session.expire(known)


_LATE = _TARGETS.c.state == "breached"
_OWED: ColumnElement[bool] = and_(
    _TARGETS.c.ticket_id == _TICKETS.c.id,
    _TARGETS.c.due_at.is_not(None),
    or_(_TARGETS.c.state == "running", and_(_LATE, _TARGETS.c.met_at.is_(None))),
)
_RISK: ColumnElement[bool] = or_(
    _LATE, and_(_TARGETS.c.warned_at.is_not(None), _TARGETS.c.warn_at.is_(None))
)


_NOTHING = _TICKETS.c.status.in_(OWES_NOTHING)
_QUEUE_AT = select(func.min(_TARGETS.c.due_at)).where(_OWED).scalar_subquery()
_PLACES = select(
    _TICKETS.c.id,
    _TICKETS.c.queue_at,
    _TICKETS.c.at_risk,
    case(
        (_NOTHING, literal(NO_PROMISE, UtcDateTime)),
        else_=func.coalesce(_QUEUE_AT, literal(NO_PROMISE, UtcDateTime), type_=UtcDateTime),
    ).label("new_queue_at"),
    and_(~_NOTHING, select(_TARGETS.c.id).where(_OWED, _RISK).exists()).label("new_at_risk"),
)
"""Where tickets stand in the queue, and where they belong."""


def _place(row: TargetRow) -> tuple[datetime, int]:
    return row.due_at or NO_PROMISE, row.id


def _chunks(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
