"""The answer rate as an error budget: how many calls may still be missed, and how fast it goes.

Of the calls offered in a period (the calendar month), a share may be missed: 15 of 100
under a promise of 85 %. That share is the budget. All counts are whole calls, as
``sla.rates`` counts them; the promise is a whole percentage, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.calendar import Calendar
from sla.rates import Tally

LOOK_BACK = timedelta(days=120)
"""A window reaches no further back, however rarely the desk is open."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of a period, part of which is over.

    - ``offered``, ``answered``: calls so far.
    - ``expected``: calls still to be offered until the period ends.
    - ``percent``: the promise; a rate of exactly this keeps it.
    """

    offered: int
    answered: int
    expected: int
    percent: int

    @property
    def missed(self) -> int:
        """Offered calls so far that nobody answered."""
        return self.offered - self.answered

    @property
    def is_kept(self) -> bool:
        """Whether the promise holds so far; it does where nothing was offered."""
        return 100 * self.answered >= self.percent * self.offered

    @property
    def allowed(self) -> int:
        """How many calls of the whole period may be missed, those expected included."""
        return _allowed(self.offered + self.expected, self.percent)

    @property
    def left(self) -> int:
        """How many calls may still be missed, if as many come as are expected.

        It is the most that can be missed of all calls of the period besides those missed
        already while its rate is kept; below 0 by so many is it overspent.
        """
        return self.allowed - self.missed

    @property
    def spare(self) -> int:
        """The same if no further call came: what the calls so far alone allow, less those missed.

        Below 0, the promise is broken at this moment.
        """
        return _allowed(self.offered, self.percent) - self.missed

    @property
    def recovers_after(self) -> int | None:
        """How many calls answered in a row bring the rate back; 0 while it is kept.

        None where no number would: of a promise of 100 % one missed call breaks it for good.
        """
        if self.is_kept:
            return 0
        if self.percent == 100:
            return None
        lacking = self.percent * self.offered - 100 * self.answered
        return -(-lacking // (100 - self.percent))

    @property
    def spent(self) -> float:
        """The share of the budget that is used up: 0 to 1, above 1 when it is overspent."""
        if self.allowed == 0:
            return 1.0 if self.missed else 0.0
        return self.missed / self.allowed

    def left_at(self, pace: float) -> int:
        """Return what is left when the period ends, if that share of the calls to come is missed.

        Part calls count as missed, so that the figure promises nothing.
        """
        return int((self.left - pace * self.expected) // 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Service time without a break, and the calls expected in it, evenly spread."""

    opens: datetime
    closes: datetime
    calls: float


def runs_out(left: int, pace: float, coming: Sequence[Stretch]) -> datetime | None:
    """Return when the budget is used up, if the share ``pace`` of coming calls is missed.

    It is the instant, in service time, at which the misses to come add up to ``left``;
    the beginning of what comes where nothing is left, and None where something remains
    in the end or nothing is missed.
    """
    if left <= 0:
        return coming[0].opens if coming else None
    if pace <= 0:
        return None
    until = left / pace
    for stretch in coming:
        if stretch.calls > 0 and until <= stretch.calls:
            return stretch.opens + (stretch.closes - stretch.opens) * (until / stretch.calls)
        until -= stretch.calls
    return None


def burn(counted: Tally, percent: int) -> float | None:
    """Return how many times faster than allowed the budget is used; None without a call.

    1 uses a period's budget exactly within the period, 0 uses nothing. The most is
    100 ÷ (100 - percent), when every call is missed: 6.67 at 85 %.
    """
    if not counted.offered:
        return None
    if percent == 100:
        return float("inf") if counted.abandoned else 0.0
    return counted.abandoned * 100 / (counted.offered * (100 - percent))


@dataclass(frozen=True, slots=True)
class Alarm:
    """When to be alarmed: two windows of service time that both burn at a rate.

    The long window (``long``, service minutes) shows that it matters, the short one that
    it still goes on. Below ``least`` missed calls in the long window nobody is alarmed: at
    a quiet desk two of three callers who hang up are chance.
    """

    name: str
    short: float
    long: float
    burn: float
    least: int


def alarms(workday: float) -> tuple[Alarm, Alarm]:
    """Return the two alarms of a desk whose working day has so many service minutes.

    The usual rates of 14 and 6 are out of reach at 85 %, where even a dead telephone burns
    at 6.67. ``fast``: over the last two hours and the last day twice as much is missed as
    may be, which uses a tenth of a month's budget in a day. ``slow``: over the last day
    and the last five a fifth more, which leaves nothing for the month's last days.
    Method: https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate).
    """
    return Alarm("fast", 120, workday, 2.0, 3), Alarm("slow", workday, 5 * workday, 1.2, 6)


def is_burning(alarm: Alarm, short: Tally, long: Tally, percent: int) -> bool:
    """Say whether an alarm goes off, given what its two windows counted."""
    rates = (burn(short, percent), burn(long, percent))
    fast = all(rate is not None and rate >= alarm.burn for rate in rates)
    return fast and long.abandoned >= alarm.least


def since(calendar: Calendar, now: datetime, minutes: float) -> datetime:
    """Return the latest instant from which that much service time leads up to now.

    The search ends ``LOOK_BACK`` ago; a desk that was open for less has a shorter window.
    """
    left = timedelta(minutes=minutes)
    day = calendar.local_date(now)
    first = day - LOOK_BACK
    while day >= first:
        for opens, closes in reversed(calendar.intervals_on(day)):
            end = min(closes, now)
            span = end - opens
            if timedelta(0) < span and left <= span:
                return end - left
            left -= max(span, timedelta(0))
        day -= timedelta(days=1)
    return now - LOOK_BACK


def _allowed(offered: int, percent: int) -> int:
    return offered * (100 - percent) // 100
