"""Delivery notices in words alone: Chinese providers' first, then any mail system's."""

from __future__ import annotations

import re
from dataclasses import replace

from channels.email.verdicts import explains_itself_otherwise, is_bad_address
from channels.message import FailedRecipient

_SUBJECT = re.compile(
    r"退信|退回|退件|未能?(?:成功)?(?:送[达達]|投[递遞])|未传递|未傳遞|无法送达|無法送達|无法投递|無法投遞|投递失败|投遞失敗|"
    r"发送失败|傳送失敗|传递失败|邮件传输失败|undeliver|delivery (?:status|failure|has failed)|"
    r"returned (?:mail|to sender)|failure notice|mail delivery|delivery notification|"
    r"could not be delivered|邮件延迟|延迟投递|投递延迟|delayed|delivery delay|無法傳遞|"
    r"unzustellbar|non remis|no se puede entregar|non recapitabile|não é possível entregar|"
    r"onbestelbaar|niedostarczon|не уда[её]тся доставить|недоставленное|не доставлено|"
    r"配信不能|配信エラー|メールエラー|送信エラー|배달되지 않음|반송",
    re.IGNORECASE,
)
_YOURS = re.compile(
    r"your (?:e-?)?(?:mail|message)\b|(?:mail|message) (?:that )?you (?:have )?sent|"
    r"(?<![\d.])5\d\d[ -](?![kmgt]i?b)|"
    r"ihre (?:nachricht|e-?mail)|votre (?:message|courriel)|su mensaje|ваше (?:сообщение|письмо)|"
    r"您的(?:邮件|信件|郵件)|您发送的",
    re.IGNORECASE,
)
"""A mail system speaks of a mail of ours, whatever its subject: no digest of what it kept."""
_RETURNED = re.compile(
    r"被退回|退信原因|无法(?:送达|投递|发送到|传递)|投递失败|未能?(?:成功)?(?:送达|投递)|没有送达|"
    r"退回给您|發送失敗|無法(?:送達|投遞)|未能?(?:成功)?(?:送達|投遞)"
)
_NOT_DELIVERED = re.compile(
    r"(?:(?:could|can|was|were|has|have) ?not|(?:could|ca|was|were|has|have)n.t) (?:be|been)? ?"
    r"(?:delivered|reached|sent)|(?:was|been|is) (?:rejected|bounced)|undeliver|"
    r"did not (?:reach|get through)|unable to deliver|not able to deliver|"
    r"delivery (?:errors?|failed|failure|to the following)|error delivering|fatal errors?|"
    r"failure reasons?|permanent errors?|(?:trouble|problems?) delivering|(?:user|host) unknown|"
    r"(?:trying|tried) to deliver|over quota|addresses were unknown|"
    r"unknown user|no such user|not found|does not exist|(?:unsent|returned) message|"
    r"invalid (?:final delivery|recipient|address|user)|unzustellbar|nicht zugestellt|"
    r"fehler bei der nachrichtenzustellung|non (?:remis|délivré|recapitato)|échec de la remise|"
    r"no (?:se pudo|ha podido) entregar|impossibile recapitare|falha na entrega|"
    r"bezorging is mislukt|nie można dostarczyć|сбой доставки|не (?:может быть|было) "
    r"(?:доставлен|отправлен)|не удалось доставить|送信できません|配信(?:できません|に失敗)|"
    r"送信に失敗|배달하지 못했|传递邮件失败|傳遞.{0,20}失敗",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(
    r"延迟|延遲|暂时|暫時|稍后(?:重试|再试)|继续尝试|繼續嘗試|"
    r"will (?:retry|be retried|keep trying)|delayed|not yet been delivered|temporar|"
    r"you do not need to resend",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(r"退信|returned mail", re.IGNORECASE)
_FULL = re.compile(
    r"邮箱(?:已满|空间不足|容量)|空间已满|mailbox (?:is )?full|over quota|quota exceeded",
    re.IGNORECASE,
)
_PERMANENT_CODE = re.compile(
    r"(?<![\d.])5\d\d(?=[ \-:,，]|$)|(?<![\d.])5\.\d{1,3}\.\d{1,3}\b", re.MULTILINE
)
_WHO_ELSE = re.compile(r"^[ \t]*(?:抄\s*送|密\s*送)[^\n:：]{0,10}[:：].*$", re.MULTILINE)
_REASON_BEGINS = re.compile(r"退信原因|失败原因|出错原因|原因\s*[:：]")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+=&'/-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}")
_REASON = re.compile(r"(?:退信原因|失败原因|出错原因|可能原因|原因)\s*[:：]?\s*(.{1,300})")
_WRITER = re.compile(
    r"^[ \t]*(?:mail from|from|sender|reply-to|von|expéditeur|发件人|寄件者|差出人)[ \t]*[:：].*$",
    re.IGNORECASE | re.MULTILINE,
)
_RETURNED_COPY = re.compile(
    r"^[> \t]*(?:-{3,120}.{0,40}(?:copy|original|unsent|returned|原始|原邮件)|"
    r"(?:Received|Return-Path|Message-ID):)",
    re.IGNORECASE | re.MULTILINE,
)
_COPY_TO = re.compile(r"^[> \t]*To:[ \t]*(\S.{0,998})", re.IGNORECASE | re.MULTILINE)
_OF_THE_SYSTEM = ("postmaster@", "mailer-daemon@", "abuse@", "service@", "help@")
_FAR = 3000


def read_notice(
    subject: str, text: str, addressees: set[str], *, of_a_daemon: bool = False
) -> tuple[FailedRecipient, ...]:
    """Read who failed from a Chinese notice; nothing where the text is none.

    ``addressees`` are the notice's own recipients: we, not those who failed. A mail
    system that says who it is need not say in the subject what it writes about.
    """
    return _read(subject, text, addressees, _RETURNED, of_a_daemon=of_a_daemon)


def read_foreign_notice(
    subject: str, text: str, addressees: set[str], *, of_a_daemon: bool = False
) -> tuple[FailedRecipient, ...]:
    """Read who failed from a notice in other words; only clear ones speak against an address."""
    found = _read(subject, text, addressees, _NOT_DELIVERED, of_a_daemon=of_a_daemon)
    bad = bool(found) and is_bad_address("", text[:_FAR])
    return tuple(replace(failed, permanent=failed.permanent and bad) for failed in found)


def announces_failure(subject: str) -> bool:
    """Tell the subject of a mail system's notice about a mail that came back."""
    return _SUBJECT.search(subject) is not None


def copy_is_to(text: str) -> str:
    """Read to whom the mail went whose copy stands in the notice's text; ``""`` without one."""
    copy = _RETURNED_COPY.search(text)
    found = _COPY_TO.search(text, copy.start()) if copy is not None else None
    return found[1] if found is not None else ""


def begins_as_a_notice(subject: str) -> bool:
    """Tell a notice's subject that nobody answered or passed on."""
    return _SUBJECT.match(subject) is not None


def _read(
    subject: str,
    text: str,
    addressees: set[str],
    wording: re.Pattern[str],
    *,
    of_a_daemon: bool,
) -> tuple[FailedRecipient, ...]:
    copy = _RETURNED_COPY.search(text)
    notice = text[: copy.start() if copy is not None else _FAR][:_FAR]
    if wording.search(" ".join(notice.split())) is None:  # programs wrap their sentences
        return ()
    if not announces_failure(subject) and not (of_a_daemon and _YOURS.search(notice)):
        return ()
    found = _named(notice)
    reason = _reason(notice)
    permanent, gave_up = _verdict(subject, notice)
    return tuple(
        FailedRecipient(address, permanent, reason, gave_up=gave_up)
        for address in found
        if address not in addressees and not address.startswith(_OF_THE_SYSTEM)
    )


def _named(notice: str) -> list[str]:
    """Find whom a notice is about: of all who were to get the mail, whom the reason names."""
    notice = _WHO_ELSE.sub("", _WRITER.sub("", notice))
    found = dict.fromkeys(address.lower() for address in _ADDRESS.findall(notice))
    reason = _REASON_BEGINS.search(notice)
    if reason is None:
        return list(found)
    above = notice[: reason.start()].lower()
    blamed = {address.lower() for address in _ADDRESS.findall(notice, reason.start())}
    return [address for address in found if address in blamed and address in above] or list(found)


def _reason(notice: str) -> str:
    for found in _REASON.finditer(notice):
        words = found[1].strip(" \t|")
        if words:
            return words
    following = re.search(r"(?:退信原因|原因)\s*[:：]?\s*\n+\s*(.{1,300})", notice)
    return following[1].strip() if following is not None else ""


def _verdict(subject: str, notice: str) -> tuple[bool, bool]:
    """Say whether the address failed for good, and whether the system gave up."""
    if _PERMANENT_CODE.search(notice) is not None:
        return not explains_itself_otherwise(notice), True
    if _TEMPORARY.search(subject) is not None or _TEMPORARY.search(notice) is not None:
        return False, _GAVE_UP.search(subject) is not None or "退回" in notice
    return _FULL.search(notice) is None and not explains_itself_otherwise(notice), True
