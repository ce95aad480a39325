"""What every kind of call log has in common: lines, sorted by the call that they tell of."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from channels.hotline.call import CallRecord

LONGEST_CALL_ID = 150
EARLIEST, LATEST = datetime(2001, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A time before or after these is none of a call: some systems count from 1970."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class BadLine(ValueError):
    """A line that is none of its format; its text says why."""


class Line(Protocol):
    """One line, understood."""

    @property
    def line(self) -> str:
        """The line as it was written."""

    @property
    def at(self) -> datetime:
        """When it happened."""


AnyLine = TypeVar("AnyLine", bound=Line)


@dataclass(slots=True)
class Log(Generic[AnyLine]):
    """What a piece of a log holds: the lines of each call, and those that are none.

    ``legs`` are calls by the ids of their other legs: a shorter piece may have told of one
    alone, as a call of its own.
    """

    calls: dict[str, list[AnyLine]] = field(default_factory=dict)
    legs: dict[str, str] = field(default_factory=dict)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    latest: datetime | None = None


class Format(Protocol[AnyLine]):
    """Knows one kind of log."""

    @property
    def has_legs(self) -> bool:
        """Whether the lines of one call may have ids of their own."""
        ...

    @property
    def believed(self) -> bool:
        """Whether it says more of a call than any other kind, and takes its place."""
        ...

    def named(self, line: AnyLine) -> str:
        """Return the id of another leg of the call that a line names; empty for none."""
        ...

    def read(self, lines: Iterable[str]) -> Log[AnyLine]:
        """Sort the lines by call; a line that cannot be read is named with its number."""
        ...

    def parse_line(self, line: str) -> AnyLine:
        """Return one line; raise BadLine."""
        ...

    def merged(self, known: Iterable[AnyLine], new: Iterable[AnyLine]) -> list[AnyLine]:
        """Return the lines of both once, in the order of their times."""
        ...

    def fold(
        self, entries: Iterable[AnyLine], *, latest: datetime | None = None
    ) -> CallRecord | None:
        """Return the call that its lines tell; None when they tell of none."""
        ...


def decoded_lines(data: bytes) -> list[str]:
    """Return the lines of a log with their ends, in UTF-8 or, line by line, in GBK.

    An exchange writes names as the telephones send them, so one file may hold both; a
    byte that is neither spoils its own line alone. A file that Windows wrote anew may
    be UTF-16.
    """
    if data[:2] in _UTF_16:
        data = data.decode("utf-16", "replace").encode()
    try:
        return [*io.StringIO(data.decode(), newline=None)]
    except UnicodeDecodeError:
        return [_decoded(line) for line in data.splitlines(keepends=True)]


def is_unfinished(lines: Sequence[str]) -> bool:
    """Say whether the last line has no end though the one before it has."""
    return len(lines) > 1 and lines[-2].endswith("\n") and not lines[-1].endswith("\n")


def lines_of(source: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Return the lines that are not empty, with their numbers from 1."""
    for number, line in enumerate(source, 1):
        text = line.replace("\0", "").strip("\r\n\t \ufeff")
        if text:
            yield number, text


def _decoded(line: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")
