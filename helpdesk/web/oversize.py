"""A form that is too large to be read: its words are saved all the same.

Browsers send fields in the order of the page, texts before files, so the words
stand at the beginning. The rest is let run out: a server that hangs up while a
browser still sends makes it show a broken connection instead of the answer.
"""

from __future__ import annotations

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Field, File, MultipartDecoder, NeedData

HEAD = 1024 * 1024
RUN_OUT = 512 * 1024 * 1024
CHUNK = 64 * 1024


def words_of(request: Request) -> list[tuple[str, str]]:
    """Return the fields before the first file of a form that was refused for its length."""
    length, most = request.content_length, request.max_content_length
    if length is None or most is None or length <= most:
        return []  # it was refused while it was read: what came first is gone
    stream = request.environ["wsgi.input"]
    head = stream.read(min(HEAD, length))
    left = min(length - len(head), RUN_OUT)
    while left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)
    boundary = request.mimetype_params.get("boundary", "")
    try:
        return _fields(boundary.encode("ascii"), head)
    except (HTTPException, ValueError):
        return []


def _fields(boundary: bytes, head: bytes) -> list[tuple[str, str]]:
    decoder = MultipartDecoder(boundary)
    decoder.receive_data(head)
    found: list[tuple[str, str]] = []
    name, value = "", b""
    while not isinstance(event := decoder.next_event(), (NeedData, File)):
        if isinstance(event, Field):
            name, value = event.name, b""
        elif isinstance(event, Data):
            value += event.data
            if not event.more_data:
                found.append((name, value.decode(errors="replace")))
    return found
