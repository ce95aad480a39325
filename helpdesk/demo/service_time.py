"""Instants counted back from now in service time, so that the story fits any day of the year."""

from __future__ import annotations

from datetime import datetime, timedelta

from sla.calendar import Calendar


class ServiceTime:
    """Looks back from ``now`` over a calendar's openings."""

    def __init__(self, calendar: Calendar, now: datetime) -> None:
        self.calendar = calendar
        self.now = now.replace(microsecond=0)

    def ago(self, minutes: float) -> datetime:
        """Return the latest instant from which that much service time leads up to now."""
        day = self.calendar.local_date(self.now)
        left = timedelta(minutes=minutes)
        while True:
            for opens, closes in reversed(self.calendar.intervals_on(day)):
                span = min(closes, self.now) - opens
                if timedelta(0) < span and left <= span:
                    return _whole(min(closes, self.now) - left)
                left -= max(span, timedelta(0))
            day -= timedelta(days=1)

    def later(self, start: datetime, minutes: float) -> datetime:
        """Return the instant at which that much service time has passed since ``start``."""
        return _whole(self.calendar.add_minutes(start, minutes))

    def evening_of(self, at: datetime, minutes: float) -> datetime:
        """Return an instant after the day's last closing, in ordinary minutes."""
        intervals = self.calendar.intervals_on(self.calendar.local_date(at))
        return min(intervals[-1][1] + timedelta(minutes=minutes), self.now) if intervals else at

    def month_before(self) -> datetime:
        """Return the local midnight at which the month before this one begins."""
        first = self.now.astimezone(self.calendar.zone).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        return (first - timedelta(days=1)).replace(day=1)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
