"""The time of a visit as people say it: one day, from one hour to another."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from helpdesk.presentation.dates import clock_time, stamp


def span_stamp(starts: datetime, ends: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Tell ``11月24日 周二 09:00–12:00``; visits begin and end on one day."""
    return f"{stamp(starts, now=now, zone=zone)}–{clock_time(ends, zone=zone)}"
