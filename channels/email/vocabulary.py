"""Word lists written as prose, so that a long one stays readable."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the blank-separated words of ``text``."""
    return frozenset(text.split())
