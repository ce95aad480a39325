"""New rows of a batch, written many at a time and past the session.

Keeping track of each row costs the session more than the database needs to write it.
Outside a batch they are rows like all others. A row that others look for or go on to
change (``KNOWN``) is the session's own from when it was written: a flush begins with
writing what waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.orm import InstanceState, Session, class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state

from helpdesk import row_ids
from helpdesk.extensions import FLUSH_BEGINS_WITH
from helpdesk.models import Address, AttachmentRecord, Message, Outbox, Person, Target, Ticket
from helpdesk.services.database import bulk_rows, memory

IN_ORDER = (Person, Address, Ticket, Target, Message, AttachmentRecord, Outbox)
"""What a row names is written before it."""
KNOWN = (Person, Address, Ticket, Target)
Row = Person | Address | Ticket | Target | Message | AttachmentRecord | Outbox
AnyRow = TypeVar(
    "AnyRow", bound=Person | Address | Ticket | Target | Message | AttachmentRecord | Outbox
)


def make(session: Session, kind: type[AnyRow], /, **values: Any) -> AnyRow:
    """Make a row that is going to be added.

    In a batch nobody keeps track of what is set on it: all of it is written in any case.
    """
    if memory.current(session) is None or not row_ids.gives(session):
        return kind(**values)
    row: AnyRow = class_mapper(kind).class_manager.new_instance()
    row.__dict__.update(values)
    return row


def add(session: Session, row: AnyRow) -> AnyRow:
    """Add a row, a message with its files or a person with their addresses, and return it.

    It has its id from now on. What it belongs to is named by id too: only the session
    follows relationships.
    """
    batch = memory.current(session)
    if batch is None or not _state(row).transient or not row_ids.gives(session):
        return row_ids.add(session, row)
    row_ids.give(session, row)
    batch.rows.append(row)
    for part in _parts(row):
        add(session, part)
    if isinstance(row, KNOWN):
        session.info[FLUSH_BEGINS_WITH] = write
    return row


def waits(row: Row) -> bool:
    """Tell a row that the database does not have yet."""
    return not _state(row).has_identity


def write(session: Session, *, for_good: bool = False) -> None:
    """Write what waits, behind all that it names.

    ``for_good``: nobody in the batch is going to look at the rows again.
    """
    session.info.pop(FLUSH_BEGINS_WITH, None)
    batch = memory.current(session)
    if batch is None or not batch.rows:
        return
    rows, batch.rows = batch.rows, []
    for kind in IN_ORDER:
        columns = _columns(kind)
        values = [_values(row, columns) for row in rows if type(row) is kind]
        bulk_rows.write(session.connection(), _table(kind), [name for name, _ in columns], values)
    if not for_good:
        _hand_over(session, batch, [row for row in rows if isinstance(row, KNOWN)])


def _hand_over(session: Session, batch: memory.Memory, rows: Sequence[Row]) -> None:
    """Let the session know rows as if it had read them."""
    for row in rows:
        make_transient_to_detached(row)
    session.add_all(rows)
    batch.handed_over += rows


def _parts(row: Row) -> Iterator[Row]:
    if isinstance(row, Message):
        for file in row.__dict__.get("attachments", ()):  # asking would make a list of nothing
            file.message_id = row.id
            yield file
    elif isinstance(row, Person):
        for address in row.__dict__.get("addresses", ()):
            address.person_id = row.id
            yield address


def _values(row: Row, columns: Iterable[tuple[str, Any]]) -> list[Any]:
    given = row.__dict__
    return [given.get(name, default) for name, default in columns]


def _state(row: Row) -> InstanceState[Any]:
    return instance_state(row)


def _table(kind: type[Row]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table


@cache
def _columns(kind: type[Row]) -> tuple[tuple[str, Any], ...]:
    """Return a table's attributes and what each is where nobody said."""
    return tuple(
        (attribute.key, _default(attribute.columns[0].default))
        for attribute in class_mapper(kind).column_attrs
    )


def _default(default: Any) -> Any:
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg
