"""The hotline of the demo desk: a log of calls, most of them taken, missed ones rung back."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select

from helpdesk.demo.cast import Cast
from helpdesk.demo.service_time import ServiceTime
from helpdesk.extensions import reading, transaction
from helpdesk.models import Callback, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import tickets
from helpdesk.services.hotline import call_import, call_sources, ringing_back
from sla.expected import open_hours

QUEUES = ("认证咨询", "考务")
CALLS = 130
MISSED_EVERY = 9
EVERY_DAY = {9: 3, 10: 4, 11: 2, 13: 1, 14: 3, 15: 3, 16: 2, 17: 1}
"""So many callers more ring in each hour of an ordinary day; some give up and tell no number."""
BUSY_WEEKDAY = 0
LOST_EVERY = 8
LAST_MISSED = (55.0, 140.0)
"""So many service minutes ago callers were missed whom nobody has rung back yet."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Lines of the log that end at an instant, or an agent who rings a number back."""

    at: datetime
    lines: tuple[str, ...] = ()
    number: str = ""


@dataclass(slots=True)
class Telephone:
    """Lays the hotline's calls out in time and performs them."""

    time: ServiceTime
    cast: Cast
    source: int = 0
    rng: random.Random = field(default_factory=lambda: random.Random(85))  # noqa: S311
    _calls: int = 0

    def rings(self) -> list[Ring]:
        """Return what happened on the telephone up to now, in the order of time."""
        with transaction() as session:
            source = call_sources.source_named(session, "热线电话", now=self.time.month_before())
            source.address = "15712969460"
            self.source = source.id
        period = self.time.calendar.elapsed(self.time.month_before(), self.time.now)
        found: list[Ring] = []
        taken: list[Ring] = []
        for index in range(CALLS):
            age = 200 + (period - 200) * (1 - (index + self.rng.random()) / CALLS)
            arrived = self.time.ago(age)
            if index % MISSED_EVERY == MISSED_EVERY // 2:
                found += self._missed(arrived, rung_back=True)
            else:
                taken.append(self._taken(arrived))
        for minutes in LAST_MISSED:
            found += self._missed(self.time.ago(minutes), rung_back=False)
        found += self._day_by_day(taken)
        found += self._ordinary_days()
        return sorted((ring for ring in found if ring.at <= self.time.now), key=_when)

    def perform(self, ring: Ring) -> None:
        """Let the desk hear of it."""
        if ring.lines:
            call_import.import_log(self.source, "queue_log", ring.lines, now=ring.at)
            return
        with reading() as session:
            number = session.scalar(
                select(Callback.ticket_id).where(Callback.number == ring.number, Callback.open)
            )
        if number is None:
            return
        viewer = self._helper()
        with transaction() as session:
            ringing_back.log_outcome(
                session, viewer, number, "reached", said="已回电，问题当场答复。", now=ring.at
            )
            ticket = session.get_one(Ticket, number)
            tickets.set_status(session, ticket, "resolved", now=ring.at, by=viewer.actor)

    def _taken(self, arrived: datetime) -> Ring:
        wait, talk = self.rng.randint(3, 38), self.rng.randint(40, 420)
        agent, number = self._helper().name, self._number()
        ended = arrived + timedelta(seconds=wait + talk)
        call, queue = self._next(arrived), self.rng.choice(QUEUES)
        lines = (
            _line(arrived, call, queue, "NONE", "ENTERQUEUE", "", number, 1),
            _line(arrived, call, queue, agent, "CONNECT", wait, "", 2, after=wait),
            _line(arrived, call, queue, agent, "COMPLETECALLER", wait, talk, 1, after=wait + talk),
        )
        return Ring(ended, lines)

    def _missed(self, arrived: datetime, *, rung_back: bool) -> list[Ring]:
        wait, number = self.rng.randint(15, 70), self._number()
        call, queue = self._next(arrived), self.rng.choice(QUEUES)
        lines = (
            _line(arrived, call, queue, "NONE", "ENTERQUEUE", "", number, 1),
            _line(arrived, call, queue, "NONE", "ABANDON", 1, 1, wait, after=wait),
        )
        heard = Ring(arrived + timedelta(seconds=wait), lines)
        if not rung_back:
            return [heard]
        return [heard, Ring(self.time.later(heard.at, self.rng.uniform(8, 110)), number=number)]

    def _day_by_day(self, taken: Iterable[Ring]) -> list[Ring]:
        """Let the desk hear of a day's answered calls at once: nothing follows from them."""
        days: dict[date, list[Ring]] = {}
        for ring in taken:
            if ring.at <= self.time.now:
                days.setdefault(self.time.calendar.local_date(ring.at), []).append(ring)
        return [
            Ring(max(map(_when, rings)), tuple(line for ring in rings for line in ring.lines))
            for rings in days.values()
        ]

    def _ordinary_days(self) -> list[Ring]:
        """Return each day's other calls at once, as an exchange without a link tells them."""
        calendar = self.time.calendar
        day = calendar.local_date(self.time.month_before())
        found = []
        while day <= calendar.local_date(self.time.now):
            lines: list[str] = []
            last = self.time.month_before()
            for part in open_hours(calendar, day):
                callers = EVERY_DAY.get(part.hour, 0) + (day.weekday() == BUSY_WEEKDAY)
                for _ in range(self.rng.randint(max(0, callers - 1), callers + 1)):
                    arrived = part.opens + (part.closes - part.opens) * self.rng.random() * 0.9
                    ring = self._lost(arrived) if self._is_lost() else self._taken(arrived)
                    if ring.at < self.time.now:
                        lines += ring.lines
                        last = max(last, ring.at)
            if lines:
                found.append(Ring(last, tuple(lines)))
            day += timedelta(days=1)
        return found

    def _is_lost(self) -> bool:
        return self.rng.randrange(LOST_EVERY) == 0

    def _lost(self, arrived: datetime) -> Ring:
        wait, call, queue = self.rng.randint(20, 90), self._next(arrived), self.rng.choice(QUEUES)
        lines = (
            _line(arrived, call, queue, "NONE", "ENTERQUEUE", "", "anonymous", 1),
            _line(arrived, call, queue, "NONE", "ABANDON", 1, 1, wait, after=wait),
        )
        return Ring(arrived + timedelta(seconds=wait), lines)

    def _next(self, arrived: datetime) -> str:
        self._calls += 1
        return f"{int(arrived.timestamp())}.{self._calls}"

    def _number(self) -> str:
        known = [asker.phone for asker in self.cast.askers.values() if asker.phone]
        if known and self.rng.random() < 0.5:
            return self.rng.choice(known)
        return f"139{self.rng.randrange(10**8):08}"

    def _helper(self) -> Viewer:
        here = [helper.viewer for helper in self.cast.helpers if not helper.away]
        return self.rng.choice(here)


def _when(ring: Ring) -> datetime:
    return ring.at


def _line(
    arrived: datetime, call: str, queue: str, agent: str, *event: object, after: int = 0
) -> str:
    at = int(arrived.timestamp()) + after
    return "|".join([str(at), call, queue, agent, *map(str, event)])
