"""Text of header fields: encoded words (RFC 2047), raw 8-bit bytes, odd folding.

Real headers break the RFC in every way: a character split across two words,
words without padding, with blanks inside, inside quotes or glued to text. All of
them are read; what cannot be decoded is shown as it came.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from channels.email.charsets import clean, decode
from channels.email.transfer import decode_base64

_FOLD = re.compile(rb"[\r\n]+[ \t]*")
_START = re.compile(r"=\?([^?\s=<>\"]{0,60})\?([bBqQ])\?")
_ENCODED_TWICE = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]+\?=")
_BLANKS = re.compile(r"[\s\x85\u2028\u2029]+")


@dataclass(slots=True)
class _Word:
    """One encoded word, still encoded: charset label, ``b`` or ``q``, payload."""

    charset: str
    encoding: str
    payload: str


def unfold(value: bytes) -> str:
    """Join a folded field and decode its raw bytes; encoded words stay as they are."""
    if b"\n" in value or b"\r" in value:
        value = _FOLD.sub(b" ", value)
    return decode(value).strip()


def header_text(value: bytes) -> str:
    """Decode an unstructured field to one line of text."""
    return decode_words(unfold(value))


def decode_words(text: str) -> str:
    """Decode the encoded words in ``text`` and return one line without control characters."""
    if "=?" in text:
        text = "".join(_decoded(_pieces(text)))
        if _ENCODED_TWICE.fullmatch(text.strip()) is not None:
            text = "".join(_decoded(_pieces(text)))
    return _BLANKS.sub(" ", clean(text)).strip()


def _pieces(text: str) -> list[str | _Word]:
    """Split text into plain pieces and encoded words, in one pass over it."""
    pieces: list[str | _Word] = []
    at = 0
    while (start := _START.search(text, at)) is not None:
        end = text.find("?=", start.end())
        if end < 0 and not text[start.end() :].strip():
            break
        resume = end + 2
        following = _START.search(text, start.end(), end if end >= 0 else len(text))
        if following is not None:  # this word was never closed
            end = resume = following.start()
        elif end < 0:  # cut off in the middle
            end = resume = len(text)
        pieces.append(text[at : start.start()])
        payload = text[start.end() : end]
        pieces.append(_Word(start[1].partition("*")[0], start[2].lower(), payload))
        at = resume
    pieces.append(text[at:])
    return pieces


def _decoded(pieces: list[str | _Word]) -> list[str]:
    """Decode the words; neighbours in one charset are joined before they are decoded."""
    out: list[str] = []
    run: list[_Word] = []
    for piece in pieces:
        if isinstance(piece, _Word):
            if run and run[-1].charset.lower() != piece.charset.lower():
                out.append(_decode_run(run))
                run = []
            run.append(piece)
        elif piece.strip() or not run:
            if run:
                out.append(_decode_run(run))
                run = []
            out.append(piece)
    if run:
        out.append(_decode_run(run))
    return out


def _decode_run(run: list[_Word]) -> str:
    """Decode words of one charset as one text, for characters may be split between them."""
    charset = run[0].charset
    text = decode(_joined(run, goes_on=True), charset)
    if "\ufffd" not in text:
        return text
    alone = decode(_joined(run, goes_on=False), charset)
    return alone if alone.count("\ufffd") < text.count("\ufffd") else text


def _joined(run: list[_Word], *, goes_on: bool) -> bytes:
    """Join what words hold; one of base64 without padding ``goes_on`` in the next, or lost it."""
    data = bytearray()
    base64 = ""
    for word in run:
        if word.encoding == "b":
            base64 += "".join(word.payload.split())
            if goes_on and len(base64) % 4 and not base64.endswith("="):
                continue
            data += decode_base64(base64.encode("ascii", "ignore"))
            base64 = ""
        else:
            data += _decode_q(word.payload)
    data += decode_base64(base64.encode("ascii", "ignore"))
    return bytes(data)


def _decode_q(payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    return binascii.a2b_qp(raw, header=True)
