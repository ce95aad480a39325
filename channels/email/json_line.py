"""A mail as the JSON that ``helpdesk email parse`` prints; operators script against it."""

from __future__ import annotations

from typing import Any

from channels.message import Attachment, Handle, IncomingMessage


def message_as_json(path: str, message: IncomingMessage) -> dict[str, Any]:
    """Return the message under the stable keys of the command line's reference."""
    has_id = not message.identity.startswith("sha256:")
    claimed = message.claimed_at
    return {
        "path": path,
        "message_id": message.identity if has_id else None,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "date": claimed.isoformat().replace("+00:00", "Z") if claimed else None,
        "from": _person(message.author),
        "reply_to": [_person(handle) for handle in message.reply_to],
        "to": [_person(handle) for handle in message.to],
        "cc": [_person(handle) for handle in message.cc],
        "subject": message.subject,
        "text": message.text,
        "reply_text": message.reply_text,
        "html": message.html,
        "auto": message.auto,
        "attachments": [_file(attachment) for attachment in message.attachments],
        "warnings": list(message.warnings),
    }


def _person(handle: Handle) -> dict[str, str]:
    return {"name": handle.name, "address": handle.value}


def _file(attachment: Attachment) -> dict[str, Any]:
    return {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
    }
