"""Days off and make-up days out of a published calendar (iCalendar, RFC 5545).

Such calendars have an all-day event for each run of days. Its title says which it is:
休, 假 or “holiday” is a day off, 班 or “work” a make-up day; Apple's calendars say so in
a property besides. What says neither is refused, because a festival is not always free.

What the calendars that are commonly subscribed to do otherwise is read too:
https://github.com/NateScarlet/holiday-cn names the holiday that a make-up day is worked for,
https://github.com/lanceliao/china-holiday-calender gives make-up days their hours, and
https://github.com/baranwang/chinese-holidays-calendar says 调休 of them, with a category.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.services.hours.holiday_rows import Year
from helpdesk.services.hours.ical_lines import BadLine, Line, lines

LONGEST_RUN = 62
"""Days of one event; a longer one is a mistake."""

_OFF = re.compile(r"休|假|\b(?:holiday|day off|off)\b", re.IGNORECASE)
_WORK = re.compile(r"班|\b(?:work|workday|working day|make-?up)\b", re.IGNORECASE)
_SWAPPED = "调休"  # said of both sides of the exchange, so it says nothing
_WORKED_FOR = re.compile(r"(?:上班|补班)\s*[(（]补?(.+?)(?:假期|假)?[)）]")
_BUSINESS = "BUSINESS DAY"
_APPLE = "X-APPLE-SPECIAL-DAY"
_APPLE_KINDS = {"WORK-HOLIDAY": "off", "ALTERNATE-WORKDAY": "work"}
_REPEATING = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_HOURS = re.compile(r"([0-9]{8})T[0-9]{6}")
_DAYS = re.compile(r"P(?:([0-9]{1,3})W)?(?:([0-9]{1,3})D)?")
_MARKS = (
    re.compile(r"第\s*\d+\s*天\s*/?\s*(?:共\s*\d+\s*天)?"),
    re.compile(r"[(（\[【]\s*(?:调休|补班|上班|放假|假期|休|班)\s*[)）\]】]"),
    re.compile(r"(?:调休上班|调休|补班|上班|放假|假期|[\s·-](?:休|班))\s*$"),
)


@dataclass(slots=True)
class _Event:
    """One VEVENT: the line it begins at, and its own properties."""

    number: int
    found: dict[str, Line] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its title on one line."""
        line = self.found.get("SUMMARY")
        return " ".join(line.text.split()) if line else ""

    def refusal(self, code: str, sentence: Any) -> Refusal:
        """Return a refusal that begins with where the event is."""
        return Refusal(
            code,
            _(
                "Line %(n)s, event “%(title)s”: %(what)s",
                n=self.number,
                title=self.title[:60] or "—",
                what=sentence,
            ),
            field="file",
        )


def is_calendar(data: bytes) -> bool:
    """Say whether a file begins as a calendar does."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper() == b"BEGIN:VCALENDAR"


def read(data: bytes) -> dict[int, Year]:
    """Return the days by year; raise Refusal naming the first wrong event, taking nothing."""
    years: dict[int, Year] = {}
    for event in _events(data):
        kind, name = _kind(event), _name(event.title)
        for day in _days(event, kind):
            year = years.setdefault(day.year, Year())
            same, other = (year.off, year.work) if kind == "off" else (year.work, year.off)
            if day in other:
                raise event.refusal(
                    "twice",
                    _("%(day)s is a day off and a working day at once; keep one of them.", day=day),
                )
            if name not in same.setdefault(day, name).split("、"):
                same[day] = f"{same[day]}、{name}"[:100]
    return years


def _events(data: bytes) -> Iterator[_Event]:
    event: _Event | None = None
    inside: list[str] = []
    try:
        for line in lines(data):
            if line.name == "BEGIN":
                inside.append(line.value.strip().upper())
                if inside[-1] == "VEVENT":
                    event = _Event(line.number)
            elif line.name == "END":
                ended = inside.pop() if inside else ""
                _check_ended(ended, line)
                if ended == "VEVENT" and event is not None and not _cancelled(event):
                    yield event
            elif event is not None and inside[-1:] == ["VEVENT"]:  # an alarm's are its own
                event.found.setdefault(line.name, line)
    except BadLine as error:
        raise Refusal(
            "bad_line",
            _(
                "Line %(n)s is no line of a calendar; export the calendar again, or write CSV.",
                n=error.number,
            ),
            field="file",
        ) from error
    if inside:
        raise Refusal(
            "cut_off",
            _("The file ends within %(part)s; fetch it again as a whole.", part=inside[-1]),
            field="file",
        )


def _check_ended(part: str, line: Line) -> None:
    if part != line.value.strip().upper():
        raise BadLine(line.number)


def _cancelled(event: _Event) -> bool:
    status = event.found.get("STATUS")
    return status is not None and status.value.strip().upper() == "CANCELLED"


def _kind(event: _Event) -> str:
    apple = event.found.get(_APPLE)
    if apple is not None and apple.value.strip().upper() in _APPLE_KINDS:
        return _APPLE_KINDS[apple.value.strip().upper()]
    if _WORKED_FOR.fullmatch(event.title) or _is_swapped_for_work(event):
        return "work"
    title = event.title.replace(_SWAPPED, "")
    off, work = _OFF.search(title), _WORK.search(title)
    if bool(off) == bool(work):
        raise event.refusal(
            "unknown_kind",
            _("it says neither “off” nor “work”; write 休 or 班 into its title, or delete it."),
        )
    return "off" if off else "work"


def _is_swapped_for_work(event: _Event) -> bool:
    line = event.found.get("CATEGORIES")
    categories = line.text.upper().split(",") if line else []
    return _SWAPPED in event.title and _BUSINESS in map(str.strip, categories)


def _name(title: str) -> str:
    worked_for = _WORKED_FOR.fullmatch(title)
    name = worked_for[1] if worked_for else title
    for mark in _MARKS:
        name = mark.sub("", name).strip(" ·-—:：,，")
    return (name or title)[:100]


def _days(event: _Event, kind: str) -> list[date]:
    for name in _REPEATING:
        if name in event.found:
            raise event.refusal(
                "repeats", _("it repeats (%(name)s); enter each year's days as dates.", name=name)
            )
    if kind == "work" and (worked := _hours_of(event)):
        return [_as_date(event, "DTSTART", worked)]
    first = _date(event, "DTSTART")
    count = (_end(event, first) - first).days
    if count < 0:
        raise event.refusal(
            "backwards",
            _("it ends before it begins; DTEND is the day after its last one."),
        )
    if count > LONGEST_RUN:
        raise event.refusal(
            "too_long",
            _("it lasts %(n)s days; at most %(most)s can be one run.", n=count, most=LONGEST_RUN),
        )
    # an end on its own first day is what some programs write for the one day
    return [first + timedelta(days=step) for step in range(max(count, 1))]


def _hours_of(event: _Event) -> str | None:
    """Return the local date within which an event begins and ends; None where it has no hours."""
    found = [event.found.get(name) for name in ("DTSTART", "DTEND")]
    times = [_HOURS.fullmatch(line.value.strip()) if line else None for line in found]
    dates = {time[1] if time else None for time in times}
    return dates.pop() if len(dates) == 1 else None


def _end(event: _Event, first: date) -> date:
    if "DTEND" in event.found:
        return _date(event, "DTEND")
    if "DURATION" not in event.found:
        return _later(first, 1)
    lasts = _DAYS.fullmatch(event.found["DURATION"].value.strip().upper())
    if lasts is None or not any(lasts.groups()):
        raise event.refusal(
            "bad_duration", _("its DURATION is no number of days; write one such as P3D.")
        )
    weeks, days = (int(number or 0) for number in lasts.groups())
    return _later(first, 7 * weeks + days)


def _later(day: date, days: int) -> date:
    """Return the date some days on, or the last that there is; its year is refused later."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _date(event: _Event, name: str) -> date:
    line = event.found.get(name)
    value = line.value.strip() if line else ""
    if "T" in value.upper():
        raise event.refusal(
            "not_all_day",
            _("%(name)s has a time of day; make it an all-day event.", name=name),
        )
    return _as_date(event, name, value)


def _as_date(event: _Event, name: str, value: str) -> date:
    digits = _DATE.fullmatch(value)
    try:
        if digits is not None:
            return date(*map(int, digits.groups()))
    except ValueError:
        pass
    raise event.refusal(
        "bad_date",
        _("%(name)s “%(value)s” is no date; write it like 20270101.", name=name, value=value[:20]),
    )
