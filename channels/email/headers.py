"""The header block of a mail or of one of its parts, read as it came.

Fields keep their raw bytes; whoever needs one decodes it. Lookup is by name in
any case; where a name occurs more often than it may, the first one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email.limits import Budget
from channels.email.words import header_text

# one field with its continuation lines; unambiguous, so it never backtracks
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_MBOX_LINE = re.compile(rb">?From [^\n]*(?:\n|\Z)")
_EMPTY_LINE = re.compile(rb"\r?(?:\n|\Z)")
_STRAY_LINE = re.compile(rb"[^\n]*\n")


@dataclass(slots=True)
class Headers:
    """Fields by lower-case name, each a list of raw values in order."""

    fields: dict[str, list[bytes]] = field(default_factory=dict)

    def raw(self, name: str) -> bytes:
        """Return the first field's bytes, or none of them."""
        values = self.fields.get(name)
        return values[0] if values else b""

    def all(self, name: str) -> list[bytes]:
        """Return every field of that name."""
        return self.fields.get(name, [])

    def text(self, name: str) -> str:
        """Return the first field as one line of text, ``""`` where it is missing."""
        value = self.raw(name)
        return header_text(value) if value else ""

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def __bool__(self) -> bool:
        return bool(self.fields)


def read_headers(data: bytes, start: int, end: int, budget: Budget) -> tuple[Headers, int]:
    """Read fields from ``start``; return them and where the body begins.

    A line that is no field continues the one before it when more fields follow
    (a program folded without indenting); otherwise the body has begun without
    the empty line.
    """
    headers = Headers()
    at = start
    last = ""
    while at < end:
        budget.check_header(at - start)
        if (found := _FIELD.match(data, at, end)) is not None:
            last = found[1].decode("ascii").lower()
            headers.fields.setdefault(last, []).append(_bounded(found[2], budget))
        elif (found := _EMPTY_LINE.match(data, at, end)) is not None:
            return headers, found.end()
        elif (found := _MBOX_LINE.match(data, at, end)) is not None and not headers:
            pass
        elif last and (found := _stray(data, at, end)) is not None:
            values = headers.fields[last]
            values[-1] = _bounded(values[-1] + b" " + found[0].strip(), budget)
        else:
            break
        at = found.end()
    return headers, at


def _stray(data: bytes, at: int, end: int) -> re.Match[bytes] | None:
    """Match a line in the middle of the fields that lost its indentation."""
    line = _STRAY_LINE.match(data, at, end)
    if line is None or _FIELD.match(data, line.end(), end) is None:
        return None
    return line


def _bounded(value: bytes, budget: Budget) -> bytes:
    value = value.rstrip()
    limit = budget.limits.header
    if len(value) <= limit:
        return value
    budget.warn(f"A header field was longer than {limit // 1024} kB and was cut short.")
    return value[:limit]
