"""Counters out of append-only rows: what happened since the desk began.

A counter must never go down, must survive restarts, and must be the same from
whichever process answers, or a rate computed from it is nonsense. So it is
counted from rows that are only ever added (events, inbound items), and what is
old enough to stay as it is has been added up in ``tally`` up to some row: a
scrape reads that sum and the few rows behind it. Any process may move the sum
forward, by a conditional update.

Calls are no such rows, because a log that grows changes them: each is added to the sum
in the transaction in which it is over for the first time (``calls_over``).

What was counted stays counted: a first reply that bounced later, a breach that
a backdated call undid, and a quarantined item that was tried again keep their
place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, aliased

from helpdesk.extensions import reading, transaction
from helpdesk.models import ChannelAccount, Event, Inbound, Tally, Target, Ticket
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.hours import calendars
from helpdesk.services.promises.clock_log import TAKEN_OVER
from sla.metrics import FIRST_REPLY

SETTLED_AFTER = timedelta(minutes=2)
"""PostgreSQL commits rows out of their numbers' order; no transaction here takes as long."""
CHUNK = 50_000
MOST_CHUNKS = 3
"""A desk whose history was never counted catches up over several scrapes, seconds each."""
REPLY_BOUNDS = (5, 15, 30, 60, 120, 240, 450, 900)
"""Upper bounds of the histogram of first replies, in service minutes; 450 is a workday."""
CALLS = "calls"
CALL_RESULTS = ("answered", "missed", "outside_hours")

BREACH = "clock.breach"

_COUNTED = ("ticket.opened", "ticket.status", BREACH, "clock.meet")


@dataclass(slots=True)
class Totals:
    """What happened since the desk began.

    ``replies`` counts first replies by the index of their bound in ``REPLY_BOUNDS``
    (one more for all above), ``reply_minutes`` is their sum in service minutes.
    """

    opened: Counter[str] = field(default_factory=Counter)
    status_changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    breaches: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    inbound: Counter[tuple[str, str]] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    replies: tuple[int, ...] = ()
    reply_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class _Source:
    """An append-only table: its ids, which rows may still change, and how they add up."""

    name: str
    id: Any
    unsettled: Callable[[datetime], ColumnElement[bool]]
    add_up: Callable[[Session, int, int], Counter[str]]


def totals(*, now: datetime) -> Totals:
    """Return the counters as of now."""
    events = _counted(_EVENTS, now)
    inbound = _counted(_INBOUND, now)
    with reading() as session:
        _, calls = _kept(session, CALLS)
    found = Totals(
        calls=calls,
        replies=tuple(events[f"reply|{i}"] for i in range(len(REPLY_BOUNDS) + 1)),
        reply_minutes=float(events["minutes"]),
    )
    for key, number in (events + inbound).items():
        kind, *labels = key.split("|")
        if kind == "opened":
            found.opened[labels[0]] = number
        elif kind == "breach":
            found.breaches[labels[0]] = number
        elif kind == "kept":
            found.kept[labels[0]] = number
        elif kind == "status":
            found.status_changes[labels[0], labels[1]] = number
        elif kind == "inbound":
            found.inbound[labels[0], labels[1]] = number
    return found


def calls_over(session: Session, calls: Mapping[str, int]) -> None:
    """Add calls that are over to their sums, by what became of them (``CALL_RESULTS``)."""
    if not any(calls.values()):
        return
    _begin(session, CALLS)
    row = session.scalars(
        select(Tally)
        .where(Tally.name == CALLS)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.sums = dict(Counter(row.sums) + Counter(calls))
    session.flush()


def _counted(source: _Source, now: datetime) -> Counter[Any]:
    """Return the kept sum and what came after it, moving the sum forward where that pays."""
    for _ in range(MOST_CHUNKS):
        with reading() as session:
            through, sums = _kept(session, source.name)
            newest = session.scalar(select(func.max(source.id))) or 0
            settled = _settled(session, source, through, newest, now)
            behind = newest > through + CHUNK
            if settled == through and not behind:
                return sums + source.add_up(session, through, newest)
            more = sums + source.add_up(session, through, settled)
        if settled == through or not _keep(source, through, settled, more):
            break
    # still behind, or the database is busy: a little late, but never too much
    with reading() as session:
        through, sums = _kept(session, source.name)
        return sums + source.add_up(session, through, through + CHUNK)


def _kept(session: Session, name: str) -> tuple[int, Counter[Any]]:
    row = session.execute(
        select(Tally.through_id, Tally.sums).where(Tally.name == name)
    ).one_or_none()
    return (row.through_id, Counter(row.sums)) if row else (0, Counter())


def _settled(session: Session, source: _Source, through: int, newest: int, now: datetime) -> int:
    """Return the last row up to which nothing changes any more, within one chunk."""
    last = min(newest, through + CHUNK)
    first_unsettled = session.scalar(
        select(func.min(source.id)).where(
            source.id > through, source.id <= last, source.unsettled(now - SETTLED_AFTER)
        )
    )
    return last if first_unsettled is None else first_unsettled - 1


def _keep(source: _Source, through: int, settled: int, sums: Counter[Any]) -> bool:
    """Move the kept sum forward unless another process has; False if the database is busy."""
    try:
        with transaction() as session:
            _begin(session, source.name)
            session.execute(
                update(Tally)
                .where(Tally.name == source.name, Tally.through_id == through)
                .values(through_id=settled, sums=dict(sums))
            )
    except OperationalError:
        return False
    return True


def _begin(session: Session, name: str) -> None:
    begun = insert_into(session, Tally).values(name=name, through_id=0, sums={})
    session.execute(begun.on_conflict_do_nothing())


def _events(session: Session, after: int, last: int) -> Counter[Any]:
    rows = session.execute(
        select(
            Event.kind,
            Event.at,
            Event.data,
            Ticket.channel,
            Target.metric,
            Target.started_at,
            Target.calendar_version_id,
            and_(Event.at <= Target.due_at, ~_met_before()).label("kept"),
            and_(Event.kind == BREACH, _taken_over(), _broken_where_it_came_from()).label("known"),
        )
        .join(Ticket, Event.ticket_id == Ticket.id)
        .outerjoin(Target, Event.target_id == Target.id)
        .where(Event.id > after, Event.id <= last, Event.kind.in_(_COUNTED))
        .order_by(Event.id)
    )
    sums: Counter[Any] = Counter()
    minutes: Any
    for kind, at, data, channel, metric, started_at, version_id, kept, known in rows:
        if kind == "ticket.opened":
            sums[f"opened|{channel}"] += 1
        elif kind == "ticket.status":
            sums[f"status|{channel}|{data.get('to')}"] += 1
        elif kind == BREACH:
            sums[f"breach|{metric}"] += not known
        else:
            sums[f"kept|{metric}"] += bool(kept)
            if metric != FIRST_REPLY or started_at is None or version_id is None:
                continue
            # from the event, not from the target, which forgets a reply that bounced
            minutes = calendars.calendar_at(session, version_id).elapsed(started_at, at)
            sums[f"reply|{sum(minutes > bound for bound in REPLY_BOUNDS)}"] += 1
            sums["minutes"] += minutes
    return sums


def _met_before() -> ColumnElement[bool]:
    """Say whether an event's target was met before: it was judged then, and once."""
    earlier = aliased(Event)
    return (
        select(earlier.id)
        .where(
            earlier.target_id == Event.target_id,
            earlier.id < Event.id,
            earlier.kind == "clock.meet",
        )
        .exists()
    )


def _taken_over() -> ColumnElement[bool]:
    """Say whether an event's target went on as one of a merged ticket did, by then."""
    start = aliased(Event)
    return (
        select(start.id)
        .where(
            start.target_id == Event.target_id,
            start.id < Event.id,
            start.kind == "clock.start",
            start.data[TAKEN_OVER].as_string().is_not(None),
        )
        .exists()
    )


def _broken_where_it_came_from() -> ColumnElement[bool]:
    """Say whether the same breach was counted on a merged ticket that handed its clock over."""
    source, owed, breach, handed = (
        aliased(Ticket),
        aliased(Target),
        aliased(Event),
        aliased(Event),
    )
    return (
        select(breach.id)
        .join(owed, breach.target_id == owed.id)
        .join(source, owed.ticket_id == source.id)
        .join(handed, handed.target_id == owed.id)
        .where(
            source.merged_into_id == func.coalesce(Ticket.merged_into_id, Ticket.id),
            owed.metric == Target.metric,
            owed.id != Target.id,
            breach.kind == BREACH,
            breach.at == Event.at,
            handed.kind == "clock.hand_over",
        )
        .exists()
    )


def _inbound(session: Session, after: int, last: int) -> Counter[Any]:
    rows = session.execute(
        select(ChannelAccount.channel, Inbound.state, func.count())
        .join(ChannelAccount, Inbound.account_id == ChannelAccount.id)
        .where(Inbound.id > after, Inbound.id <= last, Inbound.state != "pending")
        .group_by(ChannelAccount.channel, Inbound.state)
    )
    return Counter({f"inbound|{channel}|{state}": number for channel, state, number in rows})


_EVENTS = _Source("events", Event.id, lambda since: Event.recorded_at >= since, _events)
_INBOUND = _Source(
    "inbound",
    Inbound.id,
    lambda since: or_(Inbound.state == "pending", Inbound.stored_at >= since),
    _inbound,
)
