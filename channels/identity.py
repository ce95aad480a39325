"""The identity number of mainland China (GB 11643): its check digit and birth date.

Pure arithmetic that two rules rest on: what may not stand in a public post, and what a
form takes for somebody's number. https://openstd.samr.gov.cn, GB 11643-1999, which takes
the check digit from ISO 7064, MOD 11-2.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import date

_GAP = r"[ \-.·]?"
WRITTEN = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{16}}{_GAP}[\dXxＸｘ](?![\dXxＸｘ])")
"""Eighteen characters as people write them in a text, whether or not they are a number."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NOBODY_BEFORE = date(1900, 1, 1)


def check_fits(number: str) -> bool:
    """Say whether the last of 18 characters, upper case, is the check of the 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17]


def birth_date(number: str) -> date | None:
    """Return the day of birth that 18 characters tell; None where there is no such day."""
    return _day(number[6:14])


def is_number(number: str) -> bool:
    """Say whether 18 characters, upper case, can be somebody's number."""
    return check_fits(number) and birth_date(number) is not None


def mask(number: str) -> str:
    """Return a number as it may be shown: ``110105********002X``."""
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def hide(text: str) -> str:
    """Return a text with every identity number in it masked."""
    return WRITTEN.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match.group()).upper()
    number = "".join(character for character in plain if character.isalnum())
    return mask(number) if is_number(number) else match.group()


def old_birth_date(number: str) -> date | None:
    """Return the day of birth in a number of 15 digits, given out until 1999."""
    return _day(f"19{number[6:12]}")


def _day(text: str) -> date | None:
    with suppress(ValueError):
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        return day if day > _NOBODY_BEFORE else None
    return None
