"""Header fields of outgoing mail: encoded, folded, and safe from injection.

Everything is ASCII except a mail address whose local part is not (RFC 6532).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from email.header import Header
from urllib.parse import quote

from channels.email.idn import ascii_domain

CRLF = "\r\n"
LINE = 76  # characters of a folded line; RFC 5322 wants at most 78, RFC 2047 at most 76
_NAME = re.compile(r"\A[A-Za-z0-9-]+\Z")
_ATOMS = re.compile(r"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
_MESSAGE_ID = re.compile(r"\A<[!-;=?-~]{1,900}>\Z")
_QUOTABLE = re.compile(r'(["\\])')
_PLAIN_VALUE = re.compile(r"\A[A-Za-z0-9!#$&+.^_`{|}~-]+\Z")


def one_line(text: str) -> str:
    """Return text without anything that could end a line or hide in one."""
    kept = (" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    return " ".join("".join(kept).split())


def field(name: str, value: str) -> str:
    """Return ``Name: value`` with its line end; ``value`` may hold prepared folds."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no header name")
    if re.search(r"[\r\n](?![ \t\n])", value):
        raise ValueError(f"{name} holds a line end")
    return f"{name}: {value}{CRLF}"


def text_field(name: str, text: str) -> str:
    """Return a field of free text (a subject), in encoded words where it must be."""
    return field(name, _encoded(one_line(text), indent=len(name) + 2))


def address_field(name: str, addresses: Iterable[tuple[str, str]]) -> str:
    """Return a field of (name, address) pairs, one to a line."""
    return field(name, f",{CRLF} ".join(_address(*pair) for pair in addresses))


def message_ids_field(name: str, message_ids: Iterable[str]) -> str:
    """Return a field of message ids, one to a line."""
    return field(name, f"{CRLF} ".join(message_ids))


def usable_message_ids(message_ids: Iterable[str]) -> list[str]:
    """Keep each well-formed message id once, in its order."""
    return list(dict.fromkeys(each for each in message_ids if _MESSAGE_ID.match(each)))


def file_name_parameters(name: str) -> tuple[str, str]:
    r"""Return the parameters that name a file, for Content-Type and Content-Disposition.

    ``filename*`` is what the standard asks for (RFC 2231); ``name`` in encoded
    words is what QQ, Foxmail and old Outlooks read.
    """
    name = one_line(name)
    if name.isascii() and "=?" not in name:
        return _ascii_parameter("name", name), _ascii_parameter("filename", name)
    words = _encoded(name, indent=len(' name="'))
    return f';{CRLF} name="{words}"', "".join(_extended("filename", name))


def _address(name: str, address: str) -> str:
    name, address = one_line(name), ascii_domain(one_line(address))
    if re.search(r"[\s<>,;()]", address) or not address:
        raise ValueError(f"{address!r} is no mail address")
    if not name:
        return f"<{address}>"
    phrase = _phrase(name)
    last_line = phrase.rpartition(CRLF)[2]
    space = " " if len(last_line) + len(address) < LINE - len("Reply-To: ") else f"{CRLF} "
    return f"{phrase}{space}<{address}>"


def _phrase(name: str) -> str:
    if not name.isascii() or "=?" in name or len(name) > LINE:
        return _words(name, indent=len("Reply-To: "))
    return name if _ATOMS.match(name) else f'"{_quoted(name)}"'


def _encoded(text: str, *, indent: int) -> str:
    too_long = any(len(word) > LINE for word in text.split())
    if not text.isascii() or "=?" in text or too_long:
        return _words(text, indent=indent)
    return _folded(text, indent=indent)


def _words(text: str, *, indent: int) -> str:
    """Encode all of the text, so that no mail program drops a space between words."""
    words = Header(text, "utf-8", maxlinelen=LINE - 1, header_name="x" * max(0, indent - 2))
    return words.encode(linesep=CRLF)


def _folded(text: str, *, indent: int) -> str:
    lines, room = [""], LINE - indent
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
            room = LINE - 1
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return f"{CRLF} ".join(lines)


def _ascii_parameter(key: str, value: str) -> str:
    if len(value) > LINE - len(key) - 6:
        return "".join(_extended(key, value))
    quoted = value if _PLAIN_VALUE.match(value) else f'"{_quoted(value)}"'
    return f";{CRLF} {key}={quoted}"


def _extended(key: str, value: str) -> Iterator[str]:
    """Yield RFC 2231 parameters, cut between characters where one line is too short."""
    pieces, room = [""], LINE - len(key) - len("*00*=utf-8'';  ")
    for character in value:
        escaped = quote(character, safe="!#$&+-.^_`|~")
        if len(pieces[-1]) + len(escaped) > room:
            pieces.append("")
        pieces[-1] += escaped
    if len(pieces) == 1:
        yield f";{CRLF} {key}*=utf-8''{pieces[0]}"
        return
    for number, piece in enumerate(pieces):
        charset = "utf-8''" if number == 0 else ""
        yield f";{CRLF} {key}*{number}*={charset}{piece}"


def _quoted(text: str) -> str:
    return _QUOTABLE.sub(r"\\\1", text)
