"""Whether an address is bad, or only this one mail did not get through.

An address is muted for good when it is bad, so a status of class 5 alone is too
little: full mailboxes, spam filters and size limits answer with it as well. The
words of the far end come first, then the subject of the status code (RFC 3463).
"""

from __future__ import annotations

import re

_NOBODY = re.compile(
    r"(?:user|recipient|mailbox|account|address|addressee|alias)\S{0,60} (?:is |was |are |were )?"
    r"(?:unknown|unavailable|not found|not exist|does not exist|doesn.t exist|invalid|disabled|"
    r"inactive|suspended|closed|deactivated|no longer)"
    r"|(?:unknown|no such|invalid|non-?existent|disabled|inactive) "
    r"(?:local |e-?mail )?(?:user|recipient|mailbox|account|address|person|domain)"
    r"|(?:does not|doe?sn.t|(?<!may )not) exist|no mail ?box|due to inactivity|not listed in|"
    r"unrouteable|recipnotfound|no (?:user|mailbox) record|wasn.t found at|"
    r"recipientnotfound|host (?:or domain name )?not found|"
    r"不存在|无此用户|無此用戶|未注册|未註冊|已(?:注销|停用|禁用|冻结)|"
    r"找不到.{0,10}(?:邮件|郵件)地址|存在しません|存在しない|宛先不明|존재하지 않|주소가 없",
    re.IGNORECASE,
)
_ABOUT_THE_MAIL = re.compile(
    r"quota|(?:mailbox|folder) (?:is )?full|exceed|over ?size|message size|size limit|"
    r"too (?:large|big|many|busy|much)|storage|disk|"
    r"\b(?:anti-?)?spam|antyspam|block|blacklist|black list|policy|reputation|dmarc|\bspf\b|"
    r"dkim|domainkeys|unauthenticated|virus|malware|banned|prohibited|prohibition|"
    r"content (?:rejected|denied)|(?:with|file) attachments?|greylist|rate limit|frequency|"
    r"throttl|\bloop|time(?:d)? ?out|relay|sender|authenticat|server (?:is )?busy|system load|"
    r"temporar|try (?:again )?later|deferred|denied|refused|rejected by|(?<!name )not allowed|"
    r"requires (?:that|confirmation)|(?:can ?not|could not|unable to) connect|"
    r"transaction (?:failed|rejected)|\bIP\b|dynamic-ip|zu ?viele|dns check|attacks?\b|rcpthosts|"
    r"已满|空间不足|垃圾邮件|拒收|拒绝接收|过大|频率|超时|黑名单|无法连接|网络",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_TRANSIENT = re.compile(r"(?<![\d.])4\.\d{1,3}\.\d{1,3}(?![\d.])|\bSMTP connection\b")
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s:,，-]|$)")
_SENDERS = {"7", "8"}  # X.1.7 and X.1.8 are about the sender's address
_BAD_ADDRESS_REPLIES = {"550", "551", "553"}


def is_bad_address(status: str, reason: str) -> bool:
    """Judge a final failure from its status code and the far end's words; either may be empty."""
    if status.startswith("4"):
        return False
    if _NOBODY.search(reason) is not None:
        return True
    if _ABOUT_THE_MAIL.search(reason) is not None:
        return False
    code = _ENHANCED.search(status) or _ENHANCED.search(reason)
    if code is not None:
        return code[1] == "5" and _is_about_the_address(code[2], code[3])
    basic = _BASIC.search(reason)
    return basic is not None and basic[1] in _BAD_ADDRESS_REPLIES


def _is_about_the_address(subject: str, detail: str) -> bool:
    match subject:
        case "0":
            return True
        case "1":
            return detail not in _SENDERS
        case "2":
            return detail == "1"
        case "4":
            return detail == "4"
        case _:
            return False


def explains_itself_otherwise(notice: str) -> bool:
    """Tell a notice in words whose reason is the mail or the way there, not the address."""
    if _NOBODY.search(notice) is not None:
        return False
    return any(words.search(notice) for words in (_ABOUT_THE_MAIL, _TRANSIENT))
