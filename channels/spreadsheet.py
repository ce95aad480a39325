"""Reading a table that somebody exported: CSV in any usual encoding, or XLSX.

Chinese telephone systems export GBK, or UTF-8 with a byte order mark; spreadsheets
save tabs and semicolons as well as commas.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

XLSX = b"PK\x03\x04"
MOST_BYTES = 100 * 1024 * 1024
MOST_COLUMNS = 200
MOST_ROWS = 1_048_576
"""A sheet of a spreadsheet program has no more."""
MOST_HEADERS_LOOKED_AT = 20
_ENCODINGS = ("utf-8-sig", "gb18030")


class BadTable(ValueError):
    """A file that is no table; its text says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows; ``numbers`` are the rows' places in the file, the first is 1.

    ``is_cut``: the file ends within its last row, which is still being written.
    """

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: list[int]
    is_cut: bool = False


def read_table(data: bytes) -> Table:
    """Read a CSV or XLSX file; raise BadTable.

    Lines above the header (a title, a period) are passed over: the header is the
    first row with several cells, as wide as what follows it.
    """
    text = None if data.startswith(XLSX) else _decoded(data)
    rows = _xlsx(data) if text is None else _csv(text)
    found = [(number, row) for number, row in rows if any(row)]
    if not found:
        raise BadTable("The file holds no rows; export it again with its heading.")
    place = _header(found)
    _number, header = found[place]
    body = found[place + 1 :]
    if not body:
        raise BadTable("Below its heading the file holds no rows.")
    return Table(
        tuple(header),
        [row for _, row in body],
        [number for number, _ in body],
        is_cut=text is not None and not text.endswith(("\n", "\r")) and _is_short(body),
    )


def _header(rows: list[tuple[int, tuple[str, ...]]]) -> int:
    widths = [sum(map(bool, row)) for _, row in rows[:MOST_HEADERS_LOOKED_AT]]
    return next(place for place, width in enumerate(widths) if width * 2 > max(widths))


def _is_short(body: list[tuple[int, tuple[str, ...]]]) -> bool:
    """Say whether the last row has fewer cells than any other."""
    widths = [len(row) for _, row in body]
    return len(widths) > 1 and widths[-1] < min(widths[:-1])


def _csv(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    beginning = "".join(islice(io.StringIO(text), MOST_HEADERS_LOOKED_AT))
    delimiter = max(",;\t|", key=beginning.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, tuple(map(_clean, row[:MOST_COLUMNS]))
    except csv.Error as error:
        raise BadTable(f"Line {reader.line_num} is no CSV ({error}).") from None


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in _ENCODINGS:
        try:
            # a file that is still being written may end within a character
            text = codecs.getincrementaldecoder(encoding)().decode(data)
            return text.removeprefix("\ufeff")  # before a quote it would hide that one
        except UnicodeDecodeError:
            continue
    raise BadTable("The file is neither UTF-8 nor GBK; save it as CSV in UTF-8.")


def _xlsx(data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    import openpyxl  # noqa: PLC0415 - large, and few files need it

    try:
        _check_size(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
        for number, row in enumerate(rows, 1):
            if any(row):  # a format that reaches down the sheet makes a million empty ones
                yield number, tuple(map(_cell, row))
        book.close()
    except BadTable:
        raise
    except Exception as error:  # noqa: BLE001 - a broken file fails in any way it likes
        why = str(error).partition("\n")[0].rstrip(".")
        raise BadTable(f"The file is no XLSX that can be read ({why}).") from None


def _check_size(data: bytes) -> None:
    """A small file may unpack to more than the memory holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
            raise BadTable("The file is too large; export a shorter period.")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, timedelta):
        return str(int(value.total_seconds()))
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _clean(str(value))


def _clean(cell: str) -> str:
    # spreadsheets mark long numbers with a tab or ="…" so that they stay texts
    text = cell.replace("\0", "").strip("\t \u3000\xa0\ufeff")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'")
