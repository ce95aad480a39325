"""What people's mail programs write and receive in the scenarios."""

from __future__ import annotations

import smtplib
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from zoneinfo import ZoneInfo

from tests.scenarios.running import eventually
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpServer

SHANGHAI = ZoneInfo("Asia/Shanghai")


def letter(subject: str, text: str, *, sender: str, to: str, at: datetime) -> EmailMessage:
    """Return a plain mail as a person writes it."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at.astimezone(SHANGHAI))
    mail["Message-ID"] = make_msgid(domain="college.test")
    mail.set_content(text)
    return mail


def answer(received: EmailMessage, text: str, *, sender: str, at: datetime) -> EmailMessage:
    """Return what a Chinese mail program makes of "reply": headers, prefix, quoted history."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = received["From"]
    mail["Subject"] = f"回复：{received['Subject']}"
    mail["Date"] = format_datetime(at.astimezone(SHANGHAI))
    mail["Message-ID"] = make_msgid(domain="college.test")
    mail["In-Reply-To"] = received["Message-ID"]
    mail["References"] = f"{received['References'] or ''} {received['Message-ID']}".strip()
    quoted = "\n".join(f"> {line}" for line in body(received).splitlines())
    office = received["From"].addresses[0]
    when = f"2026年11月23日，10:05，{office.display_name} <{office.addr_spec}>"
    mail.set_content(f"{text}\n\n在 {when} 写道：\n\n{quoted}\n")
    return mail


def send(smtp: SmtpServer, mail: EmailMessage) -> None:
    """Send a mail as a person's mail program does."""
    with smtplib.SMTP(smtp.host, smtp.port) as client:
        client.send_message(mail)


def received(mailbox: Mailbox, count: int) -> list[EmailMessage]:
    """Return the mails of a mailbox once there are ``count`` of them."""
    found: list[bytes] = eventually(
        lambda: mails if len(mails := mailbox.mails()) >= count else None,
        f"{count} mails to {mailbox.address}",
    )
    return [message_from_bytes(raw, policy=policy.default) for raw in found]


def body(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return part.get_content()
