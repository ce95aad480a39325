"""The numbers of rows as somebody writes them: those that no row can have are none."""

from __future__ import annotations

from collections.abc import Iterable

LARGEST = 2**31 - 1
"""A database refuses to look for a larger one instead of finding nothing."""


def possible(number: int | None) -> int | None:
    """Return a number that a row can have, or None."""
    return number if number is not None and 0 < number <= LARGEST else None


def written(text: str) -> int | None:
    """Return the number that a text is, or None where it is none that a row can have.

    Python itself refuses to read more than 4300 digits.
    """
    short = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    return possible(int(text)) if short else None


def all_written(texts: Iterable[str]) -> list[int]:
    """Return the numbers among some texts, in their order."""
    return [number for number in map(written, texts) if number is not None]
