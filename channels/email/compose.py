"""Composes outgoing mail: typed values in, the bytes that go over the wire out."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from channels.email import compose_headers as headers
from channels.email.compose_parts import body
from channels.email.idn import ascii_domain
from channels.message import Attachment

AutoSubmitted = Literal["auto-replied", "auto-generated"]
"""Written by a machine, in answer to a mail or of its own accord (RFC 3834)."""

RECENT_REFERENCES = 10
_OURS = re.compile(
    r"date|from|to|cc|bcc|subject|message-id|in-reply-to|references|reply-to|auto-submitted"
    r"|x-auto-response-suppress|mime-version|content-.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whom a mail comes from or goes to."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Everything that a mail consists of.

    - ``date``: when it was written, time-zone-aware.
    - ``in_reply_to`` and ``references`` (oldest first) are message ids with
      their angle brackets; malformed ones are left out.
    - ``auto_submitted``: set for what no person wrote, so that no machine answers.
    - ``extra``: further fields, such as ``X-Helpdesk-Ticket``.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    cc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    auto_submitted: AutoSubmitted | None = None
    extra: dict[str, str] = field(default_factory=dict)


def compose(mail: Mail) -> bytes:
    """Return the mail as it is sent: CRLF line ends, short lines, 7 bits.

    The same mail always gives the same bytes. Raises ValueError for an address,
    a message id or a field name that cannot be written.
    """
    fields = [
        headers.field("Date", format_datetime(mail.date)),
        _people("From", (mail.sender,)),
        _people("To", mail.to) if mail.to else headers.field("To", "undisclosed-recipients:;"),
        _people("Cc", mail.cc) if mail.cc else "",
        _people("Reply-To", (mail.reply_to,)) if mail.reply_to else "",
        headers.text_field("Subject", mail.subject),
        headers.message_ids_field("Message-ID", [_required_id(mail.message_id)]),
        *_threading(mail),
        *_automatic(mail),
        *_extra(mail.extra),
        headers.field("MIME-Version", "1.0"),
    ]
    digest = hashlib.sha256(mail.message_id.encode()).hexdigest()[:24]
    content = body(mail.text, mail.html, mail.attachments, boundary=f"=_helpdesk-{digest}")
    return "".join(fields).encode() + content


def new_message_id(
    domain: str,
    ticket: int | str | None = None,
    random: Callable[[], str] = lambda: secrets.token_hex(12),
) -> str:
    """Return a message id that nobody can guess, such as ``<ticket.100012.3f…@domain>``."""
    middle = f"ticket.{ticket}.{random()}" if ticket is not None else random()
    return f"<{ascii_domain(f'{middle}@{domain}')}>"


def _people(name: str, mailboxes: tuple[Mailbox, ...]) -> str:
    return headers.address_field(name, [(each.name, each.address) for each in mailboxes])


def _required_id(message_id: str) -> str:
    if not headers.usable_message_ids([message_id]):
        raise ValueError(f"{message_id!r} is no message id")
    return message_id


def _threading(mail: Mail) -> list[str]:
    """Name what is answered and the thread's first and latest mails."""
    answered = headers.usable_message_ids([mail.in_reply_to] if mail.in_reply_to else [])
    thread = [each for each in mail.references if each not in answered]
    thread = headers.usable_message_ids([*thread, *answered])
    if len(thread) > RECENT_REFERENCES + 1:
        thread = [thread[0], *thread[-RECENT_REFERENCES:]]
    return [
        headers.message_ids_field(name, message_ids)
        for name, message_ids in (("In-Reply-To", answered), ("References", thread))
        if message_ids
    ]


def _automatic(mail: Mail) -> list[str]:
    if mail.auto_submitted is None:
        return []
    return [
        headers.field("Auto-Submitted", mail.auto_submitted),
        headers.field("X-Auto-Response-Suppress", "All"),  # Exchange knows only this one
    ]


def _extra(extra: dict[str, str]) -> list[str]:
    if taken := [name for name in extra if _OURS.fullmatch(name)]:
        raise ValueError(f"{', '.join(taken)} cannot be set as an extra field")
    return [headers.text_field(name, value) for name, value in extra.items()]
