"""The line with which a mail program introduces what it quotes: "On … wrote:".

Programs write it in the language of their user and often wrap it. Whatever the
language, it names a moment and the writer's address and ends in a colon; where it
names less, one of the verbs below must be in it. A person who quotes by hand names
a day at most. Every pattern is tried on lines of bounded length and is linear in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email.quote_marks import undirected

_LONGEST = 500
_MOST_WRAPPED = 4

_VERB_LAST = (
    r"wrote|writes|a écrit|ha scritto|escribió|escreveu|va escriure|a scris|"
    r"schrieben sie|írta|het volgende geschreven|geschreven|kirjoitti|yazdı|"
    r"napisał\(a\)|napisała?|pisze|napsal\(a\)|napsala?|napísal\(a\)|napísala?|"
    r"نوشت|написал\(а\)|написала?|написа|писал\(а\)|пишет|пише|έγραψε|menulis|đã viết"
)
_VERB_BEFORE_NAME = r"schrieb|schreef|skrev"
_SAID = r"said|says|sagte|a dit"
_VERB = re.compile(
    rf"(?:\b(?:{_VERB_LAST})|(?:\b(?:{_VERB_BEFORE_NAME})\b[^:：]{{0,80}}))[\s:：]*$",
    re.IGNORECASE,
)
_VERB_ZH = re.compile(r"(?:写道|寫道|写到|写信说)[\s:：]*$")
_VERB_JA_KO = re.compile(r"(?:の(?:メール|メッセージ)|書きました|작성)[\s:：]*$")
# these count only above a marked quote; the second is for Ann who "wrote on 23 November"
_VERB_LOOSE = re.compile(
    rf"\b(?:{_SAID})[\s:：]*$"
    rf"|\b(?:{_VERB_LAST}|{_VERB_BEFORE_NAME})\s+(?:[^\W\d]{{1,12}}[.,]*\s+){{0,2}}"
    rf"\d[^@]{{0,50}}[:：]$",
    re.IGNORECASE,
)
# nothing but the writer's name or address: Quoting Ann <ann@example.cn>:
_QUOTING = re.compile(
    r"(?:quoting|zitat von|zitiere|citando(?: a)?|en citant|citerar|cytowanie|引用)\s",
    re.IGNORECASE,
)
_BY_ADDRESS = re.compile(r"(?:^|\s)[^\s<>@]{1,100}@[^\s<>@]{1,250}[:：]$")
# a program that forgot the colon
_ENDS_WITHOUT_COLON = re.compile(rf"(?:^|[>)\]]\s*)(?:{_VERB_LAST})$", re.IGNORECASE)
# a number stands among the first words
_BEGINS = re.compile(r"(?:\S+\s+){0,3}\S{0,6}\d")
_BEGINS_ZH = re.compile(r"(?:在|于|於)\s*\d{4}|\d{4}\s*[-/年.]")
# Android's own: ---- Ann wrote ----
_DASHED = re.compile(
    rf"-{{3,}}+\s*[^\s\-:：][^:：]{{0,80}}?(?:\s(?:{_VERB_LAST}|{_VERB_BEFORE_NAME})|写道)\s*-{{3,}}",
    re.IGNORECASE,
)
# where an introduction begins behind the writer's own words, on the same line
_BEHIND = re.compile(
    r"(?<=[^\s-])[ \t-]*+(?=\bOn (?:\d{1,2}[ ,./-]|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d))"
    r"|(?<=[。！？!?；;…~])[ \t]*(?=(?:在|于|於|At)?[ \t]?\d{4}[ \t]?[-/年.])"
)
# nothing but a name, as old Mozilla wrote, and desks that write for somebody
_BY_NAME = re.compile(
    rf"(?:[A-Z][\w.'-]{{0,30}}\s){{1,4}}(?:via (?:[A-Z][\w.'-]{{0,30}}\s){{1,4}})?"
    rf"(?:{_VERB_LAST}|{_VERB_BEFORE_NAME}):"
)
# Alpine's, which names no time of the day
_BY_DAY = re.compile(
    r"On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4}, [^:]{1,100} wrote:"
)
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_IN_BRACKETS = re.compile(r"[<(\[]\s*(?:mailto:)?[^\s<>()\[\]@]{1,100}@[^\s<>()\[\]@]{1,250}[>)\]]")
_MAILBOX = re.compile(r"[^<>@]{0,100}<\s*[^\s<>@]{1,100}@[^\s<>@]{1,250}\s*>")
_TIME = re.compile(r"\d\s*[:：时點点時h.]\s*\d{2}")
_DATE = re.compile(
    r"\d{4}\s*[-/年년.]\s*\d{1,2}|\d{1,2}\s*月\s*\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|"
    r"\b(?:19|20)\d\d(?!\d)"
)
# without its year: that is enough only with the time and the writer's address
_DAY = re.compile(
    r"\b(?:\d{1,2}\.? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2})\b"
)
_DATE_AND_MAILBOX = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s(?:[^<>@]{0,150}<[^\s<>@]+@[^\s<>@]+>"
    r"|\d{1,2}:\d{2} GMT[+-]\d{1,2}:\d{2}\s[^:]{1,100})"
)
_DASHES = "-\u2013\u2014"
# Arabic, Persian and Devanagari digits
_DIGITS = str.maketrans({zero + n: str(n) for zero in (0x660, 0x6F0, 0x966) for n in range(10)})


def attribution_length(lines: Sequence[str], at: int) -> int:
    """Count the lines of an attribution that begins at ``at``; 0 where none does."""
    if _DASHED.fullmatch(_words(lines[at][:_LONGEST])) is not None:
        return 1
    pieces: list[str] = []
    for line in lines[at : at + _MOST_WRAPPED]:
        words = _words(line)
        if not words or sum(map(len, pieces)) + len(words) > _LONGEST:
            break
        pieces.append(words.lstrip(_DASHES + " ") if not pieces else words)
        if len(pieces) == 1 and not _may_begin(pieces[0]):
            return 0
        if _ends(words, wrapped=len(pieces) > 1):
            return len(pieces) if _is_attribution(pieces) else 0
    return 1 if _is_bare(lines, at) else 0


def split_before_attribution(line: str) -> tuple[str, str]:
    """Split ``Fine. On Mon, … wrote:`` before the introduction; ``""`` where none is behind."""
    found = _BEHIND.search(line[:_LONGEST])
    if found is None or not line[: found.start()].strip(_DASHES + " \t"):
        return "", line
    return line[: found.start()], line[found.end() :]


def loose_attribution_length(lines: Sequence[str], at: int) -> int:
    """Count the lines of what only the marked quote below makes an attribution; 0 for none.

    An address and a verb will do: ``Ann <ann@example.cn> wrote:``. So will a day and a
    verb where nothing but the quote follows; above an answer a person may have put it.
    """
    if at and lines[at - 1].strip():
        return 0
    pieces: list[str] = []
    for line in lines[at : at + _MOST_WRAPPED]:
        words = _words(line)
        if not words or sum(map(len, pieces)) + len(words) > _LONGEST:
            return 0
        pieces.append(words)
        if words[-1] in ":：":
            break
    words = " ".join(pieces)
    if not pieces or not _is_loose_attribution(words):
        return 0
    if any(_is_loose_attribution(" ".join(pieces[start:])) for start in range(1, len(pieces))):
        return 0  # somebody's own words stand above it
    if _IN_BRACKETS.search(words) is not None or _BY_DAY.fullmatch(words) is not None:
        return len(pieces)
    if not _only_quotes(lines, at + len(pieces)):
        return 0
    return len(pieces)


def _is_loose_attribution(words: str) -> bool:
    if words[0] in "<([" or words[-1] not in ":：":
        return False
    if _BY_NAME.fullmatch(words) is not None:
        return True
    if _BY_ADDRESS.search(words) is not None:
        return bool(_BEGINS.match(words) and _DATE.search(words) and _TIME.search(words))
    introduced = any(verb.search(words) for verb in (_VERB, _VERB_ZH, _VERB_LOOSE))
    if not introduced and _QUOTING.match(words) is None:
        return False
    if _IN_BRACKETS.search(words) is not None:
        return True
    return _BEGINS.match(words) is not None and _DATE.search(words) is not None


def _only_quotes(lines: Sequence[str], at: int) -> bool:
    below = (lines[number] for number in range(at, len(lines)))  # a slice would be a copy
    return all(not line.strip() or line.lstrip().startswith(">") for line in below)


def _words(line: str) -> str:
    words = undirected(line).lstrip("> \t").strip()
    return words if words.isascii() else words.translate(_DIGITS)


def _may_begin(words: str) -> bool:
    """Tell cheaply whether a line can be an attribution's first."""
    return (
        _BEGINS.match(words) is not None
        or _BEGINS_ZH.match(words) is not None
        or "@" in words
        or words[-1:] in {":", "："}
    )


def _ends(words: str, *, wrapped: bool) -> bool:
    """Tell the last line: it ends in a colon, or in the dashes that it also began with."""
    if words[-1] in ":：" or _ENDS_WITHOUT_COLON.search(words) is not None:
        return True
    return words.endswith("--") and (wrapped or words.startswith("--"))


def _is_attribution(pieces: list[str]) -> bool:
    """Tell the lines of an attribution from one that has somebody's own words above it."""
    if not _introduces(" ".join(pieces)):
        return False
    if _MAILBOX.fullmatch(pieces[0]) is not None:
        return True
    return not any(_introduces(" ".join(pieces[at:])) for at in range(1, len(pieces)))


def _introduces(words: str) -> bool:
    """Tell ``在 2026-11-23 10:00，张三 <z@b.cn> 写道：`` from a sentence that ends in 写道：."""
    has_time = _TIME.search(words) is not None
    if _DATE.search(words) is None:
        says_day = has_time and _DAY.search(words) is not None
        if not says_day or _IN_BRACKETS.search(words) is None:
            return False
    words = words.rstrip(_DASHES + " ")
    has_address = _ADDRESS.search(words) is not None
    begins = _BEGINS.match(words) is not None
    if _VERB_ZH.search(words) is not None:
        return has_address or (has_time and _BEGINS_ZH.match(words) is not None)
    if has_time and _BEGINS_ZH.match(words) and _VERB_JA_KO.search(words) is not None:
        return True
    if begins and (has_address or has_time) and _VERB.search(words) is not None:
        return True
    if not (has_time and _IN_BRACKETS.search(words)):
        return False
    return begins or _MAILBOX.match(words) is not None


def _is_bare(lines: Sequence[str], at: int) -> bool:
    """Tell ``2011/4/7 Ann <ann@example.cn>`` above quoted lines, as Gmail once wrote it."""
    if len(lines[at]) > _LONGEST or _DATE_AND_MAILBOX.fullmatch(_words(lines[at])) is None:
        return False
    below = next((line for line in lines[at + 1 : at + 3] if line.strip()), "")
    return below.lstrip().startswith(">")
