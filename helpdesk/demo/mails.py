"""The mails that the demo's people write, as their mail programs would send them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime
from html import escape

from channels.email.compose import Mail, Mailbox, compose
from channels.message import Attachment


def written(
    sender: Mailbox,
    desk: str,
    *,
    at: datetime,
    subject: str,
    text: str,
    key: str,
    answers: str | None = None,
    html: bool = False,
    files: tuple[Attachment, ...] = (),
) -> bytes:
    """Return a person's mail; ``answers`` is the Message-ID that it replies to."""
    return compose(
        Mail(
            sender=sender,
            to=(Mailbox(desk),),
            subject=subject,
            text=text,
            html=as_html(text) if html else None,
            message_id=_message_id(key, sender),
            date=at,
            attachments=files,
            in_reply_to=answers,
            references=(answers,) if answers else (),
        )
    )


def quoted(text: str, *, sender: str, at: datetime, to: str, subject: str, history: str) -> str:
    """Return a text above the history that Foxmail puts under it."""
    head = f"发件人： {sender}\n发送时间： {at:%Y-%m-%d %H:%M}\n收件人： {to}\n主题： {subject}"
    return f"{text}\n\n\n{head}\n\n{history}"


def as_html(text: str) -> str:
    """Return a text as HTML, with lines of ``| a | b |`` as a table."""
    parts: list[str] = []
    rows: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = (escape(cell.strip()) for cell in line.strip("|").split("|"))
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
            continue
        if rows:
            parts.append("<table border='1'>" + "".join(rows) + "</table>")
            rows = []
        parts.append(f"<p>{escape(line)}</p>" if line.strip() else "")
    return "<html><body>" + "".join(parts) + "</body></html>"


def bounced(original: str, recipient: str, desk: str, *, at: datetime) -> bytes:
    """Return the report of a mail server that does not know the recipient (RFC 3464)."""
    domain = recipient.rpartition("@")[2]
    return _lines(
        f"From: Mail Delivery System <MAILER-DAEMON@mx.{domain}>",
        f"To: {desk}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{_digest(original)}@mx.{domain}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="report"',
        "",
        "--report",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"<{recipient}>: 550 5.1.1 User unknown",
        "--report",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; mx.{domain}",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
        "--report",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {original}",
        f"To: {recipient}",
        "",
        "--report--",
    )


def away(sender: Mailbox, desk: str, *, at: datetime) -> bytes:
    """Return an out-of-office answer to nothing that the desk sent."""
    return compose(
        Mail(
            sender=sender,
            to=(Mailbox(desk),),
            subject="自动回复：我正在出差",
            text="您好，我本周出差，邮件会在回来后处理。",
            message_id=_message_id(f"away {at}", sender),
            date=at,
            auto_submitted="auto-replied",
        )
    )


def unreadable(sender: Mailbox, desk: str, *, at: datetime) -> bytes:
    """Return a mail whose parts lie deeper inside each other than anybody should read."""
    head = _lines(
        f"From: {sender.address}",
        f"To: {desk}",
        "Subject: =?utf-8?B?6L2s5Y+R77ya6ICD5Zy654Wn54mH?=",
        f"Message-ID: {_message_id('unreadable', sender)}",
        f"Date: {format_datetime(at)}",
        "MIME-Version: 1.0",
    )
    shells = [
        f'Content-Type: multipart/mixed; boundary="b{depth}"\r\n\r\n--b{depth}\r\n'
        for depth in range(30)
    ]
    return head + "".join(shells).encode() + _lines("Content-Type: text/plain", "", "...")


def _lines(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def _message_id(key: str, sender: Mailbox) -> str:
    return f"<{_digest(key)}@{sender.address.rpartition('@')[2]}>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
