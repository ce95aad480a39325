"""Opening intervals as people type them: pairs of times, any number of them in a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from flask import request

from helpdesk.errors import Refusal
from helpdesk.i18n import gettext
from sla.spec import MINUTES_A_DAY, Intervals, clock_text

_TIME = re.compile(r"([0-9]{1,2})(?:[:：.]?([0-9]{2}))?")


def posted_intervals(name: str) -> list[tuple[str, str]]:
    """Return the pairs of one day as they were typed, without empty ones."""
    begins, ends = request.form.getlist(f"{name}_from"), request.form.getlist(f"{name}_to")
    pairs = [(a.strip(), b.strip()) for a, b in zip(begins, ends, strict=False)]
    return [pair for pair in pairs if any(pair)]


def read_intervals(pairs: Sequence[tuple[str, str]], *, field: str, day: str) -> Intervals:
    """Return the intervals in order; raise Refusal, which names the day, for what none can have."""
    intervals = sorted((_minute(a, field, day), _minute(b, field, day)) for a, b in pairs)
    for begin, end in intervals:
        if end == begin:
            text = gettext(
                "%(day)s: %(begin)s–%(end)s is empty; for a whole day write 00:00–24:00.",
                day=day,
                begin=clock_text(begin),
                end=clock_text(end),
            )
            raise Refusal("empty", text, field=field)
        if end < begin:
            raise Refusal(
                "backwards",
                gettext(
                    "%(day)s: %(begin)s–%(end)s ends before it begins; an interval may not cross "
                    "midnight: split it into one for each day.",
                    day=day,
                    begin=clock_text(begin),
                    end=clock_text(end),
                ),
                field=field,
            )
    for (first, end), (begin, later) in pairwise(intervals):
        if begin < end:
            raise Refusal(
                "overlap",
                gettext(
                    "%(day)s: %(begin)s–%(end)s overlaps %(first)s–%(last)s; give each hour once.",
                    day=day,
                    begin=clock_text(begin),
                    end=clock_text(later),
                    first=clock_text(first),
                    last=clock_text(end),
                ),
                field=field,
            )
    return tuple(intervals)


def interval_texts(intervals: Intervals) -> list[tuple[str, str]]:
    """Return intervals as they are typed."""
    return [(clock_text(begin), clock_text(end)) for begin, end in intervals]


def _minute(text: str, field: str, day: str) -> int:
    match = _TIME.fullmatch(text)
    if match:
        minute = int(match[1]) * 60 + int(match[2] or 0)
        if int(match[2] or 0) < 60 and minute <= MINUTES_A_DAY:
            return minute
    raise Refusal(
        "no_time",
        gettext(
            "%(day)s: “%(text)s” is no time of day; write it like 09:00, up to 24:00.",
            day=day,
            text=text[:20],
        ),
        field=field,
    )
