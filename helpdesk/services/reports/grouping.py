"""Counting in groups: by steps of time, by agent; one query each, on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from helpdesk.models import Target, Ticket
from helpdesk.services.access import Viewer, visible_tickets

HOLDER: ColumnElement[int | None] = func.nullif(func.coalesce(Ticket.assignee_id, 0), 0)
"""Who holds a ticket. By the plain column SQLite groups along its index, which leads to every
ticket that there ever was, where a condition would have led to the few in hand."""


def step_of(
    session: Session, column: InstrumentedAttribute[Any], ends: Sequence[datetime]
) -> ColumnElement[int]:
    """Return how many steps, by their (exclusive) ends, are over at a column's instant.

    That is the index of the step it lies in. Databases disagree on how to cut instants into
    local days, and SQLite knows no time zones at all; comparing with the ends needs neither.
    They are one parameter: a statement with a branch for each is written anew for each number
    of steps, which takes longer than counting.
    """
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        return func.width_bucket(column, literal(list(ends), ARRAY(column.type)))
    write = column.type.dialect_impl(dialect).bind_processor(dialect)
    assert write is not None
    listed = func.json_each(json.dumps([write(end) for end in ends])).table_valued("value")
    over = select(listed.c.value).cte()
    counted = select(func.count()).select_from(over).where(over.c.value <= column)
    return counted.correlate(column.class_).scalar_subquery()


def count_tickets(
    session: Session, viewer: Viewer, group: ColumnElement[Any], which: ColumnElement[bool]
) -> dict[Any, int]:
    """Count the visible tickets that meet a condition, by group."""
    key = group.label("key")
    statement = (
        select(key, func.count())
        .select_from(Ticket)
        .where(visible_tickets(viewer), which)
        .group_by(key)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def count_targets(
    session: Session, viewer: Viewer, group: ColumnElement[Any], which: ColumnElement[bool]
) -> dict[Any, int]:
    """Count the targets of visible tickets that meet a condition, by group."""
    key = group.label("key")
    statement = (
        select(key, func.count())
        .select_from(Target)
        .join(Ticket, Target.ticket_id == Ticket.id)
        .where(visible_tickets(viewer), which)
        .group_by(key)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
