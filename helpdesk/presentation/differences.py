"""What changed between two texts: line by line, and within a line word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new"]
_WORDS = re.compile(r"[A-Za-z0-9_]+|\s+|.", re.DOTALL)
MOST_WORDS = 2000
"""Longer passages are compared as a whole: word by word would take seconds."""
CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that is in both texts, only in the old, or only in the new."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line in pieces; ``skipped`` stands for that many unchanged lines instead."""

    pieces: list[Piece]
    skipped: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything of it differs."""
        return any(piece.kind != "same" for piece in self.pieces)


def differences(old: str, new: str) -> list[Line]:
    """Return the new text's lines with what is gone and new marked; long sameness is skipped."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line([Piece("same", line)]) for line in after[k:m]]
        else:
            lines += _replaced(before[i:j], after[k:m])
    return list(_folded(lines))


def unmarked(text: str) -> list[Line]:
    """Return a text's lines where there is nothing to compare it with."""
    return [Line([Piece("same", line)]) for line in text.splitlines()]


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """Compare lines that stand for each other; the rest are gone or new as a whole."""
    for old, new in zip(before, after, strict=False):
        yield Line(_pieces(old, new))
    yield from (Line([Piece("gone", line)]) for line in before[len(after) :])
    yield from (Line([Piece("new", line)]) for line in after[len(before) :])


def _pieces(old: str, new: str) -> list[Piece]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        return [Piece("gone", old), Piece("new", new)]
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(after[k:m])))
            continue
        found += [Piece("gone", "".join(before[i:j]))] if j > i else []
        found += [Piece("new", "".join(after[k:m]))] if m > k else []
    return found


def _folded(lines: Sequence[Line]) -> Iterator[Line]:
    """Leave out unchanged lines that lie further than ``CONTEXT`` from any change."""
    near = {
        number + step
        for number, line in enumerate(lines)
        if line.changed
        for step in range(-CONTEXT, CONTEXT + 1)
    }
    skipped = 0
    for number, line in enumerate(lines):
        if number not in near:
            skipped += 1
            continue
        if skipped:
            yield Line([], skipped)
        skipped = 0
        yield line
    if skipped:
        yield Line([], skipped)
