"""Signatures that programs write, and the lines that people draw above theirs."""

from __future__ import annotations

import re

from channels.email.quote_marks import is_rule

_LONGEST_LINE = 150
_LONGEST_SIGNATURE = 20  # lines below "-- "; more than that is something to read
_DEVICE = (
    r"iphon|ipad|ipod|android|安卓|手机|手機|华为|華為|huawei|荣耀|honor|小米|redmi|xiaomi|oppo|vivo|"
    r"三星|samsung|galaxy|盖乐世|魅族|一加|oneplus|outlook|foxmail|windows|qq\s*邮箱|邮箱|邮件|郵件|"
    r"客户端|大师|钉钉|飞书|企业微信|移动设备|行動裝置|blackberry|mail|app|mobil|phone|yahoo|proton|handy|tablet|"
    r"telefon|мобильн"
)
_NO_SENTENCE = r"[^的，。！？；,!?;]"
_FEW_WORDS = r"(?!.*\b(?:hier|ayer|ieri|gestern|gisteren|вчера)\b)\s*(?:[^\s,]{1,20} ){0,2}"
_FROM_ZH = r"发自|發自|发送自|傳送自|来自|來自|寄自|寄件自"
_FOR_SYSTEM = (
    r"\s*(?:for|für|pour|para|per|voor|för|til|dla(?: systemu)?|pro|для)\s+"
    r"(?:ios|android|mac|windows|iphone|ipad)"
)
_PROGRAM = re.compile(
    rf"(?:{_FROM_ZH})\s*(?:我的)?{_NO_SENTENCE}{{0,30}}?(?:{_DEVICE}){_NO_SENTENCE}{{0,15}}"
    rf"|[自从從]\s*(?:我的)?{_NO_SENTENCE}{{0,30}}?(?:{_DEVICE})"
    rf"{_NO_SENTENCE}{{0,15}}(?:发送|發送|傳送)"
    rf"|(?:已从|由)?\s*(?:我的)?\s*(?:iphone|ipad|ipod|android)\s*(?:手机|手機)?\s*(?:发送|發送|傳送)"
    rf"|(?:[此本](?:邮件|郵件))?(?:使用|通过|透過|由)\s*(?:我的)?[\w ]{{0,20}}"
    rf"(?:iphon|ipad|android|outlook|foxmail|大师|spark|mailspring|proton|thunderbird)"
    rf"{_NO_SENTENCE}{{0,15}}(?:发送|發送|传送|傳送)"
    rf"|(?:获取|取得)\s*(?:(?:ios|android)\s*版\s*outlook|outlook\s*(?:ios|android)\s*版)"
    rf"|from my (?:iphone|ipad|ipod|android|blackberry|galaxy|samsung|phone|mobile)"
    rf"(?: (?:\d{{1,2}}|pro|max|plus|mini|air|ultra|phone|device))*"
    rf"|(?:获取|取得|下载|get|télécharger|obtener|obter|holen sie sich|scarica|download|hämta|"
    rf"skaffa|hent|hanki|pobierz(?: aplikację)?|stáhnout|скачать|загрузить)\s*"
    rf"(?:适用于\s*\w+\s*的\s*)?outlook(?:{_FOR_SYSTEM})?\s*(?:https?://\S{{1,200}})?"
    rf"|outlook{_FOR_SYSTEM}\s*(?:beziehen|を入手)|(?:ios|android)\s*版\s*outlook\s*を入手"
    rf"|(?:von|diese nachricht wurde von)\b.{{0,40}}(?:{_DEVICE}).{{0,30}}\bgesendet\.?"
    rf"|(?:gesendet (?:von|mit)|envoyé (?:de|depuis|à partir de)|"
    rf"enviado (?:desde|do|de|a partir do)|inviato dal?|"
    rf"ver(?:zonden|stuurd) (?:vanaf|vanuit|met|via)|skickat från|sendt fra|"
    rf"wysłan[eo] z|lähetetty|odesláno z|odoslané z|trimis de pe|elküldve|"
    rf"отправлено (?:с|из)|надіслано з|στάλθηκε από|dikirim dari|đã gửi từ)\b{_FEW_WORDS}"
    rf"[^\s,]*(?:{_DEVICE})[^,]{{0,25}}"
    rf"|.{{0,20}}(?:{_DEVICE}).{{0,10}}(?:から送信|에서 보냄|gönderildi|küldve)"
    rf"|(?:נשלח מ|أُ?رسلت من|ส่งจาก).{{0,20}}(?:{_DEVICE}).{{0,15}}"
    rf"|签名由\s*网易(?:邮箱|灵犀).{{0,20}}|此邮件由.{{0,10}}(?:{_DEVICE}).{{0,10}}发送"
    rf"|.{{0,10}}(?:휴대폰|스마트폰)에서 보낸 메일입니다\.?"
    rf"|(?:virus.free|本邮件不含病毒|此电子邮件不包含病毒)\W{{0,3}}\s*www\.ava?[sg]t?\.com",
    re.IGNORECASE,
)
_SENT = re.compile(r"(?:sent|written) (?:from|via|with|using) (.{1,60})", re.IGNORECASE)
# words that a program does not sign with, but a person who says how something was sent does
_SAYS_MORE = re.compile(
    r"\b(?:at(?!&t)|to|in|our|your|yesterday|today|tomorrow|last|this|again|already|earlier|is|was|it|not|"
    r"dhl|ups\b|fedex|ems\b|sf\b|courier|express|post\b|fax|letter|attach|wechat|weixin|whatsapp|"
    r"on (?:\d|the\b|(?:mon|tues?|wednes|thurs?|fri|satur|sun)day\b))",
    re.IGNORECASE,
)
_EXCUSE = re.compile(
    r"[,.;!]?\s*(?:please )?(?:excuse|pardon|forgive|sorry for)\b.{0,60}", re.IGNORECASE
)
# below dashes that somebody typed: a sentence, a list or an afterthought, and no name
_SAYS_SOMETHING = re.compile(
    r"[^|｜]{60}|.*[。！？!?：:]$|(?:\d{1,2}[.、)）]|[-•]\s|\*\s(?!.*\*$))\s*\S|"
    r"(?:补充|附|另|另外|备注|注|ps|p\.\s?s\.?|n\.?b\.?|edit)\s*[:：]",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(]https?://[^\s<>()]{1,200}[>)]$")
_RULE_BEHIND = re.compile(r"\s*[-_=—–─━－]{5,}$")
_NOT_SAID = re.compile(r"<[^<>]{0,300}>|\[(?:cid|image)[^\[\]]{0,300}\]|[*_|\s]+")
_DRAWN = re.compile(r"[-_=—–─━－*]{2,}")
_LONGEST_CARD = 10
_NETEASE_TOP = re.compile(r"\|\s*\|?")
_NETEASE_END = re.compile(r"签名由\s*网易(?:邮箱|灵犀)")
_LIST_BELOW = re.compile(
    r".{0,120}\b(?:mailing list|mailinglist)\b.{0,60}|"
    r"(?:to unsubscribe|you received this message because)\b.*",
    re.IGNORECASE,
)
_LONGEST_FOOTER = 10


def strip_signature(lines: list[str], writer: str = "") -> list[str]:
    """Return one block of a person's lines without the signature at its end.

    ``writer`` is the name by which its sender goes.
    """
    lines = _before_list_footer(lines)
    lines = _before_delimiter(lines)
    lines = _before_netease_card(lines)
    lines = _before_card(lines, _folded(writer))
    end = len(lines)
    while end and _is_furniture(lines[end - 1]):
        end -= 1
    return lines[:end]


def _is_furniture(line: str) -> bool:
    words = line.strip()
    if not words.strip("<>") or is_rule(words):
        return True
    if len(words) > _LONGEST_LINE:
        return False
    words = _LINK.sub("", _RULE_BEHIND.sub("", words)).strip("<>()[] 。")
    if _PROGRAM.fullmatch(words.strip("-—–─ ")) is not None:
        return True
    sent = _SENT.fullmatch(_EXCUSE.sub("", words))
    return sent is not None and _SAYS_MORE.search(sent[1]) is None


def _before_list_footer(lines: list[str]) -> list[str]:
    """Cut the drawn line and the words about the list that a list's server put at the end."""
    for at in range(len(lines) - 1, max(len(lines) - _LONGEST_FOOTER, 0) - 1, -1):
        if is_rule(lines[at]) and at + 1 < len(lines):
            below = lines[at + 1][:_LONGEST_LINE]
            return lines[:at] if _LIST_BELOW.fullmatch(below) is not None else lines
    return lines


def _before_delimiter(lines: list[str]) -> list[str]:
    """Cut below the last delimiter; dashes without the blank behind them may be a mere line."""
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].rstrip() == "--":
            below = [line.strip() for line in lines[at + 1 :] if line.strip()]
            certain = lines[at] == "-- " or not _is_said(below)
            return lines[:at] if certain and len(below) <= _LONGEST_SIGNATURE else lines
    return lines


def _is_said(below: list[str]) -> bool:
    if not below:
        return False
    asked = any(line.endswith(("?", "？")) for line in below)
    return asked or _SAYS_SOMETHING.match(below[0]) is not None


def without_lines(text: str, signature: str) -> str:
    """Take out of a text the first lines that say what a signature says, and in its order.

    Versions of a mail write links, pictures and bold print differently.
    """
    wanted = [words for line in signature.split("\n") if (words := _said(line))]
    if not 0 < len(wanted) <= _LONGEST_SIGNATURE:
        return text
    lines = text.split("\n")
    said = [(at, words) for at, line in enumerate(lines) if (words := _said(line))]
    for start in range(len(said) - len(wanted) + 1):
        if [words for _, words in said[start : start + len(wanted)]] == wanted:
            end = said[start + len(wanted)][0] if start + len(wanted) < len(said) else len(lines)
            return "\n".join(lines[: said[start][0]] + lines[end:])
    return text


def _said(line: str) -> str:
    return _NOT_SAID.sub("", line)


def _before_card(lines: list[str], name: str) -> list[str]:
    """Cut where a drawn line has the writer's own name right below it."""
    if len(name) < 2:
        return lines
    below: list[str] = []
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at].strip()
        if len(below) > _LONGEST_CARD or len(line) > _LONGEST_LINE:
            break
        if below and _DRAWN.fullmatch(line) is not None:
            is_card = _folded(below[0]).startswith(name) and not _is_said(below)
            return lines[:at] if is_card else lines
        if line:
            below.insert(0, line)
    return lines


def _folded(words: str) -> str:
    return "".join(words.split()).casefold()


def _before_netease_card(lines: list[str]) -> list[str]:
    """Cut the card that NetEase's mail program draws with bars around a name."""
    ends = [at for at, line in enumerate(lines[-15:]) if _NETEASE_END.match(line.strip())]
    if not ends:
        return lines
    offset = max(len(lines) - 15, 0)
    for at in range(offset, offset + ends[-1]):
        if _NETEASE_TOP.fullmatch(lines[at].strip()):
            return lines[:at]
    return lines
