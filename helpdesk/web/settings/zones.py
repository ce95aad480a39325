"""The time zones that a form suggests; any other that is known may be written."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> list[str]:
    """Return those of Asia, by name; a desk elsewhere writes its own."""
    return sorted(name for name in available_timezones() if name.startswith("Asia/"))
