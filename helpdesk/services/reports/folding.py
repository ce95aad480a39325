"""Keeping the sums: what changed is taken out as it was counted and put in as it is.

Triggers note every ticket that changed (``helpdesk.triggers``). A fold takes a batch
of them, and in one transaction replaces their facts, moves the sums by the difference
and forgets the notes. One process folds at a time; reports look at what was not folded
yet themselves, so nobody has to wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import PromiseFact, Tally, Ticket, TicketChange, TicketFact, TicketSum
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.hours import calendars
from helpdesk.services.reports import facts
from helpdesk.services.reports.counted import COUNTERS
from helpdesk.services.reports.facts import KEPT_DIMENSIONS, Fact, Move
from helpdesk.services.reports.judged import at_once_minutes

BATCH = 5000
SUMS = "ticket_sums"
SUMMED = (*COUNTERS, "entered", "left")
KEY = ("metric", "dimension", "grain", "day", "value")
Cell = tuple[str, str, str, date, str]
"""The ``KEY`` of a sum; the day is the first of its grain."""
Place = tuple[str, str]
"""Dimension and value."""

_ALL: Place = ("", "")
_NOTHING = dict.fromkeys(SUMMED, 0)
# past the mapper: it would cost more than the database
_SUMS, _FACTS, _PROMISES, _TALLIES = (
    cast("Table", model.__table__) for model in (TicketSum, TicketFact, PromiseFact, Tally)
)


def fold_all() -> int:
    """Fold until nothing is left; return how many changes that was."""
    folded = 0
    while number := fold():
        folded += number
    return folded


def fold() -> int:
    """Fold one batch; return how many changes were noted in it."""
    with reading() as session:
        if basis_holds(session) and session.scalar(select(TicketChange.id).limit(1)) is None:
            return 0
    with transaction() as session:
        _lock(session)
        if not basis_holds(session):
            _begin_anew(session)
        notes = session.execute(
            select(TicketChange.id, TicketChange.ticket_id).order_by(TicketChange.id).limit(BATCH)
        ).all()
        _count(session, {note.ticket_id for note in notes})
        ids = [note.id for note in notes]
        for start in range(0, len(ids), facts.CHUNK):
            chunk = ids[start : start + facts.CHUNK]
            session.execute(delete(TicketChange).where(TicketChange.id.in_(chunk)))
        session.execute(
            update(Tally).where(Tally.name == SUMS).values(through_id=Tally.through_id + 1)
        )
        return len(notes)


def basis_holds(session: Session) -> bool:
    """Say whether the sums were counted by the rules that hold now."""
    sums = session.scalar(select(Tally.sums).where(Tally.name == SUMS))
    return sums == _basis(session)


def version(session: Session) -> int:
    """Return how often was folded: between two looks with the same number nothing moved."""
    return session.scalar(select(Tally.through_id).where(Tally.name == SUMS)) or 0


def _basis(session: Session) -> dict[str, Any]:
    calendar = calendars.default(session)
    return {"zone": calendar.zone.key, "at_once": at_once_minutes()}


def _lock(session: Session) -> None:
    """Let one process fold at a time."""
    row = insert_into(session, _TALLIES).values(name=SUMS, through_id=0, sums={})
    session.execute(row.on_conflict_do_nothing())
    session.scalar(select(Tally.through_id).where(Tally.name == SUMS).with_for_update())


def _begin_anew(session: Session) -> None:
    """Forget every sum and note every ticket: days begin at another midnight now."""
    for table in (TicketSum, TicketFact, PromiseFact, TicketChange):
        session.execute(delete(table))
    session.execute(insert(TicketChange).from_select(["ticket_id"], select(Ticket.id)))
    session.execute(update(Tally).where(Tally.name == SUMS).values(sums=_basis(session)))


def _count(session: Session, ids: set[int]) -> None:
    calendar = calendars.default(session)
    before = facts.kept(session, ids)
    after = facts.read(session, ids, calendar.zone)
    moved = Moved()
    for number in ids:
        was, is_now = before.get(number), after.get(number)
        if was != is_now:
            if was is not None:
                moved.put(was, -1)
            if is_now is not None:
                moved.put(is_now, 1)
    _keep_sums(session, moved)
    _keep_facts(session, before, after)


@dataclass
class Moved:
    """By how much the sums move: by place, metric and day, what and how long it took."""

    counts: dict[Place, dict[Move, int]] = field(default_factory=dict)
    minutes: dict[Place, dict[tuple[str, date, int], int]] = field(default_factory=dict)

    def put(self, fact: Fact, sign: int) -> None:
        """Put a ticket in, or take it out."""
        moves, speeds = list(fact.moves()), list(fact.speeds())
        for place in _ALL, *((name, fact.value(name)) for name in KEPT_DIMENSIONS):
            counts = self.counts.get(place)
            if counts is None:
                counts = self.counts[place] = {}
                self.minutes[place] = {}
            for move in moves:
                counts[move] = counts.get(move, 0) + sign
            minutes = self.minutes[place]
            for speed in speeds:
                minutes[speed] = minutes.get(speed, 0) + sign

    def cells(self) -> dict[Cell, tuple[dict[str, int], dict[int, int]]]:
        """Return the same by the sums that are kept, those of days and those of months."""
        found: dict[Cell, tuple[dict[str, int], dict[int, int]]] = {}
        for (dimension, value), counts in self.counts.items():
            for (metric, day, name), number in counts.items():
                for cell in _cells(metric, dimension, value, day) if number else ():
                    by, _ = found.setdefault(cell, ({}, {}))
                    by[name] = by.get(name, 0) + number
            for (metric, day, minute), number in self.minutes[dimension, value].items():
                for cell in _cells(metric, dimension, value, day) if number else ():
                    _, took = found.setdefault(cell, ({}, {}))
                    took[minute] = took.get(minute, 0) + number
        return found


def _cells(metric: str, dimension: str, value: str, day: date) -> tuple[Cell, Cell]:
    month = day.replace(day=1)
    return (metric, dimension, "day", day, value), (metric, dimension, "month", month, value)


def _keep_sums(session: Session, moved: Moved) -> None:
    cells = moved.cells()
    known = _known(session, cells)
    rows = []
    for cell in sorted(cells):
        by, took = cells[cell]
        row: dict[str, Any] = known.get(cell) or {**_NOTHING, "minutes": {}}
        row |= zip(KEY, cell, strict=True)
        for name, number in by.items():
            row[name] += number
        if took:
            minutes = Counter({int(minute): number for minute, number in row["minutes"].items()})
            minutes.update(took)
            row["minutes"] = {str(m): n for m, n in sorted(minutes.items()) if n}
        rows.append(row)
    if rows:
        statement = insert_into(session, _SUMS)
        changed = {name: statement.excluded[name] for name in (*SUMMED, "minutes")}
        session.execute(statement.on_conflict_do_update(index_elements=KEY, set_=changed), rows)


def _known(session: Session, cells: Collection[Cell]) -> dict[Cell, Any]:
    found: dict[Cell, Any] = {}
    metrics = {cell[0] for cell in cells}
    for grain in ("day", "month"):
        days = sorted({cell[3] for cell in cells if cell[2] == grain})
        for start in range(0, len(days), facts.CHUNK):
            rows = session.execute(
                select(*_SUMS.columns).where(
                    TicketSum.metric.in_(metrics),
                    TicketSum.dimension.in_(("", *KEPT_DIMENSIONS)),
                    TicketSum.grain == grain,
                    TicketSum.day.in_(days[start : start + facts.CHUNK]),
                )
            )
            for row in rows:
                cell = (row.metric, row.dimension, row.grain, row.day, row.value)
                if cell in cells:
                    found[cell] = row._asdict()
    return found


def _keep_facts(session: Session, before: dict[int, Fact], after: dict[int, Fact]) -> None:
    gone = [number for number in before if number not in after]
    for start in range(0, len(gone), facts.CHUNK):
        chunk = gone[start : start + facts.CHUNK]
        session.execute(delete(TicketFact).where(TicketFact.ticket_id.in_(chunk)))
    rows = [fact.to_row() for number, fact in after.items() if before.get(number) != fact]
    if rows:
        statement = insert_into(session, _FACTS)
        columns = [column for column in _FACTS.columns if not column.primary_key]
        changed = {column: statement.excluded[column.name] for column in columns}
        session.execute(
            statement.on_conflict_do_update(index_elements=["ticket_id"], set_=changed),
            rows,
        )
    _keep_promises(session, before, after)


def _keep_promises(session: Session, before: dict[int, Fact], after: dict[int, Fact]) -> None:
    was, is_now = (
        {promised for fact in facts_of.values() for promised in fact.promises}
        for facts_of in (before, after)
    )
    gone = sorted(promised.target_id for promised in was - is_now)
    for start in range(0, len(gone), facts.CHUNK):
        chunk = gone[start : start + facts.CHUNK]
        session.execute(delete(PromiseFact).where(PromiseFact.target_id.in_(chunk)))
    rows = [asdict(promised) for promised in is_now - was]
    if rows:
        session.execute(insert(_PROMISES), rows)
