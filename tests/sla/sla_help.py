"""Calendars and times that the tests of service time share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sla.calendar import Calendar, CalendarSpec
from sla.china import DEFAULT_HOURS, default_spec

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = [["09:00", "12:00"], ["13:30", "18:00"]]
WHOLE_DAY = [["00:00", "24:00"]]
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def shanghai(text: str) -> datetime:
    """Read ``2026-11-23 10:00`` as Shanghai's time."""
    return local(text, SHANGHAI)


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekdays(rows: list[list[str]] = OFFICE, days: tuple[str, ...] = EVERY_DAY[:5]) -> dict:
    return dict.fromkeys(days, rows)


def calendar(tz: str = "Asia/Shanghai", **parts: Any) -> Calendar:
    """Make a calendar from its JSON parts; office hours unless ``hours`` are given."""
    parts.setdefault("hours", weekdays())
    return Calendar(CalendarSpec.from_json({"tz": tz, **parts}))


def office(**parts: Any) -> Calendar:
    """The rules' hours, Monday to Friday, with no days off but those given."""
    return Calendar(CalendarSpec(tz="Asia/Shanghai", hours=DEFAULT_HOURS, **parts))


def desk(*, makeup_days_open: bool = True) -> Calendar:
    """The built-in calendar with the published days off and make-up days."""
    return Calendar(default_spec(makeup_days_open=makeup_days_open))


def days(text: str) -> set[date]:
    """Expand ``01-28..02-04 2025`` style lists: ``2025: 01-01, 01-28..02-04``."""
    year, _, spans = text.partition(":")
    found: set[date] = set()
    for span in spans.split(","):
        first, _, last = span.strip().partition("..")
        begin = date.fromisoformat(f"{year}-{first}")
        end = date.fromisoformat(f"{year}-{last or first}")
        found |= {date.fromordinal(n) for n in range(begin.toordinal(), end.toordinal() + 1)}
    return found
