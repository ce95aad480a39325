"""Proof: every target recomputed from the event log alone, and the queue from the targets.

Tickets are read page by page, with what belongs to them, so a desk of any size is
verified in the same memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from helpdesk.extensions import reading
from helpdesk.models import Event, PolicyVersion, Target, Ticket
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clock_log
from sla import clock as actions
from sla.calendar import Calendar
from sla.events import BrokenLog, Clock, ClockEvent, replay
from sla.policy import Promise
from sla.proof import verify

PAGE = 500
QUEUE = "queue"
"""Stands where a metric does when the ticket's own columns are wrong."""
AT_ONCE = ("cancel", "hand_over", "reschedule", "judge")
"""Nobody enters these later than they happen."""

_NOT_IN_THE_LOG = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which a target and its log disagree, or a ticket and its targets."""

    ticket: int
    metric: str
    what: str


@dataclass(frozen=True, slots=True)
class _Line:
    """An event of a target's log, the ticket that it is recorded on, and when it was."""

    ticket_id: int | None
    recorded_at: datetime
    event: ClockEvent


def verify_targets() -> Iterator[Difference]:
    """Recompute all targets, page by page; yield what differs."""
    after = 0
    while True:
        with reading() as session:
            tickets = session.execute(
                select(Ticket.id, Ticket.status, Ticket.queue_at, Ticket.at_risk)
                .where(Ticket.id > after)
                .order_by(Ticket.id)
                .limit(PAGE)
            ).all()
            found = list(_page(session, tickets)) if tickets else []
        yield from found
        if not tickets:
            return
        after = tickets[-1].id


def _page(session: Session, tickets: Sequence[Any]) -> Iterator[Difference]:
    targets = session.execute(
        select(Target.__table__)
        .where(Target.ticket_id.between(tickets[0].id, tickets[-1].id))
        .order_by(Target.id)
    ).all()
    logs = _logs(session, [target.id for target in targets])
    policies = _policies(session, targets, logs)
    rounds: dict[tuple[int, str], int] = {}
    in_doubt: set[int | None] = set()
    lives: dict[int, list[Clock]] = {ticket.id: [] for ticket in tickets}
    for target in targets:
        key = target.ticket_id, target.metric
        rounds[key] = rounds.get(key, 0) + 1
        kept = _Kept(session, target, logs[target.id], rounds[key], policies)
        found = [Difference(*key, sentence) for sentence in kept.differences()]
        yield from found
        if found or kept.clock is None:
            in_doubt |= {target.ticket_id, kept.owner}
        else:
            lives[target.ticket_id].append(kept.clock)
    for ticket in tickets:
        if ticket.id not in in_doubt:  # the damage is named already, once
            yield from _queue(ticket, lives[ticket.id])


def _queue(ticket: Any, lives: Iterable[Clock]) -> Iterator[Difference]:
    """Compare where a ticket stands in the queue with what its clocks say."""
    for name, value in clock_log.standing(ticket.status, lives).items():
        kept = getattr(ticket, name)
        if kept != value:
            yield Difference(ticket.id, QUEUE, f"{name} is {kept}, not {value}")


def _logs(session: Session, ids: Sequence[int]) -> Mapping[int, list[_Line]]:
    logs: dict[int, list[_Line]] = {target_id: [] for target_id in ids}
    rows = session.execute(
        select(
            Event.target_id, Event.ticket_id, Event.recorded_at, Event.kind, Event.at, Event.data
        )
        .where(Event.target_id.in_(ids))
        .order_by(Event.id)
    )
    for target_id, ticket_id, recorded_at, kind, at, data in rows:
        event = ClockEvent(kind.removeprefix(clock_log.PREFIX), at, data)
        logs[target_id or 0].append(_Line(ticket_id, recorded_at, event))
    return logs


def _policies(
    session: Session, targets: Iterable[Any], logs: Mapping[int, list[_Line]]
) -> Mapping[int, Any]:
    """Return every version of a policy that is named, by its id."""
    named = {target.policy_version_id for target in targets}
    named |= {line.event.data.get("policy_version") for log in logs.values() for line in log}
    rows = session.execute(
        select(
            PolicyVersion.id, PolicyVersion.policy_id, PolicyVersion.name, PolicyVersion.promises
        ).where(PolicyVersion.id.in_([version for version in named if version is not None]))
    )
    return {row.id: row for row in rows}


class _Kept:
    """A target's row beside its log; ``clock`` is None where the log cannot be read."""

    def __init__(
        self,
        session: Session,
        target: Any,
        lines: Sequence[_Line],
        number: int,
        policies: Mapping[int, Any],
    ) -> None:
        self.session, self.target, self.number, self.policies = session, target, number, policies
        self.lines = lines
        self.events = [line.event for line in lines]
        self.judged: list[Mapping[str, Any]] = []
        judged: dict[str, Any] = {}
        for event in self.events:
            judged = {**judged, **{key: event.data[key] for key in _JUDGED if key in event.data}}
            self.judged.append(judged)
        self.places = {id(event): place for place, event in enumerate(self.events)}
        self.clock: Clock | None = None
        self.owner = lines[0].ticket_id if lines else None

    def differences(self) -> Iterator[str]:
        """Yield one sentence for each thing that is wrong."""
        yield from verify(self.events, self._promise, self._calendar)
        yield from self._strays()
        try:
            self.clock = replay(self.events)
        except (BrokenLog, KeyError, TypeError, ValueError):
            return  # verify has said it
        for name, value in self._expected(self.clock).items():
            kept = getattr(self.target, name)
            if value is not _NOT_IN_THE_LOG and kept != value and not self._is_untold(name, kept):
                yield f"{name} is {kept}, not {value}"

    def _strays(self) -> Iterator[str]:
        """Say which events are of another ticket or time, or rest on what no policy promised."""
        for place, line in enumerate(self.lines, start=1):
            if line.ticket_id != self.target.ticket_id:
                yield f"Event {place} is recorded on ticket {line.ticket_id}."
            if line.event.kind in AT_ONCE and line.event.at != line.recorded_at:
                yield f"Event {place}, {line.event.kind}, was recorded at {line.recorded_at}."
            if line.event.kind == "judge" and self.judged[place - 1] == self.judged[place - 2]:
                yield f"Event {place}, judge: nothing is judged otherwise from here on."
            data = line.event.data
            version = data.get("policy_version")
            if "promise" not in data or version is None:
                continue
            policy = self.policies.get(version)
            if policy is None or self._promised(data["promise"]) not in policy.promises:
                yield f"Event {place}: version {version} of the policies promises something else."

    def _promised(self, promise: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a policy promised: what was taken over may wait for another reply now."""
        metric = clock_log.taken_over_as(self.events, promise)
        return promise if metric is None else {**promise, "metric": metric}

    def _expected(self, clock: Clock) -> Mapping[str, Any]:
        judged = self.judged[-1]
        version = judged.get("policy_version", _NOT_IN_THE_LOG)
        policy = self.policies.get(self.target.policy_version_id)
        return {
            **clock_log.projection(clock),
            "metric": clock.metric,
            "round": self.number,
            "promise": judged.get("promise"),
            "calendar_version_id": judged.get("calendar_version"),
            "policy_version_id": version,
            "policy_id": policy.policy_id if policy else _NOT_IN_THE_LOG,
            "policy_name": policy.name if policy else _NOT_IN_THE_LOG,
            "service_minutes": self._service_minutes(clock),
        }

    def _service_minutes(self, clock: Clock) -> float | None:
        if clock.met_at is None:
            return None
        met = [event for event in self.events if event.kind == "meet"]
        return actions.used_minutes(clock, self._calendar(met[-1]))

    def _is_untold(self, name: str, kept: datetime | None) -> bool:
        """A breach that an action came upon waits for the sweep, which tells of it."""
        assert self.clock is not None
        return name == "next_at" and kept is not None and kept == clock_log.tells_at(self.clock)

    def _promise(self, event: ClockEvent) -> Promise:
        return Promise.from_json(self.judged[self.places[id(event)]]["promise"])

    def _calendar(self, event: ClockEvent) -> Calendar:
        version = self.judged[self.places[id(event)]]["calendar_version"]
        try:
            return calendars.calendar_at(self.session, version)
        except NoResultFound:
            raise BrokenLog(f"no calendar has the version {version}.") from None


_JUDGED = clock_log.JUDGED_BY
