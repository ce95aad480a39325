"""A mail in its writer's own layout, with the pictures that came along."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from channels.email.html_clean import has_remote_pictures, render_html
from helpdesk.models import Message
from helpdesk.web.files import SHOWN


@dataclass(frozen=True, slots=True)
class Original:
    """One message's own layout; ``blocked`` while it names pictures that nobody asked for."""

    message_id: int
    html: Markup
    blocked: bool


def original_of(message: Message, *, pictures: bool = False) -> Original | None:
    """Return the layout of a message that has one; its own pictures come from its attachments."""
    if not message.html:
        return None
    addresses = {
        file.content_id: url_for("attachments.show", number=file.id)
        for file in message.attachments
        if file.content_id and file.content_type in SHOWN
    }
    # sanitised when it was received, by channels.email.html_clean
    html = Markup(render_html(message.html, addresses.get, allow_remote=pictures))  # noqa: S704
    return Original(message.id, html, has_remote_pictures(message.html) and not pictures)
