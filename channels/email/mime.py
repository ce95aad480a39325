"""The tree of a mail's parts (RFC 2046), as offsets into its raw bytes.

The standard library's parser turns every part into text lines: an attached
message comes back changed, a base64 one is misread, and neither depth nor number
of parts can be bounded while it works. Here a part is a slice, so an attachment
is exactly the bytes that were sent, and a bomb is refused where it starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email.headers import Headers, read_headers
from channels.email.limits import Budget
from channels.email.parameters import Parameterised, read_parameters
from channels.email.transfer import decode_transfer

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
# a boundary that no field announced: a dashed line with a field right below it
_UNANNOUNCED = re.compile(rb"^--(\S{1,200})[ \t]*\r?\n(?i:content-[a-z-]+:)", re.MULTILINE)
_FAR = 64 * 1024
_BARE_TYPES = {"text": "text/plain", "html": "text/html", "plain": "text/plain"}
# the wrong way round, as scripts write them
_TURNED_TYPES = {"plain/text": "text/plain", "html/text": "text/html"}
_NO_PARAMETERS = Parameterised("", {})


@dataclass(slots=True)
class Part:
    """One entity: its fields and either its children or its body.

    ``content_type`` is always ``major/minor`` in lower case; ``start`` and
    ``end`` delimit the body in ``data``.
    """

    data: bytes = field(repr=False)
    headers: Headers
    content_type: str
    parameters: Parameterised
    disposition: Parameterised
    start: int
    end: int
    parts: list[Part] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The body as it was transferred."""
        return self.data[self.start : self.end]

    def decoded(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = self.headers.raw("content-transfer-encoding")
        return decode_transfer(self.body, encoding.decode("ascii", "replace"))

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, in the order of the mail."""
        yield self
        for part in self.parts:
            yield from part.walk()


def read_parts(data: bytes, budget: Budget) -> Part:
    """Read a whole mail; raises UnreadableMessage beyond the budget's limits."""
    return _read(data, (0, len(data)), "text/plain", 0, budget)


def _read(data: bytes, span: tuple[int, int], default: str, depth: int, budget: Budget) -> Part:
    budget.count_part()
    budget.check_depth(depth)
    headers, body = read_headers(data, *span, budget)
    parameters = _parameters(headers, "content-type")
    disposition = _parameters(headers, "content-disposition")
    is_file = bool(disposition.parameters or parameters.get("name"))
    part = Part(
        data=data,
        headers=headers,
        content_type=_content_type(parameters.value, default, is_file=is_file),
        parameters=parameters,
        disposition=disposition,
        start=body,
        end=span[1],
    )
    if part.content_type.startswith("multipart/"):
        _split(part, depth, budget)
    return part


def _parameters(headers: Headers, name: str) -> Parameterised:
    return read_parameters(headers.raw(name)) if name in headers else _NO_PARAMETERS


def _content_type(value: str, default: str, *, is_file: bool) -> str:
    """Read a type; one that makes no sense is plain text (RFC 2045, 5.2), unless of a file."""
    value = value.partition(" ")[0].strip("'\"<>")
    if _TYPE.fullmatch(value):
        return _TURNED_TYPES.get(value, value)
    if not value:
        return default
    return _BARE_TYPES.get(value, _OPAQUE if is_file else "text/plain")


_OPAQUE = "application/octet-stream"


def _split(part: Part, depth: int, budget: Budget) -> None:
    """Find the children of a multipart; without any it is read as plain text."""
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    boundary = part.parameters.get("boundary").rstrip().encode("utf-8", "replace")
    spans = list(_spans(part, boundary, budget)) if boundary else []
    if not spans:
        found = _UNANNOUNCED.search(part.data, part.start, min(part.end, part.start + _FAR))
        if found is not None:
            budget.warn("The mail announces its parts wrongly; they were found by their shape.")
            spans = list(_spans(part, found[1], budget))
    for span in spans:
        part.parts.append(_read(part.data, span, default, depth + 1, budget))
    if not spans:
        budget.warn("The mail claims to have parts but none were found; it is shown as one text.")
        part.content_type = "text/plain"


def _spans(part: Part, boundary: bytes, budget: Budget) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each child; the line break before a delimiter belongs to it."""
    data, mark = part.data, b"--" + boundary
    open_at = -1
    at = data.find(mark, part.start, part.end)
    while at >= 0:
        after = at + len(mark)
        if _at_line_start(data, at, part.start):
            budget.check_time()
            line_end = data.find(b"\n", after, part.end)
            line_end = part.end if line_end < 0 else line_end
            tail = data[after : min(line_end, after + 100)].strip()
            if tail in {b"", b"--"}:
                if open_at >= 0:
                    yield open_at, _before_break(data, open_at, at)
                if tail:
                    return
                open_at = min(line_end + 1, part.end)
        at = data.find(mark, after, part.end)
    if open_at >= 0:
        budget.warn("The mail ends in the middle of a part; it may be incomplete.")
        yield open_at, part.end


def _at_line_start(data: bytes, at: int, start: int) -> bool:
    return at == start or data[at - 1 : at] in {b"\n", b"\r"}


def _before_break(data: bytes, start: int, at: int) -> int:
    if at > start and data[at - 1 : at] == b"\n":
        at -= 1
    if at > start and data[at - 1 : at] == b"\r":
        at -= 1
    return max(at, start)
