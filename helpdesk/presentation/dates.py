"""Dates as people speak them, in the desk's own time zone."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from helpdesk.i18n import gettext, language

# The dated patterns carry the weekday, because promises are made in workdays.
_PATTERNS = {
    "zh": {"day": "M月d日 EEE", "dated": "y年M月d日 EEE", "short": "M月d日", "month": "y年M月"},
    "en": {"day": "EEE d MMM", "dated": "EEE d MMM y", "short": "d MMM", "month": "MMMM y"},
}


def when(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Tell an instant: ``今天 17:10``, ``11月23日 周一 10:00``, with its year when not this one."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    near = near_day(local.date(), today=today)
    if near is not None:
        return gettext("%(hour)s %(day)s", hour=f"{local:%H:%M}", day=near)
    return f"{plain_day(local.date(), today=today)} {local:%H:%M}"


def short_when(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Tell an instant where room is scarce: as ``when``, without the weekday in this year."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if near_day(local.date(), today=today) is not None or local.year != today.year:
        return when(at, now=now, zone=zone)
    return f"{short_day(local.date())} {local:%H:%M}"


def day(value: date, *, today: date) -> str:
    """Tell a date: today, tomorrow and yesterday by name, others with their weekday."""
    return near_day(value, today=today) or plain_day(value, today=today)


def near_day(value: date, *, today: date) -> str | None:
    """Name a date that is next to today; None for every other."""
    match (value - today).days:
        case 0:
            return gettext("today")
        case 1:
            return gettext("tomorrow")
        case -1:
            return gettext("yesterday")
    return None


def plain_day(value: date, *, today: date) -> str:
    """Tell a date with its weekday, and with its year when that is not today's."""
    return _format(value, "day" if value.year == today.year else "dated")


def stamp(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Tell an instant for a document or a mail, where "today" would soon be wrong."""
    local = at.astimezone(zone)
    return f"{plain_day(local.date(), today=now.astimezone(zone).date())} {local:%H:%M}"


def clock_time(at: datetime, *, zone: ZoneInfo) -> str:
    """Tell the hour and minute alone."""
    return f"{at.astimezone(zone):%H:%M}"


def clock_seconds(at: datetime, *, zone: ZoneInfo) -> str:
    """Tell the time of day to the second."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def exact(at: datetime, *, zone: ZoneInfo) -> str:
    """Tell an instant to the second, with its offset, for whoever hovers over it."""
    return at.astimezone(zone).replace(microsecond=0).isoformat(" ").replace("+", " +")


def short_day(value: date) -> str:
    """Tell a date without its weekday."""
    return _format(value, "short")


def month(value: date) -> str:
    """Tell a month with its year."""
    return _format(value, "month")


def ago(at: datetime, *, now: datetime) -> str:
    """Tell how long something has been over, in ordinary (not service) time."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return gettext("%(n)s s ago", n=seconds)
    if seconds < 3600:
        return gettext("%(n)s min ago", n=seconds // 60)
    if seconds < 86400:
        return gettext("%(n)s h ago", n=seconds // 3600)
    return gettext("%(n)s d ago", n=seconds // 86400)


def _format(value: date, name: str) -> str:
    return _formatted(value, name, language())


@lru_cache(maxsize=1024)
def _formatted(value: date, name: str, code: str) -> str:
    return format_date(value, _PATTERNS[code][name], locale=code)
