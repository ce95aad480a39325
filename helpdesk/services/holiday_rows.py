"""Days off as rows of text: ``2027-01-01,off,元旦`` or ``2027-01-09,work,调休``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _

HEADINGS = ("date", "日期")
OFF = ("off", "holiday", "休", "放假")
WORK = ("work", "makeup", "班", "上班", "调休")


@dataclass(slots=True)
class Year:
    """One year's days off and make-up working days with their names."""

    off: dict[date, str] = field(default_factory=dict)
    work: dict[date, str] = field(default_factory=dict)


def read(text: str) -> dict[int, Year]:
    """Return the days by year; raise Refusal naming the first wrong line, taking nothing."""
    years: dict[int, Year] = {}
    for number, row in enumerate(_rows(text), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if number == 1 and cells[0].lower() in HEADINGS:
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


def _rows(text: str) -> Iterator[list[str]]:
    rows = csv.reader(text.splitlines())
    try:
        yield from rows
    except csv.Error as error:
        raise Refusal(
            "bad_row",
            _("Line %(n)s cannot be read; write it like 2027-01-01,off,元旦.", n=rows.line_num),
            field="file",
        ) from error


def _line(number: int, cells: list[str]) -> tuple[date, str, str]:
    try:
        day = date.fromisoformat(cells[0])
    except ValueError as error:
        raise Refusal(
            "bad_date",
            _(
                "Line %(n)s: “%(day)s” is no date; write it like 2027-01-01.",
                n=number,
                day=cells[0],
            ),
            field="file",
        ) from error
    kind = cells[1].lower() if len(cells) > 1 else ""
    if kind not in (*OFF, *WORK):
        raise Refusal(
            "bad_kind",
            _("Line %(n)s: “%(kind)s” is not known; write off or work.", n=number, kind=kind),
            field="file",
        )
    return day, kind, cells[2][:100] if len(cells) > 2 else ""
