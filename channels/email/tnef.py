"""What Outlook packs into ``winmail.dat`` (MS-OXTNEF): files, and sometimes the text.

A stream of attributes, some of which hold lists of MAPI properties. Only what a reader of the
mail wants is taken out, and but for compressed rich text each piece is a slice of the stream,
so nothing grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from mimetypes import guess_type
from struct import Struct, error

from channels.email.charsets import decode
from channels.email.compressed_rtf import decompressed
from channels.email.filenames import safe_name
from channels.email.limits import Budget
from channels.message import Attachment

_SIGNATURE = 0x223E9F78
_ATTRIBUTE = Struct("<BII")  # level, name and type, length; the data and a checksum follow
_CHECKSUM = 2
_INT = Struct("<I")
_SHORTS = Struct("<HH")

# attributes of MS-OXTNEF 2.1.3.2, with their types
_BODY = 0x0002800C
_ATTACH_DATA = 0x0006800F
_ATTACH_TITLE = 0x00018010
_ATTACH_BEGINS = 0x00069002
_MESSAGE_PROPERTIES = 0x00069003
_ATTACH_PROPERTIES = 0x00069005
_CODE_PAGE = 0x00069007

# what MS-OXPROPS calls PidTag…
_TEXT, _RICH_TEXT, _HTML = 0x1000, 0x1009, 0x1013
_DISPLAY_NAME, _DATA = 0x3001, 0x3701
_FILE_NAME, _LONG_FILE_NAME = 0x3704, 0x3707
_MIME_TYPE, _CONTENT_ID = 0x370E, 0x3712
_WEB_CODE_PAGE = 0x3FDE

_SIZES = {
    **dict.fromkeys((0x0002, 0x0003, 0x0004, 0x000A, 0x000B), 4),  # the two short ones are padded
    **dict.fromkeys((0x0005, 0x0006, 0x0007, 0x0014, 0x0040), 8),
    0x0048: 16,
}
_STRING_8, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_SIZED = {_STRING_8, _UNICODE, _OBJECT, _BINARY}
_SEVERAL = 0x1000
_NAMED = 0x8000
# the interface of a message within the message, before its own stream
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


class _DamagedError(ValueError):
    """The stream does not go on as it must."""


@dataclass(slots=True)
class Winmail:
    """The content of a ``winmail.dat``; ``damaged`` where it broke off.

    ``text`` and ``html`` are the mail's words, which programs mostly send beside it as well;
    ``rich_text`` is an RTF document of the same.
    """

    text: str = ""
    html: str = ""
    rich_text: bytes = b""
    files: list[Attachment] = field(default_factory=list)
    damaged: bool = False


@dataclass(slots=True)
class _File:
    title: bytes = b""
    data: bytes = b""
    found: dict[int, _Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Value:
    """A property's bytes, without the zeros that end a string."""

    kind: int
    data: bytes

    def text(self, code_page: str) -> str:
        if self.kind == _UNICODE:
            return self.data.decode("utf-16-le", "replace").rstrip("\0")
        return decode(self.data.rstrip(b"\0"), code_page)


def read_winmail(data: bytes, budget: Budget, depth: int = 0) -> Winmail:
    """Unpack as much as can be read; raises UnreadableMessage beyond the budget's limits."""
    budget.check_depth(depth)
    content = Winmail()
    files: list[_File] = []
    code_page = ""
    try:
        for name, value in _attributes(data, budget):
            if name == _CODE_PAGE:
                code_page = _code_page(value)
            elif name == _BODY:
                content.text = decode(value.rstrip(b"\0"), code_page)
            elif name == _MESSAGE_PROPERTIES:
                _take_words(dict(_properties(value, budget)), code_page, content)
            elif name == _ATTACH_BEGINS:
                budget.count_part()
                files.append(_File())
            elif files:
                _take_part(files[-1], name, value, budget)
    except (_DamagedError, error):
        content.damaged = True
    for file in files:
        content.files += _unpacked(file, code_page, budget, depth)
    return content


def _take_part(file: _File, name: int, value: bytes, budget: Budget) -> None:
    if name == _ATTACH_TITLE:
        file.title = value
    elif name == _ATTACH_DATA:
        file.data = value
    elif name == _ATTACH_PROPERTIES:
        file.found.update(_properties(value, budget))


def _take_words(found: dict[int, _Value], code_page: str, content: Winmail) -> None:
    if _TEXT in found:
        content.text = found[_TEXT].text(code_page)
    if _HTML in found:
        page = found.get(_WEB_CODE_PAGE)
        content.html = found[_HTML].text(_code_page(page.data) if page else code_page)
    if _RICH_TEXT in found:
        content.rich_text = decompressed(found[_RICH_TEXT].data)


def _unpacked(file: _File, code_page: str, budget: Budget, depth: int) -> list[Attachment]:
    """Return the file, or of a message within the message its files and its text as one."""
    found = file.found
    data = found[_DATA].data if _DATA in found else file.data
    name = _name(file, code_page)
    if data.startswith(_MESSAGE):
        inner = read_winmail(data[len(_MESSAGE) :], budget, depth + 1)
        words = inner.html or inner.text
        kind = "text/html" if inner.html else "text/plain"
        extension = ".html" if inner.html else ".txt"
        text = Attachment(safe_name(f"{name or 'message'}{extension}"), kind, words.encode())
        return [text, *inner.files] if words else inner.files
    if not data and not name:
        return []
    content_id = found[_CONTENT_ID].text(code_page).strip("<> ") if _CONTENT_ID in found else ""
    kind = found[_MIME_TYPE].text(code_page).lower() if _MIME_TYPE in found else ""
    kind = kind or guess_type(name)[0] or "application/octet-stream"
    return [
        Attachment(
            name=name,
            content_type=kind,
            data=data,
            inline=bool(content_id) and kind.startswith("image/"),
            content_id=content_id or None,
        )
    ]


def _name(file: _File, code_page: str) -> str:
    for key in (_LONG_FILE_NAME, _FILE_NAME):
        if key in file.found and (name := safe_name(file.found[key].text(code_page))):
            return name
    title = safe_name(decode(file.title.rstrip(b"\0"), code_page))
    if title or _DISPLAY_NAME not in file.found:
        return title
    return safe_name(file.found[_DISPLAY_NAME].text(code_page))


def _attributes(data: bytes, budget: Budget) -> Iterator[tuple[int, bytes]]:
    if len(data) < 6 or _INT.unpack_from(data)[0] != _SIGNATURE:
        raise _DamagedError
    at = 6  # behind a key that nobody needs
    while at + _ATTRIBUTE.size + _CHECKSUM <= len(data):
        budget.check_time()
        level, name, length = _ATTRIBUTE.unpack_from(data, at)
        begin = at + _ATTRIBUTE.size
        if level not in {1, 2} or begin + length > len(data):
            raise _DamagedError
        yield name, data[begin : begin + length]
        at = begin + length + _CHECKSUM


def _properties(data: bytes, budget: Budget) -> Iterator[tuple[int, _Value]]:
    """Read a list of properties (MS-OXTNEF 2.1.3.4)."""
    (count,) = _INT.unpack_from(data)
    at = 4
    for _ in range(count):
        budget.check_time()
        kind, key = _SHORTS.unpack_from(data, at)
        at += 4
        if key >= _NAMED:
            at = _behind_name(data, at)
        several, kind = kind & _SEVERAL, kind & ~_SEVERAL
        values, at = _values(data, at, kind, several=bool(several))
        if values:
            yield key, values[0]


def _behind_name(data: bytes, at: int) -> int:
    """Skip the set and the number or the words of a property that has a name."""
    at += 16
    (by_words,) = _INT.unpack_from(data, at)
    (value,) = _INT.unpack_from(data, at + 4)
    return at + 8 + (_padded(value) if by_words else 0)


def _values(data: bytes, at: int, kind: int, *, several: bool) -> tuple[list[_Value], int]:
    count = 1
    if several or kind in _SIZED:
        (count,) = _INT.unpack_from(data, at)
        at += 4
    values: list[_Value] = []
    for _ in range(count):
        if kind in _SIZED:
            (size,) = _INT.unpack_from(data, at)
            at += 4
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise _DamagedError
        if at + size > len(data):
            raise _DamagedError
        begin = at + 16 if kind == _OBJECT and not data.startswith(_MESSAGE, at) else at
        values.append(_Value(kind, data[begin : at + size]))
        at += _padded(size)
    return values, at


def _padded(size: int) -> int:
    return size + -size % 4


def _code_page(value: bytes) -> str:
    """Name a Windows code page as charsets are named."""
    (number,) = _INT.unpack_from(value)
    return {65001: "utf-8", 20127: "us-ascii", 54936: "gb18030"}.get(number, f"cp{number}")
