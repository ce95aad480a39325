"""How long a text is to a network, and the posts that a long one is split into.

Weibo counts 140 汉字, a character of the Latin alphabet as half of one. X weighs: 280,
where a Chinese character or an emoji is 2 and any link 23
(https://docs.x.com/fundamentals/counting-characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

WEIBO_POST = 140
WEIBO_MESSAGE = 299
"""A private message has to stay under 300 汉字."""
X_POST = 280
MOST_PARTS = 5

Count = Callable[[str], int]

_LINK = re.compile(r"https?://[!-~]*[A-Za-z0-9/_~=&#%+-]", re.IGNORECASE)
# what X makes a link of although nobody wrote https://; the commonest endings
_BARE = re.compile(
    r"(?<![@\w./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:com|cn|net|org|edu|gov|info|io|co|me|cc|tv|hk|tw)(?![a-z0-9-])(?:/[!-~]*[A-Za-z0-9/_=&#-])?",
    re.IGNORECASE,
)
_X_LINK = 23
_LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_PICTURE = "[\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff]"
_TONE = "[\U0001f3fb-\U0001f3ff]"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    f"{_PICTURE}{_TONE}?\ufe0f?(?:\u200d{_PICTURE}{_TONE}?\ufe0f?)*"
)
_END = "。！？!?；;\n"
_PAUSE = "，、,：: \t）)”’》】"
_JOINED = "\u200d\ufe0f\u20e3"


def weibo_length(text: str) -> int:
    """Return how many 汉字 a text counts as on Weibo."""
    # Weibo's own counter works on UTF-16 with everything up to ÿ as half
    halves = sum(1 if ord(c) <= 0xFF else 4 if ord(c) > 0xFFFF else 2 for c in text)
    return (halves + 1) // 2


def x_length(text: str) -> int:
    """Return the weighted length of a text on X."""
    left, links = _LINK.subn(" ", unicodedata.normalize("NFC", text))
    left, bare = _BARE.subn(" ", left)
    left, emoji = _EMOJI.subn("", left)
    weights = sum(1 if _is_light(ord(c)) else 2 for c in left)
    return weights + (links + bare) * (_X_LINK - 1) + emoji * 2


def split(text: str, limit: int, count: Count) -> list[str]:
    """Return the posts that a text makes, none longer than ``limit``, marked (1/3) and so on.

    It is cut behind a sentence where there is one, else at a pause, and never inside a
    link that fits. There may be more than MOST_PARTS; whoever asks refuses that.
    """
    text = text.strip()
    if not text or count(text) <= limit:
        return [text] if text else []
    room = limit - count(" (99/99)")
    pieces = list(_pieces(text, room, count))
    return [f"{piece} ({i}/{len(pieces)})" for i, piece in enumerate(pieces, 1)]


def _pieces(text: str, room: int, count: Count) -> Iterator[str]:
    while text:
        end = _longest(text, room, count)
        cut = end if end == len(text) else _cut(text, end)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()


def _longest(text: str, room: int, count: Count) -> int:
    """Return how many characters fit, one at least; a longer text never counts less by much."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count(text[:middle].rstrip()) <= room:
            low = middle
        else:
            high = middle - 1
    while low > 1 and count(text[:low].rstrip()) > room:
        low -= 1  # a link that ends here made it shorter for a moment
    return low


def _cut(text: str, end: int) -> int:
    for marks, earliest in ((_END, end // 2), (_PAUSE, end * 2 // 3)):
        for at in range(end, max(earliest, 1), -1):
            if text[at - 1] in marks and not _inside_link(text, at):
                return at
    for link in _LINK.finditer(text):
        if link.start() < end < link.end() and link.start() > 0:
            return link.start()
    while end > 1 and (text[end] in _JOINED or text[end - 1] == "\u200d"):
        end -= 1  # an emoji of several characters stays whole
    return end


def _inside_link(text: str, at: int) -> bool:
    return any(link.start() < at < link.end() for link in _LINK.finditer(text))


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)
