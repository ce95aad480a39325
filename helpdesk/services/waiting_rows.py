"""Rows that the rest of a batch asks nothing about: written many at a time, past the session.

Keeping track of each row costs the session more than the database needs to write it.
Outside a batch they are rows like all others.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, class_mapper

from helpdesk import row_ids
from helpdesk.models import Message, Outbox
from helpdesk.services import memory

IN_ORDER: tuple[type[Message | Outbox], ...] = (Message, Outbox)
"""A mail in the outbox names its message."""


def add(session: Session, row: Message | Outbox) -> None:
    """Add a row, which has its id from now on; a message's files need the session."""
    batch = memory.current(session)
    if batch is not None and not (isinstance(row, Message) and row.attachments):
        row_ids.give(session, row)
        batch.rows.append(row)
    else:
        row_ids.add(session, row)


def write(session: Session) -> None:
    """Write what waits, behind all that it names."""
    batch = memory.current(session)
    if batch is None:
        return
    for kind in IN_ORDER:
        rows = [_values(row) for row in batch.rows if type(row) is kind]
        if rows:
            # with the nulls written out all rows are one statement
            session.execute(insert(kind).execution_options(render_nulls=True), rows)
    batch.rows.clear()


def _values(row: Message | Outbox) -> dict[str, Any]:
    given = row.__dict__
    return {name: given.get(name, default) for name, default in _columns(type(row))}


@cache
def _columns(kind: type[Message | Outbox]) -> tuple[tuple[str, Any], ...]:
    """Return a table's attributes and what each is where nobody said."""
    found = []
    for attribute in class_mapper(kind).column_attrs:
        default = attribute.columns[0].default
        plain = default.arg if default is not None and default.is_scalar else None
        found.append((attribute.key, plain))
    return tuple(found)
