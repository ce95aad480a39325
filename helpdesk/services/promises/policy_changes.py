"""Changing policies, for new tickets alone or for the open ones as well.

Saving, moving or retiring a policy is a value that can be tried before it is made: the rules as
they would be are read and rolled back, and open tickets are then held against them. Who decides
that open tickets follow has the few judged at once and the many by the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from helpdesk.errors import Conflict, NotFound
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import (
    Address,
    Center,
    Group,
    Person,
    PolicyRecord,
    Target,
    Ticket,
)
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.access import Actor
from helpdesk.services.hours import calendars
from helpdesk.services.promises import (
    clock_log,
    clocks,
    judging,
    pending_judgements,
    policies,
    previews,
)
from helpdesk.services.promises import rules as all_rules
from helpdesk.services.promises.judging import Cancelled, Judged, Step
from helpdesk.services.promises.previews import Move, Preview
from helpdesk.services.promises.rules import Rules
from sla import clock as actions
from sla.events import ClockEvent
from sla.policy import Policy, choose

MOST = 5000
"""So many tickets are looked at before a change; beyond them the counts say "at least"."""
PAGE = 500
SCANNED = 5000


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the policies.

    ``make`` takes the session of a transaction that writes and returns the policy whose own
    tickets follow, or None where only those do for which another policy holds.
    """

    make: Callable[[Session], PolicyRecord | None]


def saving(number: int | None, draft: policies.Draft, *, by: Actor, now: datetime) -> Change:
    """Save a policy, a new one where there is no number."""

    def make(session: Session) -> PolicyRecord:
        record = policy(session, number) if number is not None else None
        return policies.save(session, record, draft, by=by.name, now=now)

    return Change(make)


def moving(number: int, *, up: bool) -> Change:
    """Let a policy be asked earlier or later."""

    def make(session: Session) -> None:
        policies.move(session, policy(session, number), up)

    return Change(make)


def retiring(number: int) -> Change:
    """Let a policy hold for no ticket any more."""

    def make(session: Session) -> PolicyRecord:
        record = policy(session, number)
        policies.retire(session, record)
        return record

    return Change(make)


def policy(session: Session, number: int) -> PolicyRecord:
    """Return a policy that holds; raise NotFound."""
    record = session.get(PolicyRecord, number)
    if record is None or record.retired:
        raise NotFound("no_policy", _("There is no such policy."))
    return record


def preview(change: Change, *, now: datetime) -> Preview:
    """Say what the open tickets would have of a change; raise Refusal. Nothing is kept."""
    with transaction() as session:
        before, after, touched = _made(session, change)
        session.rollback()
    found: list[Move] = []
    tickets = 0
    with reading() as session:
        candidates = list(_affected(session, before, after, touched))
        for page in _pages(candidates[:MOST]):
            loaded = _loaded(session, page)
            logs = clock_log.logs_of(session, [t.id for ticket in loaded for t in ticket.targets])
            for ticket in loaded:
                steps = judging.plan(session, ticket, after)
                tickets += bool(steps)
                found += _moves(session, ticket, steps, logs, now)
        complete = len(candidates) <= MOST
        return previews.gathered(session, found, complete=complete, tickets=tickets)


def make(
    session: Session, change: Change, *, for_open: bool, now: datetime, by: Actor
) -> tuple[int, int]:
    """Change the policies; return how many open tickets followed, and how many are to.

    Without ``for_open`` each open ticket keeps its promise until something about it changes.
    """
    before, after, touched = _made(session, change)
    if not for_open:
        return 0, 0
    numbers = list(_affected(session, before, after, touched))
    return pending_judgements.follow(session, numbers, by=by, now=now)


def _made(session: Session, change: Change) -> tuple[Rules, Rules, Collection[int]]:
    """Make a change; return the rules before and after it, and the policies it is about."""
    # Whoever else changes policies now waits here, and then sees what is still to follow.
    session.execute(select(PolicyRecord.id).with_for_update())
    if pending_judgements.left(session):
        raise Conflict(
            "still_following",
            _(
                "Open tickets are still following the last change; the worker does that. "
                "Try again in a minute."
            ),
        )
    before = all_rules.load(session)
    record = change.make(session)
    session.flush()
    return before, all_rules.load(session), [record.id] if record is not None else []


def _affected(
    session: Session, before: Rules, after: Rules, touched: Collection[int]
) -> Iterator[int]:
    """Yield the open tickets for which another policy holds, or one that is touched.

    Besides these a ticket that is still judged by a touched policy, whichever holds now.
    """
    judged_by = set(
        session.scalars(
            select(Target.ticket_id).where(
                Target.policy_id.in_(touched), Target.state.in_(clocks.UNFINISHED)
            )
        )
    )
    first, then = _Chooser(session, before), _Chooser(session, after)
    for page in _narrow(session):
        for row in page:
            now_held = then.policy_id(row)
            if now_held != first.policy_id(row) or now_held in touched or row.id in judged_by:
                yield row.id


class _Chooser:
    """Chooses the policy of many tickets, each combination of facts asked about once."""

    def __init__(self, session: Session, held: Rules) -> None:
        self.policies: Sequence[Policy] = [applied.value for applied in held.policies.values()]
        self.asked = sorted({name for value in self.policies for name in value.conditions})
        self.known: dict[tuple[str | None, ...], int | None] = {}
        self.mails: Mapping[int, str | None] = {}
        if "requester" in self.asked:
            self.mails = _mails(session, self.policies)

    def policy_id(self, row: Any) -> int | None:
        told: dict[str, str | None] = row._asdict() | {
            "region": row.region or None,
            "requester": self.mails.get(row.requester_id),
        }
        key = tuple(told[name] for name in self.asked)
        if key not in self.known:
            chosen = choose(self.policies, told)
            self.known[key] = chosen.id if chosen else None
        return self.known[key]


def _mails(session: Session, values: Sequence[Policy]) -> dict[int, str | None]:
    """Return the mail addresses of those requesters that some policy names."""
    named = {mail for value in values for mail in value.conditions.get("requester", ())}
    having = select(Address.person_id).where(Address.kind == "email", Address.value.in_(named))
    people = session.scalars(
        select(Person).where(Person.id.in_(having)).options(selectinload(Person.addresses))
    )
    return {person.id: person.email for person in people}


def _narrow(session: Session) -> Iterator[Sequence[Any]]:
    """Yield the tickets that something is still owed on, with what policies ask about them."""
    unfinished = exists().where(Target.ticket_id == Ticket.id, Target.state.in_(clocks.UNFINISHED))
    last = 0
    while True:
        page = session.execute(
            select(
                Ticket.id,
                Ticket.requester_id,
                Ticket.channel,
                Ticket.topic,
                Ticket.request_type,
                Ticket.priority,
                Center.code.label("center"),
                Center.region.label("region"),
                Group.name.label("group"),
            )
            .outerjoin(Center, Center.id == Ticket.center_id)
            .outerjoin(Group, Group.id == Ticket.group_id)
            .where(Ticket.id > last, or_(Ticket.status.in_(ACTIVE), unfinished))
            .order_by(Ticket.id)
            .limit(SCANNED)
        ).all()
        if not page:
            return
        yield page
        last = page[-1].id


def _pages(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(numbers), PAGE):
        yield numbers[begin : begin + PAGE]


def _loaded(session: Session, numbers: Sequence[int]) -> Sequence[Ticket]:
    return session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(numbers))
        .options(
            selectinload(Ticket.targets),
            joinedload(Ticket.center),
            joinedload(Ticket.group),
            joinedload(Ticket.requester).selectinload(Person.addresses),
        )
        .order_by(Ticket.id)
    ).all()


def _moves(
    session: Session,
    ticket: Ticket,
    steps: Sequence[Step],
    logs: Mapping[int, Sequence[ClockEvent]],
    now: datetime,
) -> Iterator[Move]:
    """Yield what becomes of a ticket's deadlines, as ``judge_again`` would have it."""
    for step in steps:
        if isinstance(step, Cancelled):
            metric, before = step.target.metric, actions.replay(logs[step.target.id])
            after, _events = actions.cancel(before, now)
        elif isinstance(step, Judged) and not step.again:
            metric, before = step.target.metric, actions.replay(logs[step.target.id])
            calendar = calendars.calendar_at(session, step.version_id)
            after, _events = actions.reschedule(before, step.promise, calendar, now)
        else:
            metric, before = step.promise.metric, None
            after = judging.begun(session, ticket, step, now=now)
        if move := previews.moved(ticket.id, metric, before, after, now=now):
            yield move
