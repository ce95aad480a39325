"""Answering from a ticket's page: no post that was not seen, no ID number by oversight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from flask import request
from sqlalchemy.orm import Session

from channels.identity import hide
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Message, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies
from helpdesk.services.microblog import microblog_replies
from helpdesk.services.microblog.microblog_replies import VIAS
from helpdesk.web.forms import Form
from helpdesk.web.requests import now


@dataclass(frozen=True, slots=True)
class Preview:
    """The posts that an answer makes, each with its length; ``digest`` says that they were seen."""

    via: str
    to: str
    parts: list[tuple[str, int]]
    limit: int
    digest: str


def preview(ticket: Ticket, form: Form) -> Preview | None:
    """Return what would be posted; None when it was shown already, or is no post.

    Raises Refusal for what cannot be posted, or while nobody chose who may read it.
    """
    via, text = str(form.values.get("via") or ""), form.text("text", most=100_000)
    ways = microblog_replies.ways(db.session(), ticket, now=now())
    if ways is None or via == "mail":
        return None
    parts = microblog_replies.parts_of(ways, via, text)
    if any(file.filename for file in request.files.getlist("files")):
        raise Refusal(
            "no_files", gettext("A post carries no files here; link to a page."), field="files"
        )
    target = ways.target(via)
    assert target is not None
    digest = sha256("\0".join([via, str(target.id), text]).encode()).hexdigest()[:32]
    if form.values.get("previewed") == digest:
        return None
    limit, _count = microblog_replies.limit_of(ways.network, via)
    counted = microblog_replies.counted(parts, ways.network, via)
    return Preview(via, target.author_name, counted, limit, digest)


def ask_about_numbers(form: Form, text: str) -> None:
    """Refuse a reply with an ID number until its writer says that it is meant.

    It goes to the one who asked, who may have to read it; a public post is refused for good.
    """
    if hide(text) == text or form.checked("number_meant"):
        return
    form.values["asks_number"] = True
    raise Refusal(
        "id_number",
        gettext("There is an ID number in this reply. Take it out, or say below that you mean it."),
        field="text",
    )


def verb(form: Form) -> Callable[..., Message]:
    """Return what sends a reply the way that was chosen."""
    via = form.values.get("via")
    return partial(_post, via=via) if via in VIAS else replies.reply


def _post(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    text: str,
    *,
    via: str,
    files: Sequence[object],
    cc: Sequence[str],
    seen: int | None,
    status: str | None,
    now: datetime,
) -> Message:
    del files, cc  # a post has none; the preview refused them
    return microblog_replies.reply(
        session,
        ticket,
        viewer,
        text,
        via=via,
        seen=seen,
        status=status,
        now=now,
    )
