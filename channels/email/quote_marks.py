"""How mail programs introduce the history below a reply, line by line.

Two shapes: a dashed separator, and a block of header lines (发件人/发送时间/收件人/主题);
the third, "On … wrote:", is in attributions.py.
Every pattern is tried on lines of bounded length and is linear in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_LINE = 500
_BLOCK_LINES = 10

_ORIGINAL = (
    r"原\s*始\s*邮\s*件|原邮件|原始郵件|原始信息|原始訊息|回复的原邮件|回覆的原郵件|邮件原件|邮件原文|原文|"
    r"original(?: (?:message|mail|e-?mail|appointment))?|replied message|reply message|"
    r"(?:ursprüngliche|urspr\.) nachricht|antwort nachricht|"
    r"message d.origine|message original|mensaje original|missatge original|mesaj original|"
    r"messaggio originale|mensagem original|oprindelig (?:meddelelse|besked)|"
    r"opprinnelig melding|ursprungligt meddelande|oorspronkelijk bericht|vorige bericht|"
    r"alkuperäinen viesti|původní zpráva|pôvodná správa|eredeti üzenet|orijinal mesaj|"
    r"исходное сообщение|оригінальне повідомлення|wiadomość oryginalna|πρωτότυπο μήνυμα|"
    r"元のメッセージ|원본 메시지"
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

_LABELS = {
    "from": r"发\s*件\s*人|寄\s*件\s*者|寄\s*件\s*人|发信人|from|von|de|de la|da|van|fra|från|od|"
    r"от|від|lähettäjä|kimden|gönderen|feladó|από|מאת|من|từ|จาก|dari|보낸\s*사람|差出人",
    "date": r"发送时间|发送日期|發送時間|寄件日期|日\s*期|时\s*间|時\s*間|傳送時間|sent|date|"
    r"gesendet|datum|envoyé|enviado(?: el| em)?|enviada em|inviato|verzonden|sendt|skickat|data|"
    r"fecha|wysłano|lähetetty|päivämäärä|gönderildi|tarih|odesláno|elküldve|dátum|trimis|"
    r"отправлено|дата|надіслано|στάλθηκε|ημερομηνία|נשלח|תאריך|تاريخ(?: الإرسال)?|"
    r"đã gửi|ngày|ส่ง|วันที่|terkirim|tanggal|送信日時|日時|보낸\s*날짜",
    "to": r"收\s*件\s*人|收\s*件\s*者|to|an|à|para|a|aan|til|till|do|vastaanottaja|kime|komu|"
    r"címzett|către|кому|προς|אל|إلى|đến|ถึง|kepada|받는\s*사람|宛先",
    "subject": r"主\s*题|主\s*旨|標\s*題|标\s*题|subject|betreff|objet|asunto|oggetto|assunto|"
    r"onderwerp|emne|ämne|temat|aihe|konu|předmět|predmet|tárgy|subiect|тема|θέμα|נושא|الموضوع|"
    r"chủ đề|เรื่อง|perihal|subjek|제목|件名",
    "cc": r"抄\s*送|副\s*本|cc|kopie|copie|kopi|kopia|копия|参照|참조",
}
_ANY_LABEL = "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
_LABEL = re.compile(rf"[|*\s>]*(?:{_ANY_LABEL})\s*\*{{0,2}}\s*[:：|]", re.IGNORECASE)
_LABEL_WITHIN = re.compile(rf"(?<=\s)(?:{_ANY_LABEL})[:：]\s", re.IGNORECASE)


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


def is_header_block(lines: Sequence[str], at: int) -> bool:
    """Tell whether quoted mail headers begin at ``at``: a sender and two more kinds near by.

    Below a drawn line one more kind will do. Where HTML lost its line breaks, the
    block is one line.
    """
    if _label(lines[at]) is None:
        return False
    kinds = {_label(line) for line in lines[at : at + _BLOCK_LINES]} - {None}
    if len(kinds) == 1:
        kinds |= {found.lastgroup for found in _LABEL_WITHIN.finditer(lines[at][:_LONGEST_LINE])}
    return "from" in kinds and len(kinds) >= (2 if _is_below_rule(lines, at) else 3)


def _is_below_rule(lines: Sequence[str], at: int) -> bool:
    above = [line for line in lines[max(at - 2, 0) : at] if line.strip()]
    return bool(above) and is_rule(above[-1])


def _label(line: str) -> str | None:
    if len(line) > _LONGEST_LINE or not (":" in line or "：" in line or "|" in line):
        return None
    found = _LABEL.match(line)
    return found.lastgroup if found is not None else None
