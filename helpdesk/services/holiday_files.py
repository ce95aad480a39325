"""Reading a year's days off from a file: rows of text, or a calendar in iCalendar's form."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.services import holiday_ical, holiday_rows
from helpdesk.services.holiday_rows import Year

__all__ = ["MOST_YEARS", "Year", "read"]

YEARS = range(2000, 2101)
MOST_YEARS = 20
"""So many years may one file name; more of them are a mistake."""


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


def _decoded(data: bytes) -> str:
    for charset in ("utf-8-sig", "gb18030"):  # spreadsheets in China save the latter
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refusal("not_text", _("This file is no text; save it as CSV."), field="file")
