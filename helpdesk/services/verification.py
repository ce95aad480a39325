"""Proof: every target recomputed from the event log alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.extensions import reading
from helpdesk.models import Target
from helpdesk.services import calendars, clocks
from sla.calendar import Calendar
from sla.events import BrokenLog, ClockEvent, replay
from sla.policy import Promise
from sla.proof import verify

PAGE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which a target and its log disagree."""

    ticket: int
    metric: str
    what: str


def verify_targets() -> Iterator[Difference]:
    """Recompute all targets, page by page; yield what differs."""
    after = 0
    while True:
        with reading() as session:
            targets = session.scalars(
                select(Target).where(Target.id > after).order_by(Target.id).limit(PAGE)
            ).all()
            found = [difference for target in targets for difference in _verify(session, target)]
            after = targets[-1].id if targets else after
        yield from found
        if not targets:
            return


def _verify(session: Session, target: Target) -> Iterator[Difference]:
    log = clocks.log_of(session, target.id)
    judge = _Judge(session, log)
    for sentence in verify(log, judge.promise, judge.calendar):
        yield Difference(target.ticket_id, target.metric, sentence)
    try:
        expected = clocks.projection(replay(log))
    except (BrokenLog, KeyError, ValueError):
        return  # verify has said it
    for name, value in expected.items():
        kept = getattr(target, name)
        if kept != value:
            yield Difference(target.ticket_id, target.metric, f"{name} is {kept}, not {value}")


class _Judge:
    """Tells which promise and calendar counted at each event of one log."""

    def __init__(self, session: Session, log: list[ClockEvent]) -> None:
        self.session = session
        self.log = log

    def promise(self, event: ClockEvent) -> Promise:
        return Promise.from_json(self._in_force(event)["promise"])

    def calendar(self, event: ClockEvent) -> Calendar:
        return calendars.calendar_at(self.session, self._in_force(event)["calendar_version"])

    def _in_force(self, event: ClockEvent) -> Any:
        found: Any = {}
        for earlier in self.log:
            if "promise" in earlier.data:
                found = earlier.data
            if earlier is event:
                break
        return found
