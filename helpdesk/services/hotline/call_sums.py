"""Kept sums of calls, so that a month's rate costs what its days cost and not its calls.

The sums of a day say what they were counted by: where its service hours or the
promise's terms changed since, the day is counted anew from its calls, at once for
whoever asks and for good within the hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.models import Call, CallDay, CallHour, CallSum
from helpdesk.runtime import current_config
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.hotline.call_slots import KEYS, By, Counted, Slot, basis, counted_of
from helpdesk.services.hours import calendars
from sla import rates
from sla.calendar import Calendar
from sla.rates import NOTHING, Tally, Terms

COUNTERS = Tally._fields
DAY = timedelta(days=1)
MOST_DAYS = 4000
"""So far back sums are looked after."""

_COLUMNS: Mapping[By, tuple[Any, ...]] = {
    "day": (CallHour.day,),
    "hour": (CallHour.day, CallHour.hour),
    "month": (CallHour.day,),
    "hour_of_day": (CallHour.hour,),
    "queue": (CallSum.queue,),
    "agent": (CallSum.agent,),
}


def terms() -> Terms:
    """Return what the promise means here."""
    config = current_config()
    return Terms(float(config.short_abandon_seconds), float(config.service_level_seconds))


def sums(session: Session, first: date, last: date, *, by: By) -> dict[str, Tally]:
    """Return the sums of each group over local days, both ends included."""
    calendar = calendars.default(session)
    stale = _stale(session, first, last, calendar)
    found = dict(_kept(session, first, last, stale, by))
    for begin, end in _runs(stale):
        for key, tally in _counted(session, begin, end, by, calendar).items():
            found[key] = found.get(key, NOTHING) + tally
    return found


def by_hour(session: Session, first: date, last: date) -> dict[tuple[date, int], Tally]:
    """Return the sums of each local date and hour, both ends included."""
    calendar = calendars.default(session)
    stale = _stale(session, first, last, calendar)
    rows = session.execute(
        select(CallHour.day, CallHour.hour, *(getattr(CallHour, name) for name in COUNTERS)).where(
            CallHour.day >= first, CallHour.day <= last
        )
    )
    found = {(day, hour): Tally(*sums) for day, hour, *sums in rows if day not in stale}
    for begin, end in _runs(stale):
        calls = (call for _, call in _calls(session, begin, end, calendar))
        found |= rates.by(calls, lambda call: call.slot(calendar)[:2], calendar, terms())
    return found


def this_month(session: Session, *, now: datetime) -> Tally:
    """Return the sums since the first of the local month."""
    calendar = calendars.default(session)
    today = calendar.local_date(now)
    return sum(sums(session, today.replace(day=1), today, by="month").values(), NOTHING)


def counted(session: Session, first: date, last: date, *, by: By) -> dict[str, Tally]:
    """Return the same from the calls themselves, however long that takes."""
    calendar = calendars.default(session)
    return _counted(session, first, last, by, calendar)


def _counted(
    session: Session, first: date, last: date, by: By, calendar: Calendar
) -> dict[str, Tally]:
    key = KEYS[by]
    calls = (call for _, call in _calls(session, first, last, calendar))
    return rates.by(calls, lambda call: key(call.slot(calendar)), calendar, terms())


def by_slot(calls: Iterable[Counted], calendar: Calendar, promised: Terms) -> dict[Slot, Tally]:
    """Return the sums of each slot that calls count in."""
    return rates.by(calls, lambda call: call.slot(calendar), calendar, promised)


def misplaced(session: Session, first: date, last: date) -> list[int]:
    """Return the calls whose ``in_hours`` is not true any more, until that is settled."""
    calendar = calendars.default(session)
    return [
        id_
        for begin, end in _runs(_stale(session, first, last, calendar))
        for (id_, in_hours), call in _calls(session, begin, end, calendar)
        if calendar.is_open(call.arrived) != in_hours
    ]


def add(session: Session, changes: Mapping[Slot, Tally], calendar: Calendar) -> None:
    """Let the sums follow calls that were written in this transaction."""
    days = sorted({slot.day for slot in changes})
    if not days:
        return
    # who comes second waits here, and then counts on top of who came first
    session.execute(
        insert_into(session, CallDay).on_conflict_do_nothing(),
        [{"day": day, "basis": ""} for day in days],
    )
    rows = session.execute(
        select(CallDay.day, CallDay.basis)
        .where(CallDay.day.in_(days))
        .order_by(CallDay.day)
        .with_for_update()
    )
    fresh = {day for day, counted_by in rows if counted_by == basis(calendar, day, terms())}
    for day in days:
        if day in fresh:
            continue
        if _is_all_of(session, day, calendar, changes):
            _begin_day(session, day, calendar)
            fresh.add(day)
        else:
            _count_day(session, day, calendar)
    _add_on_top(session, {slot: tally for slot, tally in changes.items() if slot.day in fresh})


def settle(*, now: datetime) -> int:
    """Count the days anew whose hours or terms changed, each by itself; return how many."""
    with reading() as session:
        calendar = calendars.default(session)
        earliest = session.scalar(select(func.min(Call.arrived_at)))
        if earliest is None:
            return 0
        yesterday = calendar.local_date(now) - DAY
        first = max(calendar.local_date(earliest), yesterday - MOST_DAYS * DAY)
        days = sorted(_stale(session, first, yesterday, calendar))
    for day in days:
        with transaction() as session:
            session.execute(
                insert_into(session, CallDay).values(day=day, basis="").on_conflict_do_nothing()
            )
            session.scalar(select(CallDay.basis).where(CallDay.day == day).with_for_update())
            _count_day(session, day, calendar)
    return len(days)


def _is_all_of(
    session: Session, day: date, calendar: Calendar, changes: Mapping[Slot, Tally]
) -> bool:
    """Say whether a day has no calls but those that just came: then nothing need be read."""
    begin, end = _ends(day, day, calendar)
    kept = select(func.count()).where(
        Call.arrived_at >= begin, Call.arrived_at < end, Call.outcome.is_not(None)
    )
    came = sum(tally.calls for slot, tally in changes.items() if slot.day == day)
    return session.scalar(kept) == came


def _add_on_top(session: Session, changes: Mapping[Slot, Tally]) -> None:
    """Add to the sums of each hour, of each queue and agent and of all."""
    for table, rows in _rows(changes):
        if not rows:
            continue
        statement = insert_into(session, table)
        on_top = {
            name: getattr(table, name) + getattr(statement.excluded, name) for name in COUNTERS
        }
        keys = [column.name for column in table.__table__.primary_key]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=on_top), rows)


def _begin_day(session: Session, day: date, calendar: Calendar) -> None:
    """Let a day's sums begin at nothing, and remember by what they are counted."""
    for table in (CallSum, CallHour):
        session.execute(delete(table).where(table.day == day))
    session.execute(
        update(CallDay).where(CallDay.day == day).values(basis=basis(calendar, day, terms()))
    )


def _count_day(session: Session, day: date, calendar: Calendar) -> None:
    """Count a day from its calls and remember by what."""
    calls: list[Counted] = []
    misplaced: dict[bool, list[int]] = {True: [], False: []}
    for (id_, in_hours), call in _calls(session, day, day, calendar):
        calls.append(call)
        is_open = calendar.is_open(call.arrived)
        if is_open != in_hours:
            misplaced[is_open].append(id_)
    found = by_slot(calls, calendar, terms())
    _begin_day(session, day, calendar)
    for table, rows in _rows(found):
        if rows:
            session.execute(insert(table), rows)
    for is_open, ids in misplaced.items():
        for start in range(0, len(ids), 500):
            chosen = Call.id.in_(ids[start : start + 500])
            session.execute(update(Call).where(chosen).values(in_hours=is_open))


def _stale(session: Session, first: date, last: date, calendar: Calendar) -> set[date]:
    """Return the days whose sums hold no longer, or were never kept."""
    rows = session.execute(
        select(CallDay.day, CallDay.basis).where(CallDay.day >= first, CallDay.day <= last)
    )
    known = {row.day: row.basis for row in rows}
    promised = terms()
    days = (first + n * DAY for n in range((last - first).days + 1))
    return {day for day in days if day not in known or known[day] != basis(calendar, day, promised)}


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Return stretches of days that follow each other."""
    begin = end = None
    for day in sorted(days):
        if begin is None or end is None:
            begin = end = day
        elif day - end == DAY:
            end = day
        else:
            yield begin, end
            begin = end = day
    if begin is not None and end is not None:
        yield begin, end


def _kept(
    session: Session, first: date, last: date, stale: set[date], by: By
) -> Iterator[tuple[str, Tally]]:
    columns = _COLUMNS[by]
    table: type[CallSum | CallHour] = columns[0].class_
    statement = (
        select(*columns, *(func.sum(getattr(table, name)) for name in COUNTERS))
        .where(table.day >= first, table.day <= last)
        .group_by(*columns)
        .order_by(*columns)
    )
    if stale:
        told = select(CallHour.day).where(CallHour.day >= first, CallHour.day <= last).distinct()
        doubtful = stale & set(session.scalars(told))
        statement = statement.where(table.day.not_in(doubtful))
    key = KEYS[by]
    groups: dict[str, Tally] = {}
    for row in session.execute(statement):
        values = dict(zip((column.key for column in columns), row[: len(columns)], strict=True))
        slot = Slot(
            values.get("day", date.min),
            values.get("hour", 0),
            values.get("queue", ""),
            values.get("agent", ""),
        )
        tally = Tally(*row[len(columns) :])
        groups[key(slot)] = groups.get(key(slot), NOTHING) + tally
    yield from groups.items()


def _calls(
    session: Session, first: date, last: date, calendar: Calendar
) -> Iterator[tuple[tuple[int, bool], Counted]]:
    """Return the calls of local days that are over, with their ids and where they stand."""
    begin, end = _ends(first, last, calendar)
    rows = session.execute(
        select(
            Call.id,
            Call.in_hours,
            Call.direction,
            Call.arrived_at,
            Call.answered_at,
            Call.wait_seconds,
            Call.talk_seconds,
            Call.queue,
            Call.agent,
        )
        .where(Call.arrived_at >= begin, Call.arrived_at < end, Call.outcome.is_not(None))
        .order_by(Call.arrived_at)
    )
    for row in rows:
        yield (row.id, row.in_hours), counted_of(row)


def _ends(first: date, last: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return when local days begin and when they are over."""
    return (
        datetime.combine(first, time(), calendar.zone),
        datetime.combine(last + DAY, time(), calendar.zone),
    )


def _rows(
    changes: Mapping[Slot, Tally],
) -> Iterator[tuple[type[CallSum | CallHour], list[dict[str, Any]]]]:
    """Yield each table of sums with its rows, in one order for all who write them."""
    hours: dict[tuple[date, int], Tally] = {}
    for slot, tally in changes.items():
        hours[slot[:2]] = hours.get(slot[:2], NOTHING) + tally
    yield CallSum, [s._asdict() | t._asdict() for s, t in sorted(changes.items()) if t != NOTHING]
    by_hour = ((day, hour, t) for (day, hour), t in sorted(hours.items()) if t != NOTHING)
    yield CallHour, [{"day": day, "hour": hour} | t._asdict() for day, hour, t in by_hour]
