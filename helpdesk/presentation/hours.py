"""Whether the desk is open, and what the pages need to go on telling it by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.i18n import gettext, language
from helpdesk.presentation.dates import clock_time, plain_day, when
from sla.calendar import Calendar, NeverOpens

HORIZON = timedelta(days=10)  # a page may stay open over the longest public holiday
_NOON = (time(10, 30), time(14, 30))


@dataclass(frozen=True)
class Segment:
    """A stretch of time in which the desk is open, or closed for one reason.

    ``words`` tell what comes next: ``12:00 午休`` while open, and
    ``午休 · 13:30 继续`` while closed.
    """

    start: datetime
    end: datetime
    open: bool
    words: str


def segments(calendar: Calendar, *, now: datetime) -> Sequence[Segment]:
    """Cut the next days into stretches of open and closed, from the one that holds now."""
    ahead = _segments_from(calendar, calendar.local_date(now), language())
    return [segment for segment in ahead if segment.end > now]


@lru_cache(maxsize=16)
def _segments_from(calendar: Calendar, day: date, _language: str) -> Sequence[Segment]:
    """Return the stretches from a local midnight on; a page asks for the same all day."""
    at = datetime.combine(day, time(), calendar.zone).astimezone(UTC)
    until = at + HORIZON
    found: list[Segment] = []
    while at < until:
        is_open = calendar.is_open(at)
        end = _closing(calendar, at, until) if is_open else _end_of_pause(calendar, at, until)
        words = _open_words(calendar, at, end) if is_open else _closed_words(calendar, at)
        found.append(Segment(at, end, is_open, words))
        at = end
    return found


def standstill(calendar: Calendar, at: datetime) -> str | None:
    """Say why no service time runs and when it goes on; None while it runs."""
    here = segments(calendar, now=at)[0]
    return None if here.open else here.words


@dataclass(frozen=True)
class OpenNow:
    """The top bar's sentence, in the two parts that a script renews.

    ``now`` is ``服务中 · 11月23日 周一 10:40`` and ``next`` is ``12:00 午休``.
    """

    open: bool
    now: str
    next: str


def open_now(calendar: Calendar, *, now: datetime) -> OpenNow:
    """Tell whether the desk is open and what comes next."""
    first = segments(calendar, now=now)[0]
    today = now.astimezone(calendar.zone).date()
    moment = f"{plain_day(today, today=today)} {clock_time(now, zone=calendar.zone)}"
    told = gettext("In service · %(moment)s", moment=moment) if first.open else moment
    return OpenNow(first.open, told, first.words)


def clock_facts(calendar: Calendar, *, now: datetime) -> dict[str, Any]:
    """Return what the page's script counts by: stretches, dates and words, as JSON.

    ``segments`` are ``[start, end, open, words]`` and ``days`` ``[midnight, name]``,
    instants in epoch seconds.
    """
    until = now + HORIZON
    return {
        "now": now.timestamp(),
        "segments": [
            [s.start.timestamp(), s.end.timestamp(), s.open, s.words]
            for s in segments(calendar, now=now)
        ],
        "days": _days(calendar.zone, now, until),
        "offset": _offset(calendar.zone, now),
        "words": {
            "open": gettext("In service · %(moment)s"),
            "left": gettext("%(span)s left"),
            "over": gettext("overdue by %(span)s"),
            "under": gettext("under 1 min"),
            "m": gettext("%(m)s min"),
            "h": gettext("%(h)s h"),
            "hm": gettext("%(h)s h %(m)s min"),
        },
    }


def _days(zone: ZoneInfo, now: datetime, until: datetime) -> list[list[Any]]:
    first = now.astimezone(zone).date()
    count = (until.astimezone(zone).date() - first).days + 1
    dates = [first + timedelta(days=n) for n in range(count)]
    return [
        [datetime.combine(d, time(), zone).timestamp(), plain_day(d, today=first)] for d in dates
    ]


def _offset(zone: ZoneInfo, at: datetime) -> float:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset.total_seconds()


def _closing(calendar: Calendar, at: datetime, until: datetime) -> datetime:
    """Return when the desk next closes; a desk open around the clock closes at the end."""
    end = at
    while end < until and calendar.is_open(end):
        end = calendar.next_change(end) or until
    return end


def _end_of_pause(calendar: Calendar, at: datetime, until: datetime) -> datetime:
    """Return the next opening or midnight: the words for a closed desk change with the day."""
    tomorrow = calendar.local_date(at) + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), calendar.zone).astimezone(UTC)
    return min(calendar.next_change(at) or until, midnight)


def _open_words(calendar: Calendar, at: datetime, end: datetime) -> str:
    if calendar.is_open(end):
        return gettext("around the clock")
    hour = clock_time(end, zone=calendar.zone)
    today = calendar.intervals_on(calendar.local_date(at))
    if any(opening >= end for opening, _ in today):
        if _is_noon(end.astimezone(calendar.zone).time()):
            return gettext("lunch at %(hour)s", hour=hour)
        return gettext("break at %(hour)s", hour=hour)
    return gettext("closes at %(hour)s", hour=hour)


def _closed_words(calendar: Calendar, at: datetime) -> str:
    return gettext(
        "%(why)s · resumes %(when)s", why=_why(calendar, at), when=_resumes(calendar, at)
    )


def _why(calendar: Calendar, at: datetime) -> str:
    today = calendar.intervals_on(calendar.local_date(at))
    if not today:
        return gettext("Day off")
    earlier = [closing for _, closing in today if closing <= at]
    later = any(opening > at for opening, _ in today)
    if not earlier:
        return gettext("Not open yet")
    if not later:
        return gettext("Closed for today")
    noon = _is_noon(max(earlier).astimezone(calendar.zone).time())
    return gettext("Lunch break") if noon else gettext("Break")


def _is_noon(local: time) -> bool:
    return _NOON[0] <= local <= _NOON[1]


def _resumes(calendar: Calendar, at: datetime) -> str:
    try:
        opening = calendar.next_opening(at)
    except NeverOpens:
        return "—"
    if calendar.local_date(at) == calendar.local_date(opening):
        return clock_time(opening, zone=calendar.zone)
    return when(opening, now=at, zone=calendar.zone)
