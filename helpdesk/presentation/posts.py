"""Posts of a microblog as a conversation shows them: who may read them, and where they stand."""

from __future__ import annotations

from typing import Any

from channels.microblog.posts import is_private


def post_visibility(message: Any) -> str:
    """Return ``public`` or ``private`` for a post; empty for every other message."""
    named = _named(message)
    if not named:
        return ""
    return "private" if is_private(named) else "public"


def post_link(message: Any) -> str:
    """Return where a public post can be seen; empty where it cannot."""
    kind, _, number = (message.identity or "").rpartition(":")
    if message.channel != "microblog" or not number:
        return ""
    if kind in ("weibo:post", "weibo:comment"):
        return f"https://m.weibo.cn/status/{number.partition('.')[0]}"
    return f"https://x.com/i/web/status/{number}" if kind == "x:post" else ""


def _named(message: Any) -> str:
    if message.channel != "microblog" or message.direction == "note":
        return ""
    return (message.identity if message.direction == "in" else message.in_reply_to) or ""
