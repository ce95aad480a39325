"""Keeping the sums: what changed is taken out as it was counted and put in as it is.

Triggers note every ticket that changed (``helpdesk.triggers``). A fold takes a batch
of them, and in one transaction replaces their facts, moves the sums by the difference
and forgets the notes. One process folds at a time; reports look at what was not folded
yet themselves, so nobody has to wait for it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import Tally, Ticket, TicketChange, TicketFact, TicketSum
from helpdesk.services import calendars
from helpdesk.services.reports import facts
from helpdesk.services.reports.facts import KEPT_DIMENSIONS, Fact
from helpdesk.services.reports.figures import AT_ONCE_MINUTES

BATCH = 2000
SUMS = "ticket_sums"
SUMMED = (
    "came",
    "resolved",
    "kept",
    "missed",
    "replied",
    "at_once",
    "settled",
    "reopened",
    "one_touch",
    "entered",
    "left",
)
Cell = tuple[str, str, date, str]
"""Dimension, grain, first day, value: the key of a sum."""


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
    _, calendar = calendars.default_version(session)
    return {"zone": calendar.zone.key, "at_once": AT_ONCE_MINUTES}


def _lock(session: Session) -> None:
    """Let one process fold at a time."""
    row = _upsert(session, Tally).values(name=SUMS, through_id=0, sums={})
    session.execute(row.on_conflict_do_nothing())
    session.scalar(select(Tally.through_id).where(Tally.name == SUMS).with_for_update())


def _begin_anew(session: Session) -> None:
    """Forget every sum and note every ticket: days begin at another midnight now."""
    for table in (TicketSum, TicketFact, TicketChange):
        session.execute(delete(table))
    session.execute(insert(TicketChange).from_select(["ticket_id"], select(Ticket.id)))
    session.execute(update(Tally).where(Tally.name == SUMS).values(sums=_basis(session)))


def _count(session: Session, ids: set[int]) -> None:
    _, calendar = calendars.default_version(session)
    before = facts.kept(session, ids)
    after = facts.read(session, ids, calendar.zone)
    sums: dict[Cell, Counter[str]] = {}
    speeds: dict[Cell, Counter[int]] = {}
    for number in ids:
        was, is_now = before.get(number), after.get(number)
        if was == is_now:
            continue
        for fact, sign in ((was, -1), (is_now, 1)):
            if fact is not None:
                _move(sums, speeds, fact, sign)
    _keep_sums(session, sums, speeds)
    _keep_facts(session, before, after)


def _move(
    sums: dict[Cell, Counter[str]], speeds: dict[Cell, Counter[int]], fact: Fact, sign: int
) -> None:
    places = [("", ""), *((name, fact.value(name)) for name in KEPT_DIMENSIONS)]
    for day, name in fact.moves():
        for grain, begin in (("day", day), ("month", day.replace(day=1))):
            for dimension, value in places:
                cell = (dimension, grain, begin, value)
                sums.setdefault(cell, Counter())[name] += sign
                if name == "replied" and fact.minutes is not None:
                    speeds.setdefault(cell, Counter())[fact.minutes] += sign


def _keep_sums(
    session: Session, sums: dict[Cell, Counter[str]], speeds: dict[Cell, Counter[int]]
) -> None:
    moved = {cell: by for cell, by in sums.items() if any(by.values()) or any(speeds.get(cell, ()))}
    known = _known(session, moved)
    rows = []
    for (dimension, grain, day, value), by in sorted(moved.items()):
        cell = (dimension, grain, day, value)
        row = known.get(cell)
        minutes = Counter({int(m): n for m, n in row.minutes.items()}) if row else Counter()
        for minute, number in speeds.get(cell, Counter()).items():
            minutes[minute] += number
        rows.append(
            {"dimension": dimension, "grain": grain, "day": day, "value": value}
            | {name: (getattr(row, name) if row else 0) + by[name] for name in SUMMED}
            | {"minutes": {str(m): n for m, n in sorted(minutes.items()) if n}}
        )
    if rows:
        statement = _upsert(session, TicketSum)
        changed = {name: statement.excluded[name] for name in (*SUMMED, "minutes")}
        keys = ["dimension", "grain", "day", "value"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _known(session: Session, cells: dict[Cell, Counter[str]]) -> dict[Cell, Any]:
    found: dict[Cell, Any] = {}
    for grain in ("day", "month"):
        days = sorted({cell[2] for cell in cells if cell[1] == grain})
        for start in range(0, len(days), facts.CHUNK):
            rows = session.execute(
                select(*TicketSum.__table__.columns).where(
                    TicketSum.dimension.in_(("", *KEPT_DIMENSIONS)),
                    TicketSum.grain == grain,
                    TicketSum.day.in_(days[start : start + facts.CHUNK]),
                )
            )
            for row in rows:
                cell = (row.dimension, row.grain, row.day, row.value)
                if cell in cells:
                    found[cell] = row
    return found


def _keep_facts(session: Session, before: dict[int, Fact], after: dict[int, Fact]) -> None:
    gone = [number for number in before if number not in after]
    for start in range(0, len(gone), facts.CHUNK):
        chunk = gone[start : start + facts.CHUNK]
        session.execute(delete(TicketFact).where(TicketFact.ticket_id.in_(chunk)))
    rows = [fact.to_row() for number, fact in after.items() if before.get(number) != fact]
    if rows:
        statement = _upsert(session, TicketFact)
        columns = [column for column in TicketFact.__table__.columns if not column.primary_key]
        changed = {column: statement.excluded[column.name] for column in columns}
        session.execute(
            statement.on_conflict_do_update(index_elements=["ticket_id"], set_=changed),
            rows,
        )


def _upsert(session: Session, table: type[Tally | TicketFact | TicketSum]) -> Any:
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return (postgresql if on_postgres else sqlite).insert(table)
