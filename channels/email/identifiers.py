"""Message-IDs in Message-ID, In-Reply-To and References.

References comes with commas, comments, missing brackets, ids folded in the
middle, and (from some Exchange servers) as encoded words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from channels.email.words import decode_words, unfold

_BRACKETED = re.compile(r"<([^<>]*)>")
_COMMENT = re.compile(r"\([^()]*\)")
_LONGEST = 998
_MOST = 200


def message_ids(values: Iterable[bytes]) -> tuple[str, ...]:
    """Read ids in order, each once, as ``<left@right>``; junk is left out."""
    found: dict[str, None] = {}
    for raw in values:
        text = unfold(raw)
        for identifier in _ids(decode_words(text) if "=?" in text else text):
            found.setdefault(identifier)
    ids = tuple(found)
    # the first is the conversation's root, the last ones are the nearest
    return ids if len(ids) <= _MOST else (ids[0], *ids[-_MOST + 1 :])


def message_id(values: Iterable[bytes]) -> str | None:
    """Read the one id of a Message-ID field, ``None`` where there is none."""
    for raw in values:
        ids = _ids(unfold(raw)) or _loose(unfold(raw), needs_at=False)
        if ids:
            return ids[0]
    return None


def _ids(text: str) -> list[str]:
    ids = [normal for inner in _BRACKETED.findall(text) if (normal := _normal(inner))]
    if ids:
        return ids
    return _loose(_COMMENT.sub(" ", _BRACKETED.sub(" ", text)), needs_at=True)


def _loose(text: str, *, needs_at: bool) -> list[str]:
    """Read ids that lost their brackets."""
    words = text.replace(",", " ").replace(";", " ").split()
    if not needs_at:
        words = ["".join(words)]
    candidates = (_normal(word.strip("<>\"'")) for word in words if "@" in word or not needs_at)
    return [candidate for candidate in candidates if candidate]


def _normal(inner: str) -> str:
    compact = "".join(inner.split())
    return f"<{compact}>" if compact and len(compact) <= _LONGEST - len("<>") else ""
