"""What a batch of arrivals remembers, so that it asks the database once for all of them.

Outside a batch nothing is remembered and every question is asked anew. A batch
is one short transaction, in which nobody changes policies, groups, calendars or mailboxes; a
page that only reads may be one as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import Session

_MEMORY = "memory"
Found = TypeVar("Found")
Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Memory:
    """Answers, and rows that wait.

    ``known`` are answers by question. ``rows`` and ``events`` wait to be written, and
    so do the ``texts`` to be indexed, by ticket, each once and in their order, and ``links``
    of missed calls to tickets.
    ``handed_over`` are rows that were written and that the session knows since.
    """

    known: dict[Hashable, Any] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)
    handed_over: list[Any] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    texts: dict[int, dict[str, None]] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def remembering(session: Session) -> Iterator[Memory]:
    """Remember what is found within the block; rows of one that fails were never there."""
    memory = session.info[_MEMORY] = Memory()
    try:
        yield memory
    except BaseException:
        for row in memory.handed_over:
            if row in session:
                session.expunge(row)
        raise
    finally:
        del session.info[_MEMORY]


def current(session: Session) -> Memory | None:
    """Return the batch's memory; None outside of one."""
    return session.info.get(_MEMORY)


def once(session: Session, question: Hashable, find: Callable[[], Found]) -> Found:
    """Return what ``find`` returns, which a batch asks only once."""
    memory = current(session)
    if memory is None:
        return find()
    if question not in memory.known:
        memory.known[question] = find()
    found: Found = memory.known[question]
    return found


def shared(session: Session, kind: Hashable, value: object, find: Callable[[], Found]) -> Found:
    """Return what ``find`` makes of a value that many rows share, which is known by identity."""
    memory = current(session)
    if memory is None:
        return find()
    key = kind, id(value)
    if key not in memory.known:
        memory.known[key] = value, find()  # the value stays, so that its identity stays its own
    found: Found = memory.known[key][1]
    return found


def each(
    session: Session,
    kind: str,
    keys: Collection[Key],
    find: Callable[[Collection[Key]], Mapping[Key, Found]],
) -> dict[Key, Found | None]:
    """Return what is known by each key, asking ``find`` for all that are new at once."""
    memory = current(session)
    known = memory.known if memory is not None else {}
    new = [key for key in keys if (kind, key) not in known]
    if new:
        found = find(new)
        known.update(((kind, key), found.get(key)) for key in new)
    return {key: known[kind, key] for key in keys}


def note(session: Session, kind: str, key: Hashable, value: object) -> None:
    """Let the rest of the batch know what has become true in it."""
    memory = current(session)
    if memory is not None:
        memory.known[kind, key] = value
