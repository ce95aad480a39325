"""The kept sums of calls by hour, read once for all that a page tells of the telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import CallHour
from helpdesk.runtime import current_config
from helpdesk.services.hotline import call_sums
from helpdesk.services.hours import calendars
from sla import budget, expected
from sla.calendar import Calendar
from sla.expected import Week
from sla.rates import Tally, grouped, together

WEEKS = 8
"""So many weeks before today say what an ordinary week brings."""


@dataclass(frozen=True)
class Telephone:
    """Sums by local date and hour, from ``first`` to today, as of ``now``.

    ``known_since`` is the first day of which anything is known; None without a call.
    """

    calendar: Calendar
    now: datetime
    first: date
    known_since: date | None
    hours: Mapping[tuple[date, int], Tally]

    @property
    def today(self) -> date:
        """The local date."""
        return self.calendar.local_date(self.now)

    @property
    def percent(self) -> int:
        """The promise, in percent of the offered calls."""
        return current_config().answer_rate_target

    @property
    def history(self) -> tuple[date, date]:
        """The first and last day that the ordinary week is learnt from; today is not over."""
        begin = self.today - timedelta(weeks=WEEKS)
        return max(begin, self.known_since or begin), self.today - timedelta(days=1)

    @cached_property
    def week(self) -> Week:
        """The ordinary week; empty where no ordinary working day is known."""
        if self.known_since is None:
            return {}
        offered = {slot: tally.offered for slot, tally in self.hours.items()}
        return expected.ordinary_week(offered, self.calendar, *self.history)

    def total(self, first: date, last: date) -> Tally:
        """Return the sums over local days, both included."""
        return together(t for (day, _), t in self.hours.items() if first <= day <= last)

    def by_day(self, first: date, last: date) -> dict[date, Tally]:
        """Return the sums of each local day on which anything was counted."""
        return grouped((day, t) for (day, _), t in self.hours.items() if first <= day <= last)

    def by_hour_of_week(self, first: date, last: date) -> dict[tuple[int, int], Tally]:
        """Return the sums by weekday (0 is Monday) and hour."""
        return grouped(
            ((day.weekday(), hour), tally)
            for (day, hour), tally in self.hours.items()
            if first <= day <= last
        )

    def window(self, minutes: float) -> Tally:
        """Return the sums of so much service time up to now.

        Sums are kept by the hour: the window begins with the hour that holds its first
        minute, and so is up to an hour longer.
        """
        begin = budget.since(self.calendar, self.now, minutes).astimezone(self.calendar.zone)
        first = begin.date(), begin.hour
        return together(tally for slot, tally in self.hours.items() if slot >= first)


def read(session: Session, first: date | None = None, *, now: datetime) -> Telephone:
    """Return the sums from a day on, and at least those of this month and of the history."""
    calendar = calendars.default(session)
    today = calendar.local_date(now)
    begin = min(filter(None, (first, today.replace(day=1), today - timedelta(weeks=WEEKS))))
    known_since = session.scalar(select(func.min(CallHour.day)))
    hours = {}
    if known_since is not None:
        hours = call_sums.by_hour(session, max(begin, known_since), today)
    return Telephone(calendar, now, begin, known_since, dict(sorted(hours.items())))
