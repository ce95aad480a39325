"""What ties a mail to a conversation: subject prefixes, ticket tokens, markers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_REPLY = (
    "re|r|res|aw|antw|antwort|sv|vs|vá|odp|ynt|ats|atb|rif|bls|"
    "回复|回覆|回復|答复|答覆|答復|回信|返信|답장|회신|ответ|απ|σχετ|תגובה"
)
_FORWARD = (
    "fw|fwd|wg|vb|vl|tr|enc|rv|pd|ilt|doorst|továbbítás|"
    "转发|轉發|转寄|轉寄|転送|전달|пересл|πρθ|הועבר"
)
_COUNT = r"(?:\s*[\[(]\s*\d{1,4}\s*[\])]|\s?[\^*]\s?\d{1,4})?"
_PREFIX = re.compile(
    rf"\s*(?:(?P<reply>{_REPLY})|(?P<forward>{_FORWARD})){_COUNT}\s*:\s*", re.IGNORECASE
)
_BRACKETED_FORWARD = re.compile(r"\s*\[\s*(?:fwd|fw)\s*:\s*(.*)\]\s*\Z", re.IGNORECASE)
_LEADING_TOKEN = re.compile(r"\s*[\[【][^\[\]【】]{0,40}[#\d][^\[\]【】]{0,40}[\]】]\s*")
_SUBJECT_LINE = re.compile(
    r"^[> \t*]*(?:主\s*题|主\s*旨|標題|标题|subject|betreff|objet|件名)[ \t*]*:[ \t*]*(.{1,500})$",
    re.IGNORECASE | re.MULTILINE,
)
_MARKER = re.compile(r"\[ref:\s?([a-z0-9.-]{1,200})\s?\]", re.IGNORECASE | re.ASCII)
_LONGEST = 2000
_MOST_PREFIXES = 50
_BRACKETS = str.maketrans("【】〔〕〖〗", "[][][]")


def normalise_subject(subject: str) -> str:
    """Strip the reply and forward prefixes of every language, as often as they occur.

    ``[Fwd: …]`` loses its brackets; a ticket token in front stays where it is.
    """
    subject = subject[:_LONGEST]
    token = ""
    for _ in range(_MOST_PREFIXES):
        folded = _fold(subject)
        if (found := _BRACKETED_FORWARD.match(folded)) is not None:
            subject = subject[found.start(1) : found.end(1)]
        elif (found := _PREFIX.match(folded)) is not None:
            subject = subject[found.end() :]
        elif not token and (found := _LEADING_TOKEN.match(folded)) is not None:
            token, subject = subject[: found.end()].strip(), subject[found.end() :]
        else:
            break
    return f"{token} {subject.strip()}".strip()


def is_forward(subject: str) -> bool:
    """Tell a forwarded mail: its outermost prefix says so."""
    folded = _fold(subject[:_LONGEST])
    token = _LEADING_TOKEN.match(folded)
    at = token.end() if token is not None else 0
    found = _PREFIX.match(folded, at)
    if found is not None:
        return found["forward"] is not None
    return _BRACKETED_FORWARD.match(folded, at) is not None


def ticket_tokens(subject: str, body: str = "", prefix: str = "#") -> tuple[int, ...]:
    """Find ticket numbers such as ``[#1042]``, in full-width writing too.

    ``prefix`` is the desk's own (``MIEC`` for ``[MIEC #1042]``), with or without the
    number sign; tokens of other desks are not ours. Of the body only quoted subject
    lines count: a number elsewhere in it is talk about a ticket.
    """
    pattern = _token_pattern(prefix)
    places = [subject, *_SUBJECT_LINE.findall(body.replace("：", ":"))[:20]]
    found: dict[int, None] = {}
    for place in places:
        for number in pattern.findall(_wide(place[:_LONGEST])):
            found.setdefault(int(number))
    return tuple(found)


def without_tokens(subject: str, prefix: str = "#") -> str:
    """Take the desk's own ticket tokens out of a subject."""
    kept = _token_pattern(prefix).sub(" ", _plain_brackets(subject[:_LONGEST]))
    return subject if kept == _plain_brackets(subject[:_LONGEST]) else " ".join(kept.split())


def body_markers(text: str) -> tuple[str, ...]:
    """Find ``[ref:…]`` markers anywhere, quoted text included; the desk verifies them."""
    return tuple(dict.fromkeys(found.lower() for found in _MARKER.findall(text)))


@lru_cache(maxsize=64)
def _token_pattern(prefix: str) -> re.Pattern[str]:
    parts = [*_wide(prefix).replace("#", " ").split(), "#"]
    spaced = r"\s*".join(map(re.escape, parts))
    return re.compile(rf"\[\s*{spaced}\s*(\d{{1,12}})\s*\]", re.IGNORECASE)


def _wide(text: str) -> str:
    """Write full-width forms as ASCII."""
    return unicodedata.normalize("NFKC", text).translate(_BRACKETS)


def _plain_brackets(text: str) -> str:
    return text.translate(_BRACKETS).translate(_FOLD).replace("＃", "#")


def _fold(text: str) -> str:
    """Write what prefixes are made of in ASCII, keeping every character's place."""
    return text.translate(_FOLD)


_FOLD = str.maketrans("：︰﹕（）［］【】＾＊", ":::()[][]^*") | {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF5B))
}
