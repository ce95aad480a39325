"""Days off as rows of text: ``2027-01-01,off,元旦`` or ``2027-01-09,work,调休``.

What spreadsheets make of such rows is read too: they write dates as 2027/1/1, and part
cells by tabs or semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _

HEADINGS = ("date", "日期")
OFF = ("off", "day off", "holiday", "休", "休息", "假", "放假", "假期", "节假日")
WORK = ("work", "workday", "makeup", "make-up", "班", "上班", "补班", "调休", "工作日")

_DATE = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]0?0:00(?::00)?)?"
    r"|([0-9]{4})([0-9]{2})([0-9]{2})"
)
_SEPARATOR = re.compile("[,，;\t]")
_QUOTED = 40  # characters of a wrong cell that the refusal repeats


@dataclass(slots=True)
class Year:
    """One year's days off and make-up working days with their names."""

    off: dict[date, str] = field(default_factory=dict)
    work: dict[date, str] = field(default_factory=dict)


def read(text: str) -> dict[int, Year]:
    """Return the days by year; raise Refusal naming the first wrong line, taking nothing."""
    years: dict[int, Year] = {}
    for place, (number, cells) in enumerate(_rows(text)):
        if place == 0 and cells[0].lower() in HEADINGS:
            continue
        day, kind, name = _line(number, cells)
        year = years.setdefault(day.year, Year())
        if day in year.off or day in year.work:
            raise Refusal(
                "twice",
                _("Line %(n)s: %(day)s is there twice; keep one of them.", n=number, day=day),
                field="file",
            )
        (year.off if kind in OFF else year.work)[day] = name
    return years


def write(years: Mapping[int, Year]) -> str:
    """Write days as ``read`` reads them."""
    lines = io.StringIO()
    rows = csv.writer(lines, lineterminator="\n")
    for days in years.values():
        for kind, named in (("off", days.off), ("work", days.work)):
            rows.writerows((day.isoformat(), kind, name) for day, name in sorted(named.items()))
    return lines.getvalue()


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row that says anything, with the line on which it begins."""
    rows = csv.reader(text.splitlines(), delimiter=_separator(text), strict=True)
    begins = 1
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if any(cells) and not cells[0].startswith("#"):
                yield begins, cells
            begins = rows.line_num + 1
    except csv.Error as error:  # also a quotation mark that nothing closes
        raise Refusal(
            "bad_row",
            _("Line %(n)s cannot be read; write it like 2027-01-01,off,元旦.", n=begins),
            field="file",
        ) from error


def _separator(text: str) -> str:
    """Return what parts the cells of the first row."""
    for line in text.splitlines():
        if not line.lstrip().startswith("#") and (found := _SEPARATOR.search(line)):
            return found[0]
    return ","


def _line(number: int, cells: list[str]) -> tuple[date, str, str]:
    try:
        day = _date(cells[0])
    except ValueError as error:
        raise Refusal(
            "bad_date",
            _(
                "Line %(n)s: “%(day)s” is no date; write it like 2027-01-01.",
                n=number,
                day=cells[0][:_QUOTED],
            ),
            field="file",
        ) from error
    kind = cells[1].lower() if len(cells) > 1 else ""
    if kind not in (*OFF, *WORK):
        raise Refusal(
            "bad_kind",
            _(
                "Line %(n)s: “%(kind)s” is not known; write off or work.",
                n=number,
                kind=kind[:_QUOTED],
            ),
            field="file",
        )
    return day, kind, cells[2][:100] if len(cells) > 2 else ""


def _date(cell: str) -> date:
    found = _DATE.fullmatch(cell)
    if found is None:
        raise ValueError(cell)
    year, month, day = (int(number) for number in found.groups() if number is not None)
    return date(year, month, day)
