"""What a search found: the passage that holds the words, and the words marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup, escape

from helpdesk.services.desk.search_words import normal, terms

Spot = tuple[int, int]
"""Where a word begins and where it ends."""

_BEFORE = 30
"""Characters of a passage that stand before the first word found in it."""
_AFTER = 20
"""Characters that are left out at most, so that the last word is whole."""


def marked(text: str, query: str) -> Markup:
    """Return the text with each word of the query marked."""
    return _with_marks(text, _spots(text, terms(query)))


def passage(text: str, query: str, most: int = 120) -> Markup:
    """Return one line of so many characters around the first word found, with all marked.

    A text that holds none of the words, or those in its beginning, begins where it begins.
    """
    line = " ".join(text.split())
    spots = _spots(line, terms(query))
    begin = _begin(line, spots, most)
    end = _end(line, spots, begin + most)
    here = [
        (max(first, begin) - begin, min(last, end) - begin)
        for first, last in spots
        if first < end and last > begin
    ]
    before = "…" if begin else ""
    after = "…" if end < len(line) else ""
    return Markup("%s%s%s") % (before, _with_marks(line[begin:end], here), after)


def _begin(line: str, spots: Sequence[Spot], most: int) -> int:
    if not spots or spots[0][1] <= most:
        return 0
    begin = min(spots[0][0] - _BEFORE, len(line) - most)
    blank = line.find(" ", begin, spots[0][0])
    return begin if blank < 0 else blank + 1  # no word is cut that could be whole


def _end(line: str, spots: Sequence[Spot], end: int) -> int:
    if end >= len(line):
        return len(line)
    blank = line.rfind(" ", max(end - _AFTER, spots[0][1] if spots else 0), end + 1)
    return end if blank < 0 else blank


def _spots(text: str, words: Iterable[str]) -> list[Spot]:
    """Return where the words stand, in order; what overlaps is one."""
    compared, places = _compared(text)
    found = sorted(
        (places[at], places[at + len(word) - 1] + 1)
        for word in words
        for at in _each(compared, word)
    )
    together: list[Spot] = []
    for first, last in found:
        if together and first <= together[-1][1]:
            together[-1] = (together[-1][0], max(last, together[-1][1]))
        else:
            together.append((first, last))
    return together


def _compared(text: str) -> tuple[str, Sequence[int]]:
    """Return the text as searches compare it, and the place of each character in the text."""
    whole = normal(text)
    if len(whole) == len(text):
        return whole, range(len(text))
    each = [normal(character) for character in text]
    places = [place for place, character in enumerate(each) for _ in character]
    return "".join(each), places


def _each(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _with_marks(text: str, spots: Iterable[Spot]) -> Markup:
    pieces: list[Markup] = []
    end = 0
    for first, last in spots:
        pieces += (escape(text[end:first]), Markup("<mark>%s</mark>") % text[first:last])
        end = last
    return Markup("").join([*pieces, escape(text[end:])])
