"""What must never stand in a public post: identity-card and telephone numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Literal

from channels.identity import WRITTEN, is_number, old_birth_date

Kind = Literal["identity", "phone"]

_GAP = r"[ \-.·]?"
_OLD_IDENTITY = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{14}}(?!\d)")
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9](?:{_GAP}\d){{9}}(?!\d)")
_LANDLINE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP}\(?)?\(?0?(?:10|2\d|[3-9]\d\d)\)?{_GAP}"
    rf"[2-9](?:{_GAP}\d){{6,7}}(?!\d)"
)
_SERVICE = ("400", "800", "95", "96")


def private_numbers(text: str, *, allowed: Collection[str] = ()) -> list[tuple[Kind, str]]:
    """Return each number that may not be published, as it is written, with its kind.

    ``allowed`` are the office's own numbers, in any spelling; service numbers (400…,
    95…) are everybody's.
    """
    plain = _plain(text)
    ours = {_local(_digits(number)) for number in allowed}
    found: list[tuple[Kind, str]] = []
    for pattern, kind, counts in _LOOKED_FOR:
        for match in pattern.finditer(plain):
            number = _digits(match.group())
            if not counts(number):
                continue
            if _local(number) not in ours:
                found.append((kind, match.group()))
            begin, end = match.span()
            plain = f"{plain[:begin]}{'#' * (end - begin)}{plain[end:]}"
    return found


def _plain(text: str) -> str:
    """Return full-width digits and every dash and blank as the plain ones."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join("-" if unicodedata.category(c) == "Pd" else c for c in folded)


def _digits(text: str) -> str:
    return "".join(c for c in _plain(text).upper() if c.isdigit() or c == "X")


def _local(digits: str) -> str:
    return re.sub(r"^(?:00)?86(?=\d{9})", "", digits).lstrip("0")


def _is_old_identity(digits: str) -> bool:
    return old_birth_date(digits) is not None


def _is_landline(digits: str) -> bool:
    local = re.sub(r"^(?:00)?86(?=\d{9})", "", digits)
    # without its 0 an area code is a coincidence, unless the country code stands before it
    return (local.startswith("0") or local != digits) and not local.startswith(_SERVICE)


_LOOKED_FOR: tuple[tuple[re.Pattern[str], Kind, Callable[[str], bool]], ...] = (
    (WRITTEN, "identity", is_number),
    (_OLD_IDENTITY, "identity", _is_old_identity),
    (_MOBILE, "phone", bool),
    (_LANDLINE, "phone", _is_landline),
)
