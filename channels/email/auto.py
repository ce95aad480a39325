"""Is this mail a machine's? Then no machine may answer it (RFC 3834).

The class only stops automation; the mail itself is kept and shown like any other.
Headers that claim to steer the desk are not read at all, for anybody can write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from channels.email.headers import Headers
from channels.email.identifiers import message_id
from channels.email.mime import Part
from channels.message import Auto

OWN_HEADER = "X-Helpdesk-Message-ID"
"""Repeats our Message-ID, for servers on the way that replace it; it is verified alike."""

_DAEMON = re.compile(r"(?:mailer|mail|maild?)[-_.]?(?:daemon|deliver\w*)|postmaster|mdaemon")
_SAYS_YES = (
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply",
    "x-autoresponder",
    "x-mail-autoreply",
    "x-fc-machinegenerated",
)
_SUBJECT = re.compile(
    r"[\[【(（]?(?:(?:外出|休假|请假|出差|假期|离职|系统|邮件)?(?:时|期间)?自动(?:回复|答复|应答)|"
    r"自動(?:回覆|答覆|回應|返信|応答)|不在通知|자동\s*(?:회신|응답)|부재\s*중(?: 알림)?|"
    r"auto(?:matic|mated)?[ -]?(?:reply|response|answer)|autoreply|out of (?:the )?office|"
    r"auto(?:matically)?[ -]generated|abwesenheits(?:notiz|assistent|nachricht)?|"
    r"automatische antwort|réponse automatique|abs(?:ence|ent) du bureau|respuesta automática|"
    r"(?:fuera|ausente) de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|"
    r"resposta automática|(?:fora|ausente) do escritório|automatisch antwoord|afwezigheidsbericht|"
    r"automatiskt? svar|autosvar|automaattinen vastaus|odpowiedź automatyczna|"
    r"automatyczna odpowiedź|automatická odpov[eě]ď|automatikus válasz|răspuns automat|"
    r"otomatik yanıt|автоответ|автоматический ответ|автоматична відповідь|αυτόματη απάντηση|"
    r"תשובה אוטומטית|رد تلقائي|trả lời tự động|balasan otomatis|ตอบกลับอัตโนมัติ|"
    r"已读|未读|已读回执|read receipt)[\]】)）]?\s*(?:[:：\]】)）].*|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_ABSENCE = re.compile(
    r"(?:abwesend|abwesenheit|out of office autoreply|ooo)\s*[:：]", re.IGNORECASE
)
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "x-beenthere", "x-mailing-list")
_LIST_SENDER = re.compile(r"owner-|[^@]*-(?:owner|bounces?|request|admin)@", re.IGNORECASE)
_SUPPRESS = re.compile(r"\b(?:all|oof|autoreply)\b", re.IGNORECASE)


def classify(
    root: Part,
    *,
    sender: str,
    subject: str,
    is_bounce: bool,
    own_message_id: Callable[[str], bool] | None = None,
) -> Auto | None:
    """Class a mail; ``None`` is a person's. ``sender`` is the author's address."""
    headers = root.headers
    if own_message_id is not None and _is_own(headers, own_message_id):
        return "own"
    if is_bounce:
        return "bounce"
    if _is_list(headers):
        return "list"
    if _says_automatic(headers) or _is_report(root) or is_from_a_daemon(headers, sender):
        return "auto-reply"
    if _SUBJECT.match(subject) or _ABSENCE.match(subject):
        return "auto-reply"
    return None


def is_from_a_daemon(headers: Headers, sender: str) -> bool:
    """Tell a mail system's mail by its sender's address or by its return path.

    ``sender`` is the author's address; of ``From: MAILER-DAEMON <>`` the name is read.
    """
    author = sender or headers.text("from").lower().replace(" ", "").strip("\"'")
    return _is_daemon_address(author) or _has_return_path_of_a_daemon(headers)


def _is_daemon_address(address: str) -> bool:
    """Tell a mail system's own address, such as ``mailer-daemon@…``."""
    return _DAEMON.match(address.partition("@")[0]) is not None


def _has_return_path_of_a_daemon(headers: Headers) -> bool:
    """Tell a mail whose envelope names no sender, or a mail system's own: nobody answers it."""
    if "return-path" not in headers:
        return False
    path = headers.text("return-path").replace(" ", "").strip("<>").lower()
    return not path or _is_daemon_address(path)


def _is_own(headers: Headers, own_message_id: Callable[[str], bool]) -> bool:
    candidates = [message_id(headers.all(name.lower())) for name in ("Message-ID", OWN_HEADER)]
    return any(own_message_id(candidate) for candidate in candidates if candidate)


def _is_list(headers: Headers) -> bool:
    """Tell a mailing list or a newsletter.

    ``Precedence: bulk`` alone is what old vacation programs write.
    """
    if any(name in headers for name in _LIST_HEADERS):
        return _auto_submitted(headers) != "auto-replied"
    precedence = headers.text("precedence").lower()
    if precedence == "bulk":
        return _LIST_SENDER.match(headers.text("sender").strip("<")) is not None
    return precedence == "list"


def _says_automatic(headers: Headers) -> bool:
    if _auto_submitted(headers) not in {"", "no"}:
        return True
    if headers.text("precedence").lower() in {"bulk", "junk", "auto_reply", "auto-reply"}:
        return True
    if any(headers.text(name).lower() == "auto_reply" for name in ("x-precedence", "preference")):
        return True
    if "autoresponder" in headers.text("x-post-messageclass").lower():
        return True
    if any(_claims(headers, name) for name in _SAYS_YES) or "x-loop" in headers:
        return True
    if headers.text("delivered-to").lower() == "autoresponder":
        return True
    return _suppresses_answers(headers) and not _written_in_a_mail_program(headers)


def _auto_submitted(headers: Headers) -> str:
    """Read the keyword before any parameters (RFC 3834, section 5)."""
    return re.split(r"[\s;(]", headers.text("auto-submitted").lower(), maxsplit=1)[0]


def _claims(headers: Headers, name: str) -> bool:
    return name in headers and headers.text(name).lower() not in {"no", "false", "0"}


def _suppresses_answers(headers: Headers) -> bool:
    """Tell ``X-Auto-Response-Suppress`` that is about replies, not about receipts alone."""
    return _SUPPRESS.search(headers.text("x-auto-response-suppress")) is not None


def _written_in_a_mail_program(headers: Headers) -> bool:
    """Tell a person's mail in an organisation that asks all its mail not to be answered.

    Exchange marks its automatic mail with Auto-Submitted as well, so this header
    on a mail from Outlook says nothing about who wrote it.
    """
    if "x-mailer" in headers or "user-agent" in headers:
        return True
    return "thread-index" in headers and "accept-language" in headers


def _is_report(root: Part) -> bool:
    """Tell receipts, success notices and feedback reports (RFC 6522)."""
    return root.content_type == "multipart/report" or any(
        part.content_type in {"message/disposition-notification", "message/feedback-report"}
        for part in root.parts
    )
