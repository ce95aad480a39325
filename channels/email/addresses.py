"""Lists of addresses (RFC 5322), as people and programs really write them.

One pass over the text: quoted names with commas, comments, groups, routes,
names without quotes, addresses without brackets, encoded words anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from channels.email.words import decode_words, unfold
from channels.message import Handle

_TOKEN = re.compile(
    r"""(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)
      | (?P<special>["(),:;<>，；])
      | (?P<text>(?:[^"(),:;<>，；=]|=(?!\?))+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_BARE = re.compile(r"[^\s<>()\[\],;:\"'，；]{1,200}@[^\s<>()\[\],;:\"'，；]{1,250}")
_IN_BRACKETS = re.compile(r"\[([^\s\[\]@]{1,100}@[^\s\[\]@]{1,250})\]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPECIAL = re.compile(r"[\s<>()\[\],;:\\\"@]")
_COMMENT = re.compile(r"\([^()]*\)")
_PARENTHESIS = re.compile(r"[()]")
_MOST = 2000
_LONGEST_NAME = 200


@dataclass(slots=True)
class _Mailbox:
    """What has been read of one mailbox so far."""

    phrase: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angle: str | None = None
    named: int = 0  # pieces of the phrase that stood in front of the address

    def handle(self) -> Handle | None:
        """Make a handle of it, or nothing where it holds no address."""
        phrase = "".join(self.phrase).strip()
        if self.angle is not None:
            address = _address(self.angle)
            if not address and "@" in phrase:  # `a@b.cn <>`
                address, phrase = _bare_address(phrase)
        else:
            address, phrase = _bare_address(phrase)
        if not address:
            return None
        name = _name(phrase) or _name(" ".join(self.comments))
        return Handle("email", address, "" if name.lower() == address else name)


def read_addresses(values: Iterable[bytes]) -> tuple[Handle, ...]:
    """Read every address of some fields, in order, each address once."""
    found: dict[str, Handle] = {}
    for raw in values:
        text = unfold(raw)
        handles = _parse(text) or _parse(decode_words(text)) or _scan(text)
        for handle in handles[:_MOST]:
            found.setdefault(handle.value, handle)
    return tuple(found.values())


def _parse(text: str) -> list[Handle]:
    out: list[Handle] = []
    encoded: list[Handle] = []
    box = _Mailbox()
    at = 0
    quotes_close = comments_close = True  # once one stays open, so do all behind it
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None  # the last alternative takes any character
        at = token.end()
        special = token["special"]
        if special is None:
            box.phrase.append(token[0])
        elif special == '"':
            close = _closing_quote(text, at) if quotes_close else -1
            quotes_close = close >= 0
            if close >= 0:
                box.phrase.append(_unquoted(text[at:close], text[close + 1 : close + 2]))
                at = close + 1
        elif special == "(":
            close = _end_of_comment(text, at) if comments_close else -1
            comments_close = close >= 0
            if close >= 0:
                box.comments.append(text[at:close])
                at = close + 1
        elif special == "<":
            box = _before_address(box, out)
            box.angle, at = _angle(text, at)
        elif special == ":":
            box = _Mailbox()  # the name of a group, or `mailto:`
        elif special not in ")>":
            _finish(box, out, encoded)
            box = _Mailbox()
    _finish(box, out, encoded)
    # last, for other systems do not see them: a hidden address must not pass for the author's
    return [*out, *encoded]


def _before_address(box: _Mailbox, out: list[Handle]) -> _Mailbox:
    """Finish a mailbox that has its address already: the comma behind it was forgotten."""
    if box.angle is not None and _address(box.angle):
        _finish(_Mailbox(box.phrase[: box.named], box.comments, box.angle), out, [])
        box = _Mailbox(box.phrase[box.named :])
    box.named = len(box.phrase)
    return box


def _finish(box: _Mailbox, out: list[Handle], encoded: list[Handle]) -> None:
    pieces = "".join(box.phrase).split() if box.angle is None else []
    if len(pieces) > 1 and all(map(_BARE.fullmatch, pieces)):  # nothing but blanks between them
        out.extend(Handle("email", address) for address in map(_address, pieces) if address)
        return
    handle = box.handle()
    if handle is not None:
        out.append(handle)
    elif box.angle is None and any("=?" in piece for piece in box.phrase):
        encoded.extend(_within_words("".join(box.phrase)))


def _within_words(phrase: str) -> list[Handle]:
    """Find a mailbox that was encoded whole, among others in the list."""
    decoded = decode_words(phrase)
    return _parse(decoded) if "=?" not in decoded else []


def _closing_quote(text: str, at: int) -> int:
    while (at := text.find('"', at)) >= 0:
        if text[at - 1] != "\\":
            return at
        at += 1
    return -1


def _unquoted(inner: str, following: str) -> str:
    """Unquote a name; a quoted local part (`"a b"@c`) keeps its quotes."""
    return f'"{inner}"' if following == "@" else re.sub(r"\\(.)", r"\1", inner)


def _end_of_comment(text: str, at: int) -> int:
    """Find where a comment ends; it may hold comments of its own."""
    depth = 1
    for found in _PARENTHESIS.finditer(text, at):
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return found.start()
    return -1


def _angle(text: str, at: int) -> tuple[str, int]:
    """Read to the closing bracket, or to a comma where it was forgotten."""
    close = text.find(">", at)
    again = text.find("<", at, close if close >= 0 else len(text))
    if again >= 0:  # `<name <a@b>`
        return "", again
    if close >= 0:
        return text[at:close], close + 1
    comma = text.find(",", at)
    return (text[at:], len(text)) if comma < 0 else (text[at:comma], comma)


def _address(text: str) -> str:
    """Normalise one address, ``""`` where it is none.

    Encoded words have no place in an address (RFC 2047, 5); what they hold counts only
    where it could have been written without them, so that nobody smuggles in another's.
    """
    if "=?" in text:
        decoded = _plain_address(decode_words(text))
        return _plain_address(text) if _SPECIAL.search(decoded.rpartition("@")[0]) else decoded
    return _plain_address(text)


def _plain_address(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    if text.startswith("@") and ":" in text:  # a source route (RFC 822)
        text = text.partition(":")[2]
    if not text.startswith('"'):
        text = "".join(_COMMENT.sub("", text).split())
    text = text.strip("'\u2018\u2019 ,;").removeprefix("mailto:").rstrip(".").lower()
    local, at, domain = text.rpartition("@")
    return text if at and local and domain and len(text) <= 320 else ""


def _bare_address(phrase: str) -> tuple[str, str]:
    """Find the address in ``张三 z@b.cn``; return it and what is left as the name."""
    if phrase.startswith('"') and '"@' in phrase:
        return _address(phrase), ""
    for word in phrase.split():
        if "@" in word and (address := _address(_in_brackets(word))):
            return address, phrase.replace(_in_brackets(word), " ", 1).replace("[ ]", " ")
    return "", phrase


def _in_brackets(word: str) -> str:
    """Take the address out of ``张三[z@b.cn]``; that of a host by its number keeps its own."""
    found = _IN_BRACKETS.search(word)
    return found[1] if found is not None else word


def _name(text: str) -> str:
    name = _INVISIBLE.sub("", decode_words(text)).strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name[:_LONGEST_NAME]


def _scan(text: str) -> list[Handle]:
    """Find addresses where the structure is beyond repair."""
    found = (_address(match[0]) for match in _BARE.finditer(decode_words(text)))
    return [Handle("email", address) for address in found if address]
