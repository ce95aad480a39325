"""The website's forms as a channel: what was typed, kept raw as JSON like any other message."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from channels.errors import UnreadableMessage
from channels.message import Attachment, Handle, IncomingMessage, RawItem, VisitWish


def form_item(
    *,
    submission: str,
    now: datetime,
    author: Handle,
    subject: str,
    text: str,
    attachments: Iterable[Attachment] = (),
    ticket: int | None = None,
    topic: str | None = None,
    request_type: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> RawItem:
    """Pack a sent form; ``submission`` is the form's own id, so that sending twice is once.

    ``more`` are the fields of a form that asks for more than words.
    """
    fields: dict[str, Any] = {
        "author": {"kind": author.kind, "value": author.value, "name": author.name},
        "subject": subject,
        "text": text,
        "ticket": ticket,
        "topic": topic,
        "request_type": request_type,
        "attachments": [
            {
                "name": file.name,
                "content_type": file.content_type,
                "data": base64.b64encode(file.data).decode("ascii"),
            }
            for file in attachments
        ],
        **(more or {}),
    }
    raw = json.dumps(fields, ensure_ascii=False).encode()
    return RawItem(external_id=f"form:{submission}", raw=raw, received_at=now)


class WebChannel:
    """Understands what :func:`form_item` packed."""

    name = "web"

    def understand(self, item: RawItem) -> IncomingMessage:
        """Unpack a form; raise UnreadableMessage for anything else."""
        try:
            fields = json.loads(item.raw)
            author = Handle(**fields["author"])
            attachments = tuple(
                Attachment(row["name"], row["content_type"], base64.b64decode(row["data"]))
                for row in fields["attachments"]
            )
            return IncomingMessage(
                channel=self.name,
                identity=item.external_id,
                happened_at=item.received_at,
                author=author,
                subject=fields["subject"],
                text=fields["text"],
                reply_text=fields["text"],
                attachments=attachments,
                ticket=fields["ticket"],
                topic=fields["topic"],
                request_type=fields["request_type"],
                visit=self.visit(fields),
            )
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise UnreadableMessage(
                "not_a_form", f"The form's content cannot be read ({error})."
            ) from error

    def visit(self, _fields: Mapping[str, Any]) -> VisitWish | None:
        """Return the visit that a form asks for; a plain one asks for none."""
        return None
