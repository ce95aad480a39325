"""Words for the search indexes: one function for what is written and what is asked.

Texts become overlapping pairs of CJK characters and lower-cased words, kept as a set:
FTS5 on SQLite, a tsvector on PostgreSQL. A query asks for all lexemes of what was typed;
what a set cannot tell (a phrase longer than a pair) is for the caller to read again.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Iterable, Sequence

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_PARTS = re.compile(f"([{_CJK}]+)|([^\\W_{_CJK}]+)")
_WORDS = re.compile(f"[^\\W_{_CJK}]+")
_NOT_PLAIN = re.compile("(?s).?[^\x00-\x7f\u4e00-\u9fff]+")
# what no lexeme holds, before and after it is made normal
_PUNCTUATION = re.compile("[，。、？！：；（）“”‘’《》【】…—\u3000]+")
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")
_RUNS = re.compile(f"[{_CJK}]+")
LONGEST_WORD = 40
INDEXED_CHARACTERS = 50_000


def lexemes(source: str) -> set[str]:
    """Return the lexemes of a text: CJK pairs (and each run's end), words, phone endings.

    Of a long text the caller passes the first ``INDEXED_CHARACTERS``.
    """
    plain = normal(_PUNCTUATION.sub(" ", source))
    found: set[str] = set()
    runs = _RUNS.findall(plain)
    for run in map(_bmp, runs) if _BEYOND_BMP.search(plain) else runs:
        found.update(map(operator.add, run, run[1:]))
        found.add(run[-1])
    words = set(_WORDS.findall(plain))
    found.update(word[:LONGEST_WORD] for word in words)
    # people remember the end of a phone number
    found.update(word[-4:] for word in words if len(word) >= 7 and word.isdecimal())
    return found


def terms(query: str) -> list[str]:
    """Return the terms of what was typed that can be looked for."""
    return [term for term in normal(query[:200].replace("\0", " ")).split() if _PARTS.search(term)]


def holds(whole: str, terms: Iterable[str]) -> bool:
    """Say whether a normalised text holds every term as it was typed."""
    return all(term in whole for term in terms)


def pieces(term: str) -> list[tuple[str, bool]]:
    """Return the lexemes to ask for and whether each may go on (a prefix)."""
    found: list[tuple[str, bool]] = []
    for run, word in _PARTS.findall(term):
        if run:
            plain = _bmp(run)
            pairs = [(plain[i : i + 2], False) for i in range(len(plain) - 1)]
            found += pairs or [(plain, True)]
        else:
            found.append((word[:LONGEST_WORD], len(word) > 1))
    return found


def lite_query(terms: Sequence[str]) -> str:
    """Write the terms as a query of FTS5."""
    return " AND ".join(
        f'"{piece}"*' if prefix else f'"{piece}"'
        for term in terms
        for piece, prefix in pieces(term)
    )


def pg_query(terms: Sequence[str]) -> str:
    """Write the terms as a tsquery."""
    return " & ".join(
        f"'{piece}':*" if prefix else f"'{piece}'"
        for term in terms
        for piece, prefix in pieces(term)
    )


def normal(source: str) -> str:
    """Return the text as it is compared: full width, case and ligatures do not count."""
    # Most of a Chinese text is normal; what is not is so together with what it follows.
    return _NOT_PLAIN.sub(lambda part: unicodedata.normalize("NFKC", part[0]), source).lower()


def _bmp(run: str) -> str:
    # FTS5's tokenizer knows no character beyond the basic plane.
    return _BEYOND_BMP.sub(lambda c: f"u{ord(c[0]):x}", run)
