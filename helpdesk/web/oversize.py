"""A form that is too large to be read: its words are saved all the same, where it has files.

Browsers send fields in the order of the page, texts before files, so the words
stand at the beginning. The rest is let run out: a server that hangs up while a
browser still sends makes it show a broken connection instead of the answer.

A form without files is read as a whole, and at eighty times its size in memory: one of forty
megabytes, which anybody could send, took three gigabytes and most of a minute.
"""

from __future__ import annotations

from flask import Flask, Request, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Field, File, MultipartDecoder, NeedData

HEAD = 1024 * 1024
RUN_OUT = 512 * 1024 * 1024
CHUNK = 64 * 1024
LARGEST_WORDS = 2 * 1024 * 1024
"""Bytes of a form without files; the longest message in Chinese takes less than one megabyte."""
MOST_FIELDS = 10_000


def register(app: Flask) -> None:
    """Refuse such forms before anything reads them, the check of their tokens included."""
    app.before_request(_limit)


def _limit() -> None:
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    most = request.max_content_length
    request.max_content_length = LARGEST_WORDS if most is None else min(most, LARGEST_WORDS)
    if request.get_data().count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge


def words_of(sent: Request) -> list[tuple[str, str]]:
    """Return the fields before the first file of a form that was refused for its length."""
    length, most = sent.content_length, sent.max_content_length
    if length is None or most is None or length <= most:
        return []  # it was refused while it was read: what came first is gone
    stream = sent.environ["wsgi.input"]
    head = stream.read(min(HEAD, length))
    left = min(length - len(head), RUN_OUT)
    while left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)
    boundary = sent.mimetype_params.get("boundary", "")
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
