"""How clocks are kept: their log of events, and the rows that are its projection.

The events with kind ``clock.*`` are a target's truth. Whoever changes a ticket's clocks
holds the ticket's row (``hold``) and writes events and projection in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Table, Text, inspect, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.attributes import set_committed_value

from helpdesk.errors import Conflict
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import NO_PROMISE, Event, Target, Ticket
from helpdesk.services.access import Actor
from helpdesk.services.database import memory
from helpdesk.services.database.among import among
from helpdesk.services.database.events import record
from helpdesk.services.database.events import write as write_events
from helpdesk.services.database.rows import AnyTarget
from helpdesk.services.hours import calendars
from sla import clock as actions
from sla.calendar import Calendar
from sla.events import BREACHED, Clock, ClockEvent, replay
from sla.policy import Promise

PREFIX = "clock."
JUDGING = ("start", "reschedule", "judge")
"""Events from which on a clock is judged by what they carry."""
JUDGED_BY = ("promise", "calendar_version", "policy_version")
OWES_NOTHING = ("spam", "merged")
TAKEN_OVER = "taken_over"
"""In a start event: which metric a policy promised what a ticket that was merged still owed."""
LOG = "log"
_HELD = "held tickets"
_SHARED = (
    Ticket.id,
    Ticket.merged_into_id,
    Ticket.status,
    Ticket.awaiting_reply,
    Ticket.last_message_id,
    Ticket.reply_count,
    Ticket.settled_at,
    Ticket.resolved_at,
    Ticket.queue_at,
    Ticket.at_risk,
)
"""What of a ticket is decided by what it was before."""


class MergedMeanwhile(Conflict):
    """The ticket went into another one since it was read: the work belongs there now."""

    def __init__(self) -> None:
        super().__init__("merged", _("This ticket was merged; work on the one it went into."))


def hold(session: Session, ticket: Ticket) -> None:
    """Keep everybody else from a ticket until the transaction is over, and read what they did.

    Two agents' answers, or an agent's and a worker's sweep, at the same moment would both go
    on from the same state and the same log. SQLite has one writer at a time, PostgreSQL locks
    the ticket's row. What this transaction has changed itself stays. Raises MergedMeanwhile.
    """
    hold_all(session, [ticket])


def hold_all(session: Session, tickets: Iterable[Ticket]) -> None:
    """Keep everybody else from several tickets, locked in the order of their numbers by all."""
    if session.get_bind().dialect.name != "postgresql":
        return
    new = {
        ticket.id: ticket
        for ticket in tickets
        if inspect(ticket).persistent and not _is_held(session, ticket.id)
    }
    if not new:
        return
    # FOR NO KEY UPDATE: whoever wrote a message first must not wait for another who did
    locked = select(*_SHARED).where(among(session, Ticket.id, new)).order_by(Ticket.id)
    for row in session.execute(locked.with_for_update(key_share=True)).mappings():
        ticket = new[row["id"]]
        if row["merged_into_id"] is not None and ticket.merged_into_id is None:
            session.expire(ticket)  # whoever tries again reads where it went
            raise MergedMeanwhile
        for name in inspect(ticket).unmodified & row.keys():
            set_committed_value(ticket, name, row[name])
    _note_held(session, new)
    _read_targets_again(session, new)


def holds(session: Session, tickets: Iterable[Ticket]) -> None:
    """Note that the caller has locked these tickets' rows before it read them."""
    _note_held(session, [ticket.id for ticket in tickets])


def clock_of(session: Session, target: AnyTarget) -> Clock:
    """Return the target's clock, folded from its events."""
    return replay(log_of(session, target.id))


def log_of(session: Session, target_id: int) -> list[ClockEvent]:
    """Return a target's clock events in the order of recording."""
    batch = memory.current(session)
    if batch is not None and (LOG, target_id) in batch.known:
        return list(batch.known[LOG, target_id])
    return logs_of(session, [target_id])[target_id]


def foresee(session: Session, targets: Sequence[AnyTarget]) -> None:
    """Read the logs of targets that a batch is going to act on at once."""
    logs = logs_of(session, [target.id for target in targets])
    for target_id, log in logs.items():
        memory.note(session, LOG, target_id, log)


def logs_of(session: Session, target_ids: Sequence[int]) -> dict[int, list[ClockEvent]]:
    """Return many targets' clock events at once, each in the order of recording."""
    write_events(session)
    logs: dict[int, list[ClockEvent]] = {target_id: [] for target_id in target_ids}
    mine = among(session, _EVENT.c.target_id, target_ids)
    for target_id, kind, at, data in session.connection().execute(_LOG.where(mine)).all():
        logs[target_id].append(ClockEvent(kind.removeprefix(PREFIX), at, json.loads(data)))
    return logs


_EVENT = cast("Table", Event.__table__)
_LOG = select(
    _EVENT.c.target_id, _EVENT.c.kind, _EVENT.c.at, sql_cast(_EVENT.c.data, Text)
).order_by(_EVENT.c.target_id, _EVENT.c.id)
"""In the order of the index; the session's ways with JSON cost as much as reading it."""


def taken_over_as(log: Iterable[ClockEvent], promise: Mapping[str, Any]) -> str | None:
    """Return which metric a promise was made for, if it came from a ticket that was merged.

    None once the ticket's own policy has judged it.
    """
    taken = None
    for event in log:
        if TAKEN_OVER in event.data and event.data["promise"] == promise:
            taken = event.data[TAKEN_OVER]
    return taken


def promise_of(session: Session, target: AnyTarget) -> Promise:
    """Return what a target promises."""

    def find() -> Promise:
        # thousands of targets promise the same, and reading it takes longer than writing it out
        return memory.once(
            session, ("promise", repr(target.promise)), lambda: Promise.from_json(target.promise)
        )

    return memory.shared(session, "promise", target.promise, find)


def calendar_of(session: Session, target: AnyTarget) -> Calendar:
    """Return the calendar that a target is judged by."""
    return calendars.calendar_at(session, target.calendar_version_id)


def keep(
    session: Session,
    target: AnyTarget,
    clock: Clock,
    events: Iterable[ClockEvent],
    *,
    now: datetime,
    by: Actor,
    swept: bool = False,
) -> None:
    """Write the events and project the clock onto the row.

    The sweep tells of a breach as it records it; one that an action comes upon first is
    left to the sweep to tell.
    """
    events = list(events)
    write_down(session, target, events, now=now, by=by)
    untold = not swept and _is_untold(target, clock, events)
    for name, value in projection(clock).items():
        setattr(target, name, value)
    if untold:
        target.next_at = tells_at(clock)


def tells_at(clock: Clock) -> datetime | None:
    """Return when the sweep takes up a breach that was recorded before it came."""
    if clock.state != BREACHED or clock.met_at is not None or clock.due_at is None:
        return None
    return clock.due_at + actions.AFTER


def write_down(
    session: Session, target: AnyTarget, events: Iterable[ClockEvent], *, now: datetime, by: Actor
) -> None:
    """Add clock events to the log."""
    batch = memory.current(session)
    known = batch.known.get((LOG, target.id)) if batch is not None else None
    for event in events:
        if known is not None:
            known.append(event)
        # Whoever recomputes the clock needs what it was judged by from here on.
        terms = judged_by(target) if event.kind in JUDGING else {}
        record(
            session,
            PREFIX + event.kind,
            at=event.at,
            now=now,
            by=by,
            ticket=target.ticket,
            target=target,
            data={**event.data, **terms},
        )


def projection(clock: Clock) -> dict[str, object]:
    """Return the columns of a target's row that its clock decides."""
    return {
        "state": clock.state,
        "provisional": clock.provisional,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "warn_at": clock.warn_at,
        "next_at": actions.next_at(clock),
        "warned_at": clock.warned_at,
        "risk_at": clock.warnings[-1] if clock.warnings else clock.warned_at,
        "paused_at": clock.paused_at,
        "paused_minutes": clock.paused_minutes,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
    }


def refresh_queue(ticket: Ticket) -> None:
    """Set the queue's order, the earliest promise still owed, and whether one is at risk."""
    for name, value in standing(ticket.status, ticket.targets).items():
        setattr(ticket, name, value)


def standing(status: str, promised: Iterable[AnyTarget | Clock]) -> dict[str, object]:
    """Return the columns of a ticket that its promises decide.

    Of spam and merged tickets a breach stays on record, but nobody is owed a reply
    (BEHAVIOURS 11).
    """
    owed = [] if status in OWES_NOTHING else [*filter(_is_owed, promised)]
    return {
        "queue_at": min((t.due_at for t in owed if t.due_at is not None), default=NO_PROMISE),
        "at_risk": any(_is_at_risk(target) for target in owed),
    }


def _read_targets_again(session: Session, held: Mapping[int, Ticket]) -> None:
    fresh: dict[int, list[Target]] = {number: [] for number in held}
    for target in session.scalars(
        select(Target)
        .where(among(session, Target.ticket_id, held))
        .order_by(Target.id)
        .execution_options(populate_existing=True)
    ):
        fresh[target.ticket_id].append(target)
    for number, ticket in held.items():
        if "targets" in ticket.__dict__ and list(ticket.targets) != fresh[number]:
            session.expire(ticket, ["targets"])


def _note_held(session: Session, numbers: Iterable[int]) -> None:
    transaction = session.get_nested_transaction() or session.get_transaction()
    known = session.info.setdefault(_HELD, WeakKeyDictionary())
    known.setdefault(transaction, set()).update(numbers)


def _is_held(session: Session, number: int) -> bool:
    """Say whether this transaction has locked a ticket's row.

    Going back to a savepoint lets go of what was locked since, so each one has its own.
    """
    known: Mapping[SessionTransaction, set[int]] = session.info.get(_HELD, {})
    transaction = session.get_nested_transaction() or session.get_transaction()
    while transaction is not None:
        if number in known.get(transaction, ()):
            return True
        transaction = transaction.parent
    return False


def judged_by(target: AnyTarget) -> dict[str, object]:
    """Return what a clock is judged by, as its log tells it."""
    return {
        "promise": target.promise,
        "calendar_version": target.calendar_version_id,
        "policy_version": target.policy_version_id,
    }


def _is_untold(target: AnyTarget, clock: Clock, events: Sequence[ClockEvent]) -> bool:
    if tells_at(clock) is None or target.ticket.status in OWES_NOTHING:
        return False
    waits = target.state == BREACHED and target.next_at is not None
    return waits or any(event.kind == "breach" for event in events)


def _is_owed(target: AnyTarget | Clock) -> bool:
    if target.due_at is None:
        return False
    return target.state == "running" or (target.state == "breached" and target.met_at is None)


def _is_at_risk(target: AnyTarget | Clock) -> bool:
    """The last warning has gone out, or it is too late."""
    return target.state == "breached" or (target.warned_at is not None and target.warn_at is None)
