"""Targets that a sweep or a change of a calendar moves by the thousand, past the session.

The session keeps track of each row and each of its fields, which costs several times what
the database needs. These rows have the fields that clocks and notices ask for; what was
changed in them is written many at a time, and the queue's order follows by one statement.
Whoever uses them holds their tickets (``clock_log.hold``) and knows that nobody else in the
same transaction works on these targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, selectinload

from helpdesk.models import NO_PROMISE, Agent, Group, Target, Ticket
from helpdesk.services.clock_log import OWES_NOTHING
from helpdesk.services.events import write as write_events
from helpdesk.services.rows import TargetRow, TicketRow

CHUNK = 2000


_TARGETS, _TICKETS = (cast("Table", model.__table__) for model in (Target, Ticket))
_FIELDS = tuple(name for name in TargetRow.__dataclass_fields__ if name not in ("ticket", "before"))
_CHANGING = _FIELDS[3:]


def read(
    session: Session, ids: Collection[int], people: Mapping[str, Mapping[int, Any]] | None = None
) -> list[TargetRow]:
    """Return targets in the order in which they fall due.

    ``people`` are agents and groups by id (``people_of``), for who tells somebody.
    """
    session.flush()  # what the session has changed of them is read along
    agents, groups = (people or {}).get("agents", {}), (people or {}).get("groups", {})
    columns = [_TARGETS.c[name] for name in _FIELDS]
    ticket = [_TICKETS.c[name] for name in ("status", "subject", "assignee_id", "group_id")]
    found: list[TargetRow] = []
    tickets: dict[int, TicketRow] = {}
    for chunk in _chunks(ids):
        rows = session.execute(
            select(*columns, *ticket)
            .join_from(_TARGETS, _TICKETS, _TARGETS.c.ticket_id == _TICKETS.c.id)
            .where(_TARGETS.c.id.in_(chunk))
        )
        for *values, status, subject, assignee, group in rows:
            number = values[1]
            if number not in tickets:
                holders = agents.get(assignee), groups.get(group)
                tickets[number] = TicketRow(number, status, subject, *holders)
            found.append(TargetRow(*(*values, tickets[number], values[3:])))
    found.sort(key=lambda row: (row.due_at or NO_PROMISE, row.id))
    return found


def people_of(session: Session) -> Mapping[str, Mapping[int, Any]]:
    """Return all agents and groups by id: a desk has few, and many tickets name them."""
    agents = session.scalars(select(Agent)).all()
    groups = session.scalars(select(Group).options(selectinload(Group.agents))).all()
    return {"agents": {row.id: row for row in agents}, "groups": {row.id: row for row in groups}}


def write(session: Session, rows: Iterable[TargetRow]) -> None:
    """Write what changed, and let the tickets' places in the queue follow."""
    rows = list(rows)
    write_events(session)
    by_fields: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        changed = {
            name: value
            for name, was in zip(_CHANGING, row.before, strict=True)
            if (value := getattr(row, name)) != was
        }
        if changed:
            by_fields.setdefault(tuple(changed), []).append({"which": row.id, **changed})
    for names, values in by_fields.items():
        statement = update(_TARGETS).where(_TARGETS.c.id == bindparam("which"))
        session.connection().execute(
            statement.values({name: bindparam(name) for name in names}), values
        )
    order_queue(session, {row.ticket_id for row in rows})


def order_queue(session: Session, numbers: Collection[int]) -> None:
    """Do for many tickets what ``clock_log.refresh_queue`` does for one."""
    queue_at = select(func.min(_TARGETS.c.due_at)).where(_OWED).scalar_subquery()
    at_risk = select(_TARGETS.c.id).where(_OWED, _RISK).exists()
    nothing = _TICKETS.c.status.in_(OWES_NOTHING)
    values = {
        "queue_at": case((nothing, literal(NO_PROMISE)), else_=func.coalesce(queue_at, NO_PROMISE)),
        "at_risk": and_(~nothing, at_risk),
    }
    for chunk in _chunks(numbers):
        session.connection().execute(
            update(_TICKETS).where(_TICKETS.c.id.in_(chunk)).values(values)
        )
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


def _chunks(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
