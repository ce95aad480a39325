"""Counting in groups: by steps of time, by agent; one query each, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from helpdesk.models import Target, Ticket
from helpdesk.services.access import Viewer, visible_tickets


def step_of(column: Any, ends: Sequence[datetime]) -> ColumnElement[int]:
    """Return the index of the first step whose (exclusive) end lies after the column.

    Databases disagree on how to cut instants into local days, and SQLite knows
    no time zones at all; comparing with the ends needs neither.
    """
    branches = [(column < end, literal(index)) for index, end in enumerate(ends)]
    return case(*branches, else_=literal(len(ends)))


def count_tickets(
    session: Session, viewer: Viewer, group: ColumnElement[Any], which: ColumnElement[bool]
) -> dict[Any, int]:
    """Count the visible tickets that meet a condition, by group."""
    key = group.label("key")
    statement = select(key, func.count()).where(visible_tickets(viewer), which).group_by(key)
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
