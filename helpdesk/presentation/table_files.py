"""Rows of text as CSV and XLSX, in cells that no program runs as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import BytesIO, StringIO

from helpdesk.presentation.report_files import safe

_BOM = "\ufeff"  # without it Excel in China reads UTF-8 as GBK


def rows_as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as UTF-8 with BOM."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return (_BOM + text.getvalue()).encode()


def rows_as_xlsx(rows: Iterable[Iterable[str]], title: str) -> bytes:
    """Return rows as a workbook of one page; every cell is a text, telephone numbers too."""
    # openpyxl is large, and most processes never write a workbook
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    page = book.create_sheet(title[:31])
    page.freeze_panes = "A2"
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(page, value=safe(text))
            cell.data_type = "s"
            cells.append(cell)
        page.append(cells)
    file = BytesIO()
    book.save(file)
    return file.getvalue()
