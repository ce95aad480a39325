"""What people in the demo write on Weibo, as Weibo would tell it."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

from channels.message import RawItem
from channels.microblog.budget import CHINA
from channels.microblog.posts import packed
from helpdesk.demo.script import Case

UID = "2804301701"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def is_on_weibo(case: Case) -> bool:
    """Say whether a story is told on Weibo by somebody who is known there."""
    return case.story.channel == "microblog" and case.asker.handle.kind == "weibo"


def item(case: Case, text: str, *, at: datetime, again: bool = False) -> RawItem:
    """Return a post that names the office, or a further comment under it."""
    first = _number(case.key)
    post: dict[str, Any] = _post(case, first, text, at)
    if not again:
        return RawItem(f"mention:{first}", packed("weibo", "mention", UID, post), at)
    number = _number(f"{case.key} {at.isoformat()}")
    comment = {**_post(case, number, text, at), "status": {**post, "text": case.history}}
    return RawItem(f"comment:{number}", packed("weibo", "comment", UID, comment), at)


def _post(case: Case, number: int, text: str, at: datetime) -> dict[str, Any]:
    local = at.astimezone(CHINA)
    who = case.asker.handle.value
    return {
        "id": number,
        "idstr": str(number),
        "created_at": f"{_DAYS[local.weekday()]} {_MONTHS[local.month - 1]} "
        f"{local:%d %H:%M:%S} +0800 {local.year}",
        "text": text,
        "user": {"id": int(who), "idstr": who, "screen_name": case.asker.name},
    }


def _number(key: str) -> int:
    return 5_200_000_000_000_000 + zlib.crc32(key.encode())
