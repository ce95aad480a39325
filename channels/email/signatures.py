"""Signatures that programs write, and the ``-- `` that people put above theirs."""

from __future__ import annotations

import re

from channels.email.quote_marks import is_rule

_LONGEST_LINE = 150
_LONGEST_SIGNATURE = 20  # lines below "-- "; more than that is something to read
_DEVICE = (
    r"iphon|ipad|ipod|android|安卓|手机|手機|华为|華為|huawei|荣耀|honor|小米|redmi|xiaomi|oppo|vivo|"
    r"三星|samsung|galaxy|盖乐世|魅族|一加|oneplus|outlook|foxmail|windows|qq\s*邮箱|邮箱|邮件|郵件|"
    r"客户端|大师|blackberry|mail|app|mobile|phone|yahoo|proton"
)
_PROGRAM = re.compile(
    rf"(?:发自|發自|发送自|傳送自|来自|來自|寄自|自|从|從|使用|通过|透過)\s*(?:我的)?.{{0,30}}?(?:{_DEVICE}).{{0,25}}"
    rf"|(?:sent|written) (?:from|via|with|using) .{{0,60}}"
    rf"|(?:获取|取得|下载|get|télécharger|obtener|obter|holen sie sich|scarica|download|hämta)\s*"
    rf"(?:适用于\s*\w+\s*的\s*)?outlook\b.{{0,60}}"
    rf"|(?:von|gesendet von|envoyé (?:de|depuis|à partir de)|enviado (?:desde|do|de|a partir do)|"
    rf"inviato da|ver(?:zonden|stuurd) (?:vanaf|vanuit|met|via)|skickat från|sendt fra|"
    rf"wysłan[eo] z|lähetetty|odesláno z|odoslané z|trimis de pe|elküldve|"
    rf"отправлено (?:с|из)|надіслано з)\b.{{0,30}}(?:{_DEVICE}).{{0,25}}"
    rf"|.{{0,20}}(?:{_DEVICE}).{{0,10}}(?:から送信|에서 보냄|gönderildi|küldve)"
    rf"|签名由\s*网易邮箱.{{0,20}}",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(]https?://[^\s<>()]{1,200}[>)]$")
_DELIMITERS = {"--", "-- ", "—", "——"}
_NETEASE_TOP = re.compile(r"\|\s*\|?")
_NETEASE_END = re.compile(r"签名由\s*网易邮箱")


def strip_signature(lines: list[str]) -> list[str]:
    """Return one block of a person's lines without the signature at its end."""
    lines = _before_delimiter(lines)
    lines = _before_netease_card(lines)
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
    return _PROGRAM.fullmatch(_LINK.sub("", words).strip("<> ")) is not None


def _before_delimiter(lines: list[str]) -> list[str]:
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].rstrip() == "--":
            below = sum(1 for line in lines[at + 1 :] if line.strip())
            return lines[:at] if below <= _LONGEST_SIGNATURE else lines
    return lines


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
