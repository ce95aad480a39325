"""On-site visits as a channel: a form that asks the office to come, with its fields kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from channels.message import Attachment, Handle, RawItem, VisitWish
from channels.web import WebChannel, form_item


def visit_item(
    wish: VisitWish,
    *,
    submission: str,
    now: datetime,
    author: Handle,
    subject: str,
    text: str,
    attachments: Iterable[Attachment] = (),
    ticket: int | None = None,
    topic: str | None = None,
) -> RawItem:
    """Pack a request for a visit; ``text`` tells all of it to whoever reads the ticket."""
    visit = {
        "place": wish.place,
        "purpose": wish.purpose,
        "contact": wish.contact,
        "phone": wish.phone,
        "dates": [[start.isoformat(), end.isoformat()] for start, end in wish.dates],
    }
    return form_item(
        submission=submission,
        now=now,
        author=author,
        subject=subject,
        text=text,
        attachments=attachments,
        ticket=ticket,
        topic=topic,
        more={"visit": visit},
    )


class OnsiteChannel(WebChannel):
    """Understands what :func:`visit_item` packed."""

    name = "onsite"

    def visit(self, fields: Mapping[str, Any]) -> VisitWish:
        """Return the visit that the form asks for."""
        visit = fields["visit"]
        texts = {name: str(visit[name]) for name in ("place", "purpose", "contact", "phone")}
        dates = tuple((_instant(start), _instant(end)) for start, end in visit["dates"])
        return VisitWish(**texts, dates=dates)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return instant
