"""Telephone numbers as people write them, made equal where they mean the same line."""

from __future__ import annotations

import re
import unicodedata

from channels.hotline.call import Direction

LONGEST = 40
LONGEST_EXTENSION = 5
"""Numbers of so few digits are telephones of the house."""
_BLANKS = re.compile(r"\s+")
_DASHES = re.compile(r"[‐-―]")
_PREFIX = re.compile(r"(?:\+|00)86")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#|-)(\d{1,6})$", re.IGNORECASE)
_IN_GROUPS = re.compile(r"0\d{2,3}-\d{7,8}-\d{1,6}$")  # area, line, extension
_SEPARATORS = re.compile(r"[\s().\-]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_BEFORE_MOBILE = re.compile(r"(?:86)?0?(?=1[3-9]\d{9}$)")
"""An exchange may write the country code without its ``+``, and the zero that was dialled
before a mobile number of another city; no area code begins with 013 to 019."""
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_SERVICE = re.compile(r"[48]00\d{7}")
_WITHHELD = frozenset(("anonymous", "unknown", "unavailable", "restricted", "private", "withheld"))


def caller_of(text: str) -> str:
    """Return the caller as the exchange wrote it; nothing for its word that none was told."""
    return "" if text.strip().lower() in _WITHHELD else text


def direction_of(source: str, target: str, *, from_inside: bool = False) -> Direction:
    """Tell by the lengths of the numbers where a call came from and went to.

    ``from_inside`` says that somebody at the desk dialled: the desk's own number may be
    shown in place of their extension.
    """
    if not _is_extension(source):
        return "outbound" if from_inside and _digits(target) > LONGEST_EXTENSION else "inbound"
    return "internal" if _is_extension(target) else "outbound"


def phone_number(text: str) -> str:
    """Return a number of mainland China in its one form: digits, ``-`` before an extension.

    Country code and separators are dropped: ``+86 (10) 6200-1234 转 8`` is
    ``01062001234-8``, and ``013800138000`` is the mobile number. Raises ValueError for
    anything else.
    """
    if len(text) > LONGEST:
        raise ValueError("that is too long for a telephone number")
    compact = _BLANKS.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))
    whole = _line(compact)
    extension = _EXTENSION.search(compact)
    if whole is not None and not _IN_GROUPS.search(compact):
        return whole
    line = _line(compact[: extension.start()]) if extension else None
    if extension is None or line is None or not _LANDLINE.fullmatch(line):
        raise ValueError(f"{text!r} is no telephone number")
    return f"{line}-{extension[1]}"


def _is_extension(number: str) -> bool:
    return 0 < _digits(number) <= LONGEST_EXTENSION


def _digits(number: str) -> int:
    return sum(map(str.isdigit, number))


def _line(text: str) -> str | None:
    """Return the digits of a number without an extension, if it is one."""
    abroad = _PREFIX.match(text)
    digits = _SEPARATORS.sub("", text[abroad.end() :] if abroad else text)
    if not digits.isascii() or not digits.isdigit():
        return None
    digits = _BEFORE_MOBILE.sub("", digits)
    if _MOBILE.fullmatch(digits) or _SERVICE.fullmatch(digits):
        return digits
    if abroad and not digits.startswith("0"):
        digits = f"0{digits}"  # abroad the area code loses its zero
    return digits if _LANDLINE.fullmatch(digits) else None
