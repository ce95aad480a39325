"""When a mail in a file arrived: its own trace says so, for an archive keeps its dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from channels.email.dates import read_date

_HEADER_BYTES = 256 * 1024
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = {
    name: re.compile(
        rb"^" + name + rb"[ \t]*:((?:[^\r\n]|\r?\n[ \t]){0,4000})", re.IGNORECASE | re.MULTILINE
    )
    for name in (b"Received", b"Date")
}
_OLDEST = datetime(1995, 1, 1, tzinfo=UTC)


def arrival(raw: bytes, *, now: datetime) -> datetime:
    """Return the topmost Received header's date, else the Date header's, else ``now``."""
    head = raw[:_HEADER_BYTES]
    end = _END.search(head)
    head = head[: end.start()] if end else head
    received, date = (_FIELD[name].search(head) for name in (b"Received", b"Date"))
    for text in (
        received[1].rpartition(b";")[2] if received else b"",
        date[1] if date else b"",
    ):
        at = read_date(text.decode("latin-1"))
        if at is not None and _OLDEST <= at <= now:
            return at
    return now
