"""The lines of an iCalendar file, unfolded and taken apart (RFC 5545, section 3.1).

By hand, because the library for it would cost every process eight megabytes; the tests
hold this against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*)')
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class Line:
    """One property: ``number`` is the file's line where it begins, names are in capitals."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as a text, without its escapes."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)


class BadLine(ValueError):
    """A line that is no property; ``number`` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


def lines(data: bytes) -> Iterator[Line]:
    """Yield the properties; raise BadLine at the first that is none, or is no text.

    Lines are unfolded before they are decoded, since old programs cut characters in two.
    """
    for number, raw in _unfolded(data):
        if raw.strip():
            yield _taken_apart(number, raw)


def _unfolded(data: bytes) -> Iterator[tuple[int, bytes]]:
    begun, number = b"", 1
    for place, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if raw[:1] in (b" ", b"\t") and place > 1:
            begun += raw[1:]
            continue
        yield number, begun
        begun, number = raw, place
    yield number, begun


def _taken_apart(number: int, raw: bytes) -> Line:
    text = _decoded(number, raw)
    name = _NAME.match(text)
    if name is None:
        raise BadLine(number)
    place, parameters = name.end(), {}
    while found := _PARAMETER.match(text, place):
        parameters[found[1].upper()] = found[2].strip('"')
        place = found.end()
    if text[place : place + 1] != ":":
        raise BadLine(number)
    return Line(number, name[0].upper(), parameters, text[place + 1 :])


def _decoded(number: int, raw: bytes) -> str:
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    raise BadLine(number)
