"""Parameters of Content-Type and Content-Disposition (RFC 2045, RFC 2231).

Names of files arrive as RFC 2231 says, as RFC 2047 forbids (encoded words inside
a parameter), as raw 8-bit bytes, unquoted with blanks, with quotes inside quotes,
escaped without saying so, or cut into pieces at any letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import unquote_to_bytes

from channels.email.charsets import decode
from channels.email.words import decode_words, unfold

_ATTRIBUTE = re.compile(r"\s*([^\s=;:\"]{1,100})\s*=\s*")
_NO_SEMICOLON = re.compile(r"\s*(\S{1,200})\s+([^\s=\"]{1,100}\s*=.*)", re.DOTALL)
# a quote closes before the next parameter or at the end; others belong to the value
_CLOSES = re.compile(r"\"\s*(?:;|\Z|[^\s=;:\"]{1,100}\s*=)")
_NEXT_PIECE = re.compile(r"[ \t](?=[A-Za-z-]{1,30}\*\d{1,3}\*?=)")
_LONGEST_QUOTED = 1000
# what RFC 2231 writes with a star behind the parameter's name, which many programs forget
_ESCAPED = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
_ANNOUNCED = re.compile(r"([A-Za-z0-9_-]{2,40})'[A-Za-z-]{0,20}'")
_PIECE = re.compile(r"(?P<name>[^*]+)(?:\*(?P<index>\d{1,4}))?(?P<encoded>\*)?")


@dataclass(frozen=True, slots=True)
class Parameterised:
    """A field such as ``text/plain; charset=gbk``: its value and its parameters.

    ``value`` is in lower case and may be empty; names are in lower case.
    """

    value: str
    parameters: dict[str, str]

    def get(self, name: str) -> str:
        """Return a parameter, ``""`` where it is missing."""
        return self.parameters.get(name, "")


def read_parameters(raw: bytes) -> Parameterised:
    """Read the field; garbage gives an empty value or no parameters, never an error."""
    text = unfold(raw)
    value, _, rest = text.partition(";")
    if "=" in value and "/" not in value.partition("=")[0]:  # the value itself is missing
        value, rest = "", text
    elif (forgotten := _NO_SEMICOLON.match(value)) is not None:
        value, rest = forgotten[1], f"{forgotten[2]};{rest}"
    pairs = _pairs(rest)
    return Parameterised(value.strip().lower(), _joined(pairs) if pairs else {})


def _pairs(text: str) -> list[tuple[str, str]]:
    """Split into (name, value), in order."""
    pairs = []
    at = 0
    quotes_close = True  # once one stays open, so do all behind it
    while at < len(text):
        found = _ATTRIBUTE.match(text, at)
        if found is None:
            at = _after(text, ";", at)
            continue
        at = found.end()
        close = -1
        if text.startswith('"', at) and quotes_close:
            close = _closing_quote(text, at + 1)
            quotes_close = close >= 0
        if close >= 0:
            value = text[at + 1 : close].replace('\\"', '"').replace("\\\\", "\\")
            at = _after_value(text, close + 1)
        else:
            end = _after(text, ";", at)
            piece = _NEXT_PIECE.search(text, at, end)  # in front of it the semicolon is missing
            end = piece.start() if piece is not None else end
            value, at = _bare(text[at:end].rstrip("; \t")), end
        pairs.append((found[1].lower(), value))
    return pairs


def _bare(value: str) -> str:
    """Strip quotes that are no quotation: one that never closed, or single ones."""
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1]
    return value.strip('"')


def _closing_quote(text: str, at: int) -> int:
    """Find the quote that closes a value, or the first one where none does so properly."""
    first = at = _next_quote(text, at)
    while 0 <= at < first + _LONGEST_QUOTED:
        if _CLOSES.match(text, at) is not None:
            return at
        at = _next_quote(text, at + 1)
    return first


def _next_quote(text: str, at: int) -> int:
    while (at := text.find('"', at)) > 0:
        if text[at - 1] != "\\" or text[at - 2 : at] == "\\\\":
            return at
        at += 1
    return -1


def _after_value(text: str, at: int) -> int:
    """Step over the semicolon; a forgotten one is forgiven."""
    while at < len(text) and text[at] in " \t;":
        at += 1
    return at


def _after(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return len(text) if found < 0 else found + 1


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for key, value in pairs:
        found = _PIECE.fullmatch(key)
        if found is None or (found["index"] is None and not found["encoded"]):
            plain.setdefault(key, value)
            continue
        index = int(found["index"] or 0)
        pieces.setdefault(found["name"], {}).setdefault(index, (value, bool(found["encoded"])))
    joined = {name: _plain_value(value) for name, value in plain.items()}
    for name, parts in pieces.items():
        joined[name] = _decode_pieces([parts[index] for index in sorted(parts)])
    return joined


def _plain_value(value: str) -> str:
    """Decode a value that no star marks as encoded, but that may be so nevertheless."""
    if value.isascii() and _ESCAPED.search(value) is not None:
        announced = _ANNOUNCED.match(value)
        data = unquote_to_bytes(value[announced.end() if announced else 0 :])
        if announced is not None:
            return decode(data, announced[1])
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return decode_words(value)


def _decode_pieces(parts: list[tuple[str, bool]]) -> str:
    """Join RFC 2231 pieces; percent signs count only in those marked as encoded."""
    first, encoded = parts[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _language, first = first.split("'", 2)
    data = b""
    for is_encoded, run in groupby([(first, encoded), *parts[1:]], key=lambda piece: piece[1]):
        joined = "".join(value for value, _ in run)
        data += unquote_to_bytes(joined) if is_encoded else joined.encode("utf-8", "replace")
    text = decode(data, charset if encoded else "utf-8")
    return decode_words(text) if encoded else _plain_value(text)
