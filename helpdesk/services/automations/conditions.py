"""Which tickets an automation is for: the conditions of policies, and words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from helpdesk.services.desk.search_words import INDEXED_CHARACTERS, normal
from sla.policy import CONDITION_FIELDS

WORDS = "words"
FIELDS = (*CONDITION_FIELDS, WORDS)
Conditions = Mapping[str, Iterable[str]]


def unmet(conditions: Conditions, facts: Mapping[str, str | None], text: str) -> tuple[str, ...]:
    """Return the names of the conditions that a ticket does not meet.

    Of a condition's values it must have one. ``@example.cn`` stands for every requester with
    an address there, and for those of its subdomains; of ``words``, ``text`` holds one.
    """
    return tuple(
        name
        for name, allowed in conditions.items()
        if not (
            holds_one(text, tuple(allowed))
            if name == WORDS
            else _is_one(name, facts.get(name), tuple(allowed))
        )
    )


def holds_one(text: str, words: tuple[str, ...]) -> bool:
    """Say whether a text holds one of the words, whatever their case and width.

    A Latin word must stand by itself: ``tax`` is not in ``syntax``.
    """
    return _pattern(words).search(normal(text[:INDEXED_CHARACTERS])) is not None


def _is_one(name: str, value: str | None, allowed: tuple[str, ...]) -> bool:
    if value is None:
        return False
    if name != "requester":
        return value in allowed
    value = value.lower()
    domain = value.rpartition("@")[2]
    return any(
        f".{domain}".endswith(f".{one[1:]}") if one.startswith("@") else value == one
        for one in allowed
    )


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_alone(normal(word)) for word in words) or "(?!)")


def _alone(word: str) -> str:
    begins = r"(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    ends = r"(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    spaced = r"\s+".join(map(re.escape, word.split()))
    return f"{begins}{spaced}{ends}"
