"""A part of a mail as a file: its name, its kind, and what the desk cannot open."""

from __future__ import annotations

import re

from channels.email.filenames import name_for, safe_name
from channels.email.headers import read_headers
from channels.email.limits import Budget
from channels.email.mime import Part
from channels.message import Attachment

_LIKE_A_NAME = re.compile(r"[^/\\:*?\"<>|]{1,100}\.[A-Za-z0-9]{2,5}")


def attachment(part: Part, number: int, budget: Budget) -> Attachment:
    """Return a part as a file, the ``number``-th of its mail."""
    data = part.decoded()
    content_id = part.headers.text("content-id").strip("<> ") or None
    name = file_name(part)
    if part.content_type == "message/rfc822" and not name.lower().endswith(".eml"):
        name = _name_of_message(data, budget)
    found = Attachment(
        name=name or _described(part) or name_for(part.content_type, number),
        content_type=part.content_type,
        data=data,
        inline=_is_inline(part, content_id),
        content_id=content_id,
    )
    return remarked(found, budget)


def file_name(part: Part) -> str:
    """Read the name where it belongs, or else where programs put it by mistake."""
    return (
        safe_name(part.disposition.get("filename"))
        or safe_name(part.parameters.get("name"))
        or safe_name(part.parameters.get("filename"))
        or safe_name(part.disposition.get("name"))
    )


def _described(part: Part) -> str:
    """Take a description or a location for the name where it looks like one."""
    for field_name in ("content-description", "content-location"):
        words = part.headers.text(field_name)
        if _LIKE_A_NAME.fullmatch(words) is not None:
            return safe_name(words)
    return ""


def _is_inline(part: Part, content_id: str | None) -> bool:
    """Tell a picture within the text from a file that merely may be shown."""
    if part.disposition.value.startswith("attachment"):
        return False
    return content_id is not None and part.content_type.startswith("image/")


def _name_of_message(data: bytes, budget: Budget) -> str:
    headers, _body = read_headers(data, 0, len(data), budget)
    subject = headers.text("subject").replace("/", "-").replace("\\", "-")
    return safe_name(f"{subject}.eml") if subject.strip(". ") else ""


def remarked(attachment: Attachment, budget: Budget) -> Attachment:
    """Say what the desk cannot open."""
    if "pkcs7-mime" in attachment.content_type or attachment.content_type.endswith(
        "/pgp-encrypted"
    ):
        budget.warn("The mail is encrypted or sealed; its content is in the attachment.")
    return attachment
