"""HTML that is small on the wire and enormous in a browser or a sanitiser.

Known shapes: tags nested without end, endless attributes, ampersands or misplaced
table rows (each quadratic in the sanitiser), and formatting tags left open, which
the standard makes a parser repeat in each following block (WHATWG HTML, 13.2.4.3):
60 kB of them become 100 MB.
"""

from __future__ import annotations

import re

from channels.email.vocabulary import words

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
_FEW_TAGS = 500
_DEEPEST = 600
_MOST_REPEATED = 500_000
_MOST_AMPERSANDS = 100_000
_MOST_TAGS = 100_000
_LONGEST_TAG = 30_000
# elements that never stay open, or that their next sibling closes
_NOT_NESTING = words(
    "area base br col embed hr img input link meta param source track wbr "
    "p li td th tr dd dt option html head body"
)
_FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
_CONTENT_UNSEEN = re.compile(
    r"<(script|style|title|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?table|/?h[1-6])\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>?")


def is_bomb(html: str) -> bool:
    """Tell markup that would grow or nest beyond reason; linear in its length."""
    if html.count("&") > _MOST_AMPERSANDS or _has_endless_tag(html):
        return True
    tags = html.count("<")
    if tags < _FEW_TAGS:
        return False
    if tags > _MOST_TAGS:
        return True
    still_open: dict[str, int] = {}
    depth = formatting = repeated = 0
    for slash, name in _TAG.findall(html):
        tag = name.lower()
        if tag in _FORMATTING:
            formatting += _step(still_open, tag, closing=bool(slash))
        elif tag not in _NOT_NESTING:
            depth += _step(still_open, tag, closing=bool(slash))
        repeated += formatting
        if depth + formatting > _DEEPEST or repeated > _MOST_REPEATED:
            return True
    return False


def _has_endless_tag(html: str) -> bool:
    if len(html) <= _LONGEST_TAG:
        return False
    for piece in html.split(">"):
        if len(piece) > _LONGEST_TAG:
            tag = piece[piece.rfind("<") :]
            if len(tag) > _LONGEST_TAG and tag[1:2].isalpha():
                return True
    return False


def _step(still_open: dict[str, int], tag: str, *, closing: bool) -> int:
    """Open or close a tag; a closing tag closes only what is open under its own name."""
    count = still_open.get(tag, 0)
    if closing and count == 0:
        return 0
    still_open[tag] = count - 1 if closing else count + 1
    return -1 if closing else 1


def without_tags(html: str) -> str:
    """Return the words alone, still escaped; for markup that nothing may parse."""
    html = _CONTENT_UNSEEN.sub(" ", _COMMENT.sub(" ", html))
    return _ANY_TAG.sub(" ", _BREAK.sub("\n", html))
