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
    r"原\s*始\s*邮\s*件|原邮件|原始郵件|原郵件|原始信息|原始訊息|回复的原?邮件|回覆的原?郵件|"
    r"邮件原件|邮件原文|原文|原(?:始)?邮件(?:信息|内容)|"
    r"original(?: (?:message|mail|e-?mail|appointment))?|replied message|reply message|"
    r"(?:ursprüngliche|urspr\.|original) nachricht|originalnachricht|antwort nachricht|"
    r"message d.origine|message original|mensaje original|missatge original|mesaj original|"
    r"messaggio originale|mensagem original|oprindelig (?:meddelelse|besked)|"
    r"opprinnelig melding|ursprungligt meddelande|oorspronkelijk bericht|vorige bericht|"
    r"alkuperäinen viesti|původní zpráva|pôvodná správa|eredeti üzenet|orijinal mesaj|"
    r"исходное сообщение|оригінальне повідомлення|wiadomość oryginalna|πρωτότυπο μήνυμα|"
    r"оригинално съобщение|algupärane (?:sõnum|kiri)|sākotnējais ziņojums|pradinis laiškas|"
    r"izvorn[ao] (?:poruka|sporočilo)|הודעה מקורית|الرسالة الأصلية|"
    r"tin nhắn gốc|thư gốc|pesan asli|ข้อความต้นฉบับ|元の(?:メッセージ|メール)|원본 (?:메시지|이?메일)"
)
_FORWARDED = (
    r"转发的?(?:邮件(?:信息)?|消息)|轉寄的?(?:郵件|訊息)|轉寄郵件|转发邮件信息|以下是?转发的?邮件|被转发邮件信息|"
    r"forwarded (?:message|mail|by)|weitergeleitete nachricht|message (?:transféré|forwarded)|"
    r"mensaje reenviado|messaggio inoltrato|mensagem (?:re)?encaminhada|doorgestuurd bericht|"
    r"vidarebefordrat (?:meddelande|brev)|videresendt (?:melding|besked|meddelelse)|"
    r"przekazana wiadomość|wiadomość przekazana|пересылаемое сообщение|転送されたメッセージ|"
    r"전달된 메시지"
)
_FORWARD_BEGINS = (
    r"begin forwarded message|开始转发的邮件|開始轉寄郵件|"
    r"anfang der weitergeleiteten (?:nachricht|e-?mail)|"
    r"début du message (?:transféré|réexpédié)|inicio del mensaje reenviado|"
    r"inizio (?:del )?messaggio inoltrato|início da mensagem (?:re)?encaminhada|"
    r"begin doorgestuurd bericht|転送されたメッセージ|전달된 메시지"
)
_DASHES = r"[-_=—–─━－]{2,}+"  # none is given back, so a line of nothing else costs little
_SEPARATOR = re.compile(rf"{_DASHES}\s*(?:{_ORIGINAL})\s*[:：]?\s*{_DASHES}", re.IGNORECASE)
# Foxmail's of old; GroupWise's, between ">>>", looks like a quoted line
_IN_YOUR_LETTER = re.compile(
    r"[=＝]{3,}\s*\d{4}-\d{1,2}-\d{1,2}[^=＝]{0,30}(?:写道|寫道)\s*[:：]?\s*[=＝]{3,}"
)
_WRITTEN_AT = re.compile(
    r" \d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]m)? >>>$",
    re.IGNORECASE,
)
# what desks put at the top of the mails that they send, between signs of any kind
_STAY_ABOVE = re.compile(
    r"(?:reply|answer|response|respond) above this line|oberhalb dieser (?:linie|zeile)|"
    r"au.dessus de cette ligne|encima de esta l[ií]nea|"
    r"在(?:此|本|这)(?:行|线)(?:的)?(?:上方|上面|之上|以上)(?:回复|回覆|答复|填写|输入)",
    re.IGNORECASE,
)
_SIGNS = frozenset("-=#*_+—─")
_FORWARD = re.compile(rf"{_DASHES}\s*(?:{_FORWARDED})|(?:{_FORWARD_BEGINS})\s*[:：]", re.IGNORECASE)
_HINT = re.compile(r"[:：|>@\d]|[-_#*+=—–─━－]{2}")
_RULE = re.compile(r"[-_=—–─━－*]{5,}")

_LABELS = {
    "from": r"发\s*件\s*人|寄\s*件\s*者|寄\s*件\s*人|发信人|from|von|de|de la|da|van|fra|från|od|"
    r"от|від|lähettäjä|kimden|gönderen|feladó|από|מאת|من|từ|จาก|dari|보낸\s*사람|差出人",
    "sent": r"发送时间|发送日期|發送時間|傳送時間|寄件日期|发件时间|sent(?: time)?|gesendet|envoyé|"
    r"enviado(?: el| em)?|enviada em|inviato|verzonden|sendt|skickat|wysłano|lähetetty|gönderildi|"
    r"odesláno|elküldve|trimis|отправлено|надіслано|στάλθηκε|נשלח|تاريخ الإرسال|đã gửi|ส่ง|terkirim|"
    r"送信日時|보낸\s*날짜",
    "date": r"日\s*期|时\s*间|時\s*間|date|datum|dato|data|fecha|päivämäärä|tarih|dátum|дата|"
    r"ημερομηνία|תאריך|تاريخ|ngày|วันที่|tanggal|日時",
    "to": r"收\s*件\s*人|收\s*件\s*者|收信人|to|an|à|para|a|aan|til|till|do|vastaanottaja|kime|"
    r"komu|címzett|către|кому|προς|אל|إلى|đến|ถึง|kepada|받는\s*사람|宛先",
    "subject": r"主\s*[题題]|主\s*旨|標\s*題|标\s*题|subject|betreff|objet|asunto|oggetto|assunto|"
    r"onderwerp|emne|ämne|temat|aihe|konu|předmět|predmet|tárgy|subiect|тема|θέμα|נושא|الموضوع|"
    r"chủ đề|เรื่อง|perihal|subjek|제목|件名",
    "cc": r"抄\s*送|副\s*本|cc|kopie|copie|kopi|kopia|копия|参照|참조",
}
_SAID_OF_MAILS = frozenset({"sent", "subject"})
_ANY_LABEL = "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
_LABEL = re.compile(rf"[|*\s>]*+(?:{_ANY_LABEL})\s*\*{{0,2}}\s*[:：|]", re.IGNORECASE)
_LABEL_WITHIN = re.compile(rf"(?<=\s)(?:{_ANY_LABEL})(?::\s|：)", re.IGNORECASE)
_DECORATED = re.compile(r"\s*>{2,}[^<>].*<{2,}\s*")
_ADDRESS = re.compile(r"\w@[\w-]{1,63}\.")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TIME = re.compile(r"\d\s*[:：.时點点時h]\s*\d{2}|\d\s?[ap]\.?m\b|[上下]午", re.IGNORECASE)
# ---- Replied mail ---- right above a block of headers, in whatever words
_TITLED = re.compile(r"[-=—–─━－]{3,}[^-=—–─━－][^:：]{0,80}[:：]?\s*[-=—–─━－]{3,}")
_TITLE = re.compile(rf"(?:{_ORIGINAL})\s*[:：]?", re.IGNORECASE)
_MOST_CONTINUED = 3
_HEADING_ABOVE = 3  # lines
# right-to-left programs, and old Windows ones, mark the direction of each piece
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def undirected(line: str) -> str:
    """Return a line without the marks that tell in which direction it is written."""
    return line if line.isascii() else _DIRECTIONS.sub("", line)


def is_quoted(line: str) -> bool:
    """Tell a line that a mail program marked as quoted; ``>>> look here <<<`` is none."""
    if not line.lstrip(" \t").startswith(">"):
        return False
    return not (line.rstrip().endswith("<<") and _DECORATED.fullmatch(line))


def may_introduce_history(line: str) -> bool:
    """Tell cheaply whether any of the shapes is worth trying on a line."""
    return _HINT.search(line) is not None


def is_separator(line: str) -> bool:
    """Tell a dashed line that says "original message", when that was written, or to stay above."""
    if len(line) > _LONGEST_LINE:
        return False
    words = line.strip()
    if words.startswith(">>> ") and _WRITTEN_AT.search(words) is not None:
        return True
    if {words[:1], words[-1:]} <= _SIGNS and _STAY_ABOVE.search(words) is not None:
        return True
    return any(p.match(_plain(line)) is not None for p in (_SEPARATOR, _IN_YOUR_LETTER))


def is_forward_mark(line: str) -> bool:
    """Tell a line that introduces forwarded content."""
    return len(line) <= _LONGEST_LINE and _FORWARD.match(_plain(line)) is not None


def is_rule(line: str) -> bool:
    """Tell a line that only draws a line."""
    return len(line) <= _LONGEST_LINE and _RULE.fullmatch(line.strip()) is not None


def is_header_block(lines: Sequence[str], at: int) -> bool:
    """Tell whether quoted mail headers begin at ``at``: a sender and two more kinds near by.

    Below a drawn line or a heading one more kind will do. Where HTML lost its line breaks, the
    block is one line. A form that a person fills in or the label of a parcel look
    alike, but a mail's headers hold an address, or the moment when it was sent.
    """
    if _kind(lines[at]) is None:
        return False
    kinds, block = _read_block(lines, at)
    if len(kinds) == 1:
        kinds |= {found.lastgroup for found in _LABEL_WITHIN.finditer(lines[at][:_LONGEST_LINE])}
    if "from" not in kinds or len(kinds) < (2 if _is_below_heading(lines, at) else 3):
        return False
    if _has(_ADDRESS, block):
        return True
    return not kinds.isdisjoint(_SAID_OF_MAILS) and _has(_YEAR, block) and _has(_TIME, block)


def is_title_of_history(lines: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether the last of ``lines`` is the heading of the history that stands below it."""
    title = _plain(lines[-1])
    if len(title) > _LONGEST_LINE:
        return False
    if _TITLE.fullmatch(title.strip()) is not None:
        return True
    titled = _TITLED.fullmatch(title.strip()) is not None
    return titled and bool(below) and is_header_block(below, 0)


def _has(pattern: re.Pattern[str], block: Sequence[str]) -> bool:
    return any(pattern.search(line[:_LONGEST_LINE]) for line in block)


def _read_block(lines: Sequence[str], at: int) -> tuple[set[str | None], list[str]]:
    """Return the kinds of header lines that stand together, and the lines.

    A long line goes on in the next ones; what follows an empty line, or a second
    sender, is something else: a person may have written a label above the real block.
    """
    kinds: set[str | None] = set()
    block: list[str] = []
    continued = 0
    for line in lines[at : at + _BLOCK_LINES]:
        kind = _kind(line)
        if kind == "from" and "from" in kinds:
            break
        if kind is not None:
            kinds.add(kind)
            continued = 0
        elif line.strip():
            continued += 1
            if continued > _MOST_CONTINUED or not block[-1].strip():
                break
        block.append(undirected(line))
    return kinds, block


def _is_below_heading(lines: Sequence[str], at: int) -> bool:
    above = [line for line in lines[max(at - _HEADING_ABOVE, 0) : at] if line.strip()]
    return bool(above) and (is_rule(above[-1]) or is_title_of_history(above, []))


def _plain(line: str) -> str:
    """Return a line without ``>`` marks and the stars of bold print."""
    return line.lstrip("> \t*")


def _kind(line: str) -> str | None:
    if len(line) > _LONGEST_LINE or not (":" in line or "：" in line or "|" in line):
        return None
    found = _LABEL.match(undirected(line))
    return found.lastgroup if found is not None else None
