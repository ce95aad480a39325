"""The body of an outgoing mail: texts, pictures within them, files beside them."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterable

from channels.email.compose_headers import CRLF, file_name_parameters, one_line
from channels.message import Attachment

_CONTENT_TYPE = re.compile(r"\A[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}\Z")
_CONTENT_ID = re.compile(r"\A[^<>\s\x00-\x1f\x7f]{1,200}\Z")
_MUST_NOT_BE_ENCODED = ("message/", "multipart/")  # RFC 2046: base64 is not allowed there
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_SHORT_LINE = 76


def body(text: str, html: str | None, attachments: Iterable[Attachment], *, boundary: str) -> bytes:
    """Return the Content fields, a blank line and the content.

    Plain text alone, or with its HTML twin (and the pictures that it shows), or
    all of that with files beside it. ``boundary`` must occur in none of them.
    """
    files = list(attachments)
    pictures = [file for file in files if html is not None and _shown_inside(file)]
    content = _text(text, "plain")
    if html is not None:
        twin = _text(html, "html")
        if pictures:
            twin = _multipart("related", [twin, *map(_file, pictures)], f"{boundary}-r")
        content = _multipart("alternative", [content, twin], f"{boundary}-a")
    if beside := [file for file in files if file not in pictures]:
        content = _multipart("mixed", [content, *map(_file, beside)], f"{boundary}-m")
    return content


def _shown_inside(file: Attachment) -> bool:
    return file.inline and _content_id(file) is not None


def _text(text: str, subtype: str) -> bytes:
    lines = _LINE_ENDS.split(text)
    canonical = CRLF.join(lines).encode(errors="replace")
    plain = canonical.isascii() and all(len(line) <= _SHORT_LINE for line in lines)
    if plain and "\0" not in text:
        return _part(f"text/{subtype}; charset=utf-8", "7bit", canonical)
    if canonical.isascii():
        encoded = quopri.encodestring(canonical.replace(b"\r\n", b"\n"))
        return _part(f"text/{subtype}; charset=utf-8", "quoted-printable", _crlf(encoded))
    return _part(f"text/{subtype}; charset=utf-8", "base64", _base64(canonical))


def _file(file: Attachment) -> bytes:
    content_type = file.content_type.strip().lower()
    if not _CONTENT_TYPE.match(content_type) or content_type.startswith(_MUST_NOT_BE_ENCODED):
        content_type = "application/octet-stream"
    name, file_name = file_name_parameters(_base_name(file.name))
    content_id = _content_id(file)
    shown = "inline" if file.inline and content_id else "attachment"
    more = [f"Content-Disposition: {shown}{file_name}"]
    if content_id:
        more.append(f"Content-ID: <{content_id}>")
    return _part(content_type + name, "base64", _base64(file.data), *more)


def _base_name(name: str) -> str:
    return one_line(re.split(r"[/\\]", name)[-1]) or "attachment"


def _content_id(file: Attachment) -> str | None:
    bare = (file.content_id or "").strip().removeprefix("<").removesuffix(">")
    return bare if bare.isascii() and _CONTENT_ID.match(bare) else None


def _multipart(subtype: str, parts: list[bytes], boundary: str) -> bytes:
    mark = f"--{boundary}".encode()
    fields = f'Content-Type: multipart/{subtype};{CRLF} boundary="{boundary}"{CRLF}{CRLF}'
    inner = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return fields.encode() + inner + mark + b"--\r\n"


def _part(content_type: str, encoding: str, content: bytes, *more: str) -> bytes:
    fields = [f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}", *more]
    return "".join(line + CRLF for line in [*fields, ""]).encode() + content


def _base64(data: bytes) -> bytes:
    return _crlf(base64.encodebytes(data))


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")
