"""Rows that know their ids before they are written, so that many are written at once.

A message names its ticket, an event its message: with ids given by the database
every step would have to be written before the next. Inside a transaction that
writes, a row of ``EARLY`` gets its id when it is added to the session. PostgreSQL
gives them from the table's sequence; on SQLite, which has one writer at a time,
they go on from the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TypeVar

from sqlalchemy import Table, func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from helpdesk.models import (
    Address,
    AttachmentRecord,
    Base,
    Message,
    Outbox,
    Person,
    Target,
    Ticket,
)

EARLY: dict[type[Base], int] = {
    Ticket: 1,
    Address: 20,
    AttachmentRecord: 20,
    Message: 50,
    Outbox: 20,
    Person: 20,
    Target: 20,
}
"""How many ids are asked for first; ticket numbers are for people and leave no gaps."""
MOST = 500
"""A transaction that goes on adding rows asks for twice as many each time, up to this."""
EARLY_TYPES = (Ticket, Address, AttachmentRecord, Message, Outbox, Person, Target)
Early = TypeVar(
    "Early", bound=Ticket | Address | AttachmentRecord | Message | Outbox | Person | Target
)

_RESERVED = "row_ids"
_Reserved = dict[type[Base], tuple[Iterator[int], int]]
"""The ids that are left of each table's, and how many were asked for last."""


def begin(session: Session) -> None:
    """Give early ids in this session from now on."""
    session.info[_RESERVED] = {}


def end(session: Session) -> None:
    """Leave ids to the database again."""
    session.info.pop(_RESERVED, None)


def gives(session: Session) -> bool:
    """Tell whether rows get their ids early in this session now."""
    return _RESERVED in session.info


def add(session: Session, row: Early) -> Early:
    """Add a row and return it with its id known, wherever that comes from."""
    session.add(row)
    known: int | None = row.id
    if known is None:
        session.flush()
    return row


def give(session: Session, row: object) -> None:
    """Give a row its id as it is added; listens to ``transient_to_pending``."""
    reserved: _Reserved | None = session.info.get(_RESERVED)
    if reserved is None or type(row) not in EARLY or row.__dict__.get("id") is not None:
        return
    assert isinstance(row, EARLY_TYPES)
    kind = type(row)
    known, asked = reserved.get(kind, _NONE)
    number = next(known, None)
    if number is None:
        most = min(2 * asked, MOST) if asked and EARLY[kind] > 1 else EARLY[kind]
        known = _next_ids(session.connection(), kind, most)
        reserved[kind] = known, most
        number = next(known)
    row.id = number


def reserve(session: Session, kind: type[Base], most: int) -> None:
    """Ask at once for the ids of as many rows as are about to be added."""
    reserved: _Reserved | None = session.info.get(_RESERVED)
    if reserved is not None and kind not in reserved and most > 0:
        reserved[kind] = _next_ids(session.connection(), kind, most), most


def forget(session: Session, _transaction: object) -> None:
    """Ask SQLite again after a rollback; listens to ``after_soft_rollback``."""
    if _RESERVED in session.info:
        session.info[_RESERVED] = {}


def _next_ids(connection: Connection, kind: type[Base], most: int) -> Iterator[int]:
    table = kind.__table__
    assert isinstance(table, Table)
    if connection.dialect.name == "postgresql":
        ids = connection.execute(_NEXT, {"name": f"{table.name}_id_seq", "most": most})
        return iter(ids.scalars().all())
    last = connection.scalar(select(func.max(table.c.id))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        ever = connection.scalar(_LAST_EVER, {"name": table.name})
        last = max(last, ever or 0)
    return count(last + 1)


_NONE: tuple[Iterator[int], int] = iter(()), 0
_NEXT = text("SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :most)")
_LAST_EVER = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
