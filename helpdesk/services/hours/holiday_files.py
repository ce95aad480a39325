"""Reading a year's days off from a file: rows of text, or a calendar in iCalendar's form."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.services.hours import holiday_ical, holiday_rows
from helpdesk.services.hours.holiday_rows import Year

__all__ = ["MOST_YEARS", "Year", "beside", "read"]

YEARS = range(2000, 2101)
MOST_YEARS = 20
"""So many years may one file name; more of them are a mistake."""
AROUND_NEW_YEAR = timedelta(days=10)
"""So far from New Year lie the days of a run over it, and the days worked for it."""


def read(data: bytes) -> dict[int, Year]:
    """Return the days by year; raise Refusal naming the first wrong line, taking nothing."""
    if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE):  # “Unicode text” of spreadsheets
        data = data.decode("utf-16", "replace").encode()
    if holiday_ical.is_calendar(data):
        years = holiday_ical.read(data)
    else:
        years = holiday_rows.read(_decoded(data))
    if not years:
        raise Refusal(
            "empty", _("The file names no day; write lines like 2027-01-01,off,元旦"), field="file"
        )
    if len(years) > MOST_YEARS:
        raise Refusal(
            "too_many_years",
            _(
                "The file names %(n)s years; at most %(most)s at once.",
                n=len(years),
                most=MOST_YEARS,
            ),
            field="file",
        )
    for year in years:
        if year not in YEARS:
            raise Refusal(
                "far_year",
                _("The file names the year %(year)s; write one from 2000 to 2100.", year=year),
                field="file",
            )
    return dict(sorted(years.items()))


def beside(years: Mapping[int, Year]) -> set[int]:
    """Return the years that are named for another one's run over New Year alone.

    Such a run belongs to one notice, which says nothing about the rest of the other year:
    that of 2023 begins with 2022-12-31.
    """
    return {part for year in years if year + 1 in years for part in _shared(years, year)}


def _shared(years: Mapping[int, Year], year: int) -> Iterator[int]:
    """Yield which of two years in a row has no days but those around their New Year."""
    eve = date(year, 12, 31)
    if eve not in years[year].off or eve + timedelta(days=1) not in years[year + 1].off:
        return
    if min(_days(years[year])) > eve - AROUND_NEW_YEAR:
        yield year
    if max(_days(years[year + 1])) < eve + AROUND_NEW_YEAR:
        yield year + 1


def _days(year: Year) -> set[date]:
    return {*year.off, *year.work}


def _decoded(data: bytes) -> str:
    for charset in ("utf-8-sig", "gb18030"):  # spreadsheets in China save the latter
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refusal("not_text", _("This file is no text; save it as CSV."), field="file")
