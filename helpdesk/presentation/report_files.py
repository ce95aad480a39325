"""A report as CSV and XLSX: the figures of the page, in cells that no program runs as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

from channels.identity import hide
from helpdesk.i18n import gettext
from helpdesk.presentation.reports import Cell, Line, Sheet

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF100
_IN_NO_FILE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold: one of these in a name, and there would be no workbook at all."""
_BOM = "\ufeff"  # without it Excel in China reads UTF-8 as GBK
_FORMATS = {"share": "0.0%", "minutes": "0", "count": "0"}


def as_csv(sheet: Sheet) -> bytes:
    """Return the sheet as UTF-8 with BOM; durations are whole service minutes."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([safe(name) for name in _heads(sheet)])
    for line in (*sheet.lines, sheet.total):
        writer.writerow([safe(line.name), *(_plain(cell) for cell in _flat(line.cells))])
    return (_BOM + text.getvalue()).encode()


def as_xlsx(sheet: Sheet, title: str) -> bytes:
    """Return the sheet as a workbook of one page; numbers are numbers."""
    # openpyxl is large, and most processes never write a workbook
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook(write_only=True)
    page = book.create_sheet(gettext("Reports"))
    page.freeze_panes = "B4"
    heads = _heads(sheet)
    for column in range(1, len(heads) + 1):
        page.column_dimensions[get_column_letter(column)].width = 28 if column == 1 else 14
    page.append([_cell(page, safe(title), bold=True)])
    page.append([])
    page.append([_cell(page, safe(name), bold=True) for name in heads])
    for line in (*sheet.lines, sheet.total):
        page.append(list(_row(page, line, bold=line is sheet.total)))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def safe(text: str) -> str:
    """Return a text for a cell: no program runs it, and ID numbers in it are masked.

    Every file of the desk writes its texts through here.
    """
    text = hide(_IN_NO_FILE.sub("", text))
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _heads(sheet: Sheet) -> list[str]:
    names = sheet.headings
    columns = (cell for cell in _flat(sheet.total.cells))
    return [sheet.first_heading, *(_head(names, cell) for cell in columns)]


def _head(names: Mapping[str, str], cell: Cell) -> str:
    if cell.kind == "minutes":
        return gettext("%(figure)s (service minutes)", figure=names[cell.name])
    if cell.kind == "share":
        return gettext("%(figure)s (share)", figure=names[cell.name])
    return names[cell.name]


def _flat(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Return the cells with each share's numerator and denominator before it, none twice."""
    seen: set[str] = set()
    for cell in cells:
        for part in cell.parts:
            if part.name not in seen and not any(c.name == part.name for c in cells if not c.parts):
                seen.add(part.name)
                yield part
        yield cell


def _plain(cell: Cell) -> str:
    if cell.number is None:
        return ""
    return cell.text if cell.kind == "share" else str(int(cell.number))


def _row(page: Any, line: Line, *, bold: bool) -> Iterator[Any]:
    yield _cell(page, safe(line.name), bold=bold)
    for cell in _flat(line.cells):
        yield _cell(page, cell.number, bold=bold, form=_FORMATS[cell.kind])


def _cell(page: Any, value: Any, *, bold: bool = False, form: str = "") -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula
    if bold:
        cell.font = Font(bold=True)
    if form:
        cell.number_format = form
    return cell
