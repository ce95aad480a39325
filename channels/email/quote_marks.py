"""How mail programs introduce the history below a reply, line by line.

Three shapes: a dashed separator, an attribution ("On … wrote:", "在 … 写道：")
that may be wrapped over lines, and a block of header lines (发件人/发送时间/收件人/主题).
Every pattern is tried on lines of bounded length and is linear in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_LINE = 500
_MOST_WRAPPED = 4
_BLOCK_LINES = 10

_ORIGINAL = (
    r"原\s*始\s*邮\s*件|原邮件|原始郵件|原始信息|原始訊息|回复的原邮件|回覆的原郵件|邮件原件|邮件原文|原文|"
    r"original(?: (?:message|mail|e-?mail))?|replied message|reply message|"
    r"ursprüngliche nachricht|message d.origine|message original|mensaje original|"
    r"messaggio originale|mensagem original|oprindelig meddelelse|ursprungligt meddelande|"
    r"oorspronkelijk bericht|исходное сообщение|wiadomość oryginalna|元のメッセージ|원본 메시지"
)
_FORWARDED = (
    r"转发的?邮件(?:信息)?|轉寄的?郵件|轉寄郵件|转发邮件信息|以下是?转发的?邮件|被转发邮件信息|"
    r"forwarded (?:message|mail|by)|weitergeleitete nachricht|message (?:transféré|forwarded)|"
    r"mensaje reenviado|messaggio inoltrato"
)
_DASHES = r"[-_=—–─━－]{2,}"
_SEPARATOR = re.compile(rf"{_DASHES}\s*(?:{_ORIGINAL})\s*[:：]?\s*{_DASHES}", re.IGNORECASE)
_FORWARD = re.compile(
    rf"{_DASHES}\s*(?:{_FORWARDED})|begin forwarded message\s*:|开始转发的邮件\s*[:：]"
    r"|開始轉寄郵件\s*[:：]|anfang der weitergeleiteten",
    re.IGNORECASE,
)
_HINT = re.compile(r"[:：|>@]|[-_=—–─━－]{2}|\d{4}")
_RULE = re.compile(r"[-_=—–─━－*]{5,}")

_WROTE_ZH = re.compile(r"(?:写道|寫道|写到|写信说)\s*[:：]\s*$")
_WROTE = re.compile(
    r"\b(?:wrote|schrieb|a écrit|ha scritto|escribió|escreveu|schreef|skrev|napisał(?:\(a\)|a)?|"
    r"написала?|пишет|kirjoitti|yazdı|napsala?|napsal\(a\))\b.{0,200}[:：]\s*$",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"(?:on|at|am|le|el|il|em|op|den|dnia|w dniu|dne|в|\d{1,2}[./]|\d{4}[-/年])\b", re.IGNORECASE
)
_OPENER_ZH = re.compile(r"(?:在|于|於)\s*\d{4}|\d{4}\s*[-/年.]")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_TIME = re.compile(r"\d\s*[:：时点h.]\s*\d{2}")
_DATE = re.compile(
    r"\d{4}\s*[-/年.]\s*\d{1,2}|\d{1,2}\s*月\s*\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}"
)

_LABELS = {
    "from": r"发\s*件\s*人|寄\s*件\s*者|寄\s*件\s*人|发信人|from|von|de|da|van|fra|från|od|от|"
    r"보낸\s*사람|差出人",
    "date": r"发送时间|发送日期|發送時間|寄件日期|日\s*期|时\s*间|時\s*間|傳送時間|sent|date|"
    r"gesendet|datum|envoyé|enviado(?: el| em)?|inviato|verzonden|sendt|skickat|data|fecha|"
    r"отправлено|дата|送信日時|보낸\s*날짜",
    "to": r"收\s*件\s*人|收\s*件\s*者|to|an|à|para|a|aan|til|till|do|кому|받는\s*사람|宛先",
    "subject": r"主\s*题|主\s*旨|標\s*題|标\s*题|subject|betreff|objet|asunto|oggetto|assunto|"
    r"onderwerp|emne|ämne|temat|тема|제목|件名",
    "cc": r"抄\s*送|副\s*本|cc|kopie|copie|kopi|kopia|копия|참조",
}
_LABEL = re.compile(
    r"[|*\s>]*(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r")\s*\*{0,2}\s*[:：|]",
    re.IGNORECASE,
)


def unquoted(line: str) -> str:
    """Return a line without its ``>`` marks."""
    return line.lstrip("> \t")


def is_quoted(line: str) -> bool:
    """Tell a line that a mail program marked as quoted."""
    return line.lstrip(" \t").startswith(">")


def may_introduce_history(line: str) -> bool:
    """Tell cheaply whether any of the shapes is worth trying on a line."""
    return _HINT.search(line) is not None


def is_separator(line: str) -> bool:
    """Tell a dashed line that says "original message"."""
    return len(line) <= _LONGEST_LINE and _SEPARATOR.match(unquoted(line)) is not None


def is_forward_mark(line: str) -> bool:
    """Tell a line that introduces forwarded content."""
    return len(line) <= _LONGEST_LINE and _FORWARD.match(unquoted(line)) is not None


def is_rule(line: str) -> bool:
    """Tell a line that only draws a line."""
    return len(line) <= _LONGEST_LINE and _RULE.fullmatch(line.strip()) is not None


def attribution_length(lines: Sequence[str], at: int) -> int:
    """Count the lines of an attribution that begins at ``at``; 0 where none does."""
    joined = ""
    for count, line in enumerate(lines[at : at + _MOST_WRAPPED], start=1):
        words = unquoted(line).strip()
        if not words or len(joined) + len(words) > _LONGEST_LINE:
            return 0
        joined = f"{joined} {words}" if joined else words
        if count == 1 and not _may_begin(joined):
            return 0
        if words[-1] in ":：":
            return count if _is_attribution(joined) else 0
    return 0


def _may_begin(words: str) -> bool:
    """Tell cheaply whether a line can be an attribution's first."""
    return (
        _OPENER.match(words) is not None
        or _OPENER_ZH.match(words) is not None
        or "@" in words
        or words[-1] in ":："
    )


def _is_attribution(words: str) -> bool:
    """Tell ``在 2026-11-23 10:00，张三 <z@example.cn> 写道：`` from a sentence that ends in 写道：.

    A program always names a moment or an address; a person who quotes by hand
    names a day at most.
    """
    if _DATE.search(words) is None:
        return False
    if _WROTE_ZH.search(words) is not None:
        begins = _OPENER_ZH.match(words) is not None
        return _ADDRESS.search(words) is not None or (begins and _TIME.search(words) is not None)
    if _WROTE.search(words) is None:
        return False
    begins = _OPENER.match(words) is not None
    return begins and (_ADDRESS.search(words) is not None or _TIME.search(words) is not None)


def is_header_block(lines: Sequence[str], at: int) -> bool:
    """Tell whether quoted mail headers begin at ``at``: a sender and two more kinds near by."""
    if _label(lines[at]) is None:
        return False
    kinds = {_label(line) for line in lines[at : at + _BLOCK_LINES]} - {None}
    return "from" in kinds and len(kinds) >= 3


def _label(line: str) -> str | None:
    if len(line) > _LONGEST_LINE:
        return None
    found = _LABEL.match(line)
    return found.lastgroup if found is not None else None
