"""Mails of the outbox as data: written once, composed into the same bytes for every try.

Files are named by their storage keys, so that a mail with a large attachment is
not kept twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.email.compose import Mail, Mailbox, compose
from channels.message import Attachment
from helpdesk.models import AttachmentRecord
from helpdesk.services.sending import outgoing_posts, outgoing_words
from helpdesk.storage import Storage

Json = dict[str, Any]


def to_json(mail: Mail, files: Iterable[AttachmentRecord] = ()) -> Json:
    """Return the mail with ``files`` as what JSON can hold; ``mail`` has no attachments itself."""
    return {
        "message_id": mail.message_id,
        "date": mail.date.isoformat(),
        "from": _pair(mail.sender),
        "to": [_pair(mailbox) for mailbox in mail.to],
        "cc": [_pair(mailbox) for mailbox in mail.cc],
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "auto_submitted": mail.auto_submitted,
        "extra": mail.extra,
        "files": [_file_to_json(file) for file in files],
    }


def sent_as(stored: Json, address: str) -> Json:
    """Return the mail as one from another address under the same name."""
    return {**stored, "from": [address, stored["from"][1]]}


def compose_stored(stored: Json, storage: Storage) -> bytes:
    """Return the bytes that go over the wire; of a post, what its sender takes.

    Raises FileNotFoundError when an attached file is lost, and ValueError for
    what cannot be written into a mail, such as a broken address.
    """
    if outgoing_posts.is_post(stored):
        return outgoing_posts.compose_stored(stored)
    if outgoing_words.is_words(stored):
        return outgoing_words.compose_stored(stored)
    files = tuple(_attachment(file, storage) for file in stored["files"])
    return compose(replace(_from_json(stored), attachments=files))


def _from_json(stored: Json) -> Mail:
    return Mail(
        message_id=stored["message_id"],
        date=datetime.fromisoformat(stored["date"]),
        sender=Mailbox(*stored["from"]),
        to=tuple(Mailbox(*pair) for pair in stored["to"]),
        cc=tuple(Mailbox(*pair) for pair in stored["cc"]),
        subject=stored["subject"],
        text=stored["text"],
        html=stored.get("html"),
        in_reply_to=stored["in_reply_to"],
        references=tuple(stored["references"]),
        auto_submitted=stored["auto_submitted"],
        extra=stored["extra"],
    )


def _pair(mailbox: Mailbox) -> list[str]:
    return [mailbox.address, mailbox.name]


def _file_to_json(file: AttachmentRecord) -> Json:
    return {
        "name": file.name,
        "content_type": file.content_type,
        "key": file.sha256,
        "inline": file.inline,
        "content_id": file.content_id,
    }


def _attachment(file: Json, storage: Storage) -> Attachment:
    return Attachment(
        file["name"],
        file["content_type"],
        storage.read(file["key"]),
        inline=file["inline"],
        content_id=file["content_id"],
    )
