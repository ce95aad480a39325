"""A post as both networks tell it: read from their JSON, named in one way.

An identity is ``network:kind:id``. It says all that answering needs: a comment on Weibo
is named after the post it stands under (``weibo:comment:<post>.<comment>``), a private
message after its sender (``weibo:message:<uid>:<time>``), a post ``weibo:post:<id>`` or
``x:post:<id>``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from channels.errors import UnreadableMessage

Kind = Literal["mention", "comment", "message"]
Json = Mapping[str, Any]

PRIVATE = "weibo:message:"
NETWORKS = ("weibo", "x")
RETIRED = "tencent"
"""Tencent Weibo, which closed on 2020-09-28; an account there is kept for the record."""
RETIRED_ON = "2020-09-28"

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WEIBO_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})"
)
_SUBSTITUTES = {"image": "[图片]", "voice": "[语音]", "position": "[位置]"}
_GONE = "The post was deleted before the desk could read it."


@dataclass(frozen=True, slots=True)
class Post:
    """One thing that somebody wrote.

    - ``created`` is the network's time.
    - ``answers``: identities of what it stands under or replies to, nearest first.
    - ``conversation``: what all posts of one exchange share.
    - ``url``: where it can be seen; empty for what is private.
    """

    identity: str
    kind: Kind
    network: str
    author: str
    author_name: str
    text: str
    created: datetime
    conversation: str
    answers: tuple[str, ...] = ()
    url: str = ""
    own: bool = False


def packed(network: str, kind: Kind, uid: str, post: Json, author: Json | None = None) -> bytes:
    """Pack what the network sent about a post, untouched, with whose account it came to."""
    told: dict[str, Any] = {"network": network, "kind": kind, "self": uid, "post": post}
    if author is not None:
        told["author"] = author
    return json.dumps(told).encode()  # escaped: half a character would not encode


def read(raw: bytes) -> Post:
    """Read a packed post; raise UnreadableMessage for what is none."""
    try:
        told = json.loads(raw)
        kind, uid, post = told["kind"], str(told["self"]), told["post"]
        if told["network"] == "x":
            return _tweet(uid, post, told.get("author") or {})
        return _READ[kind](uid, post)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableMessage("not_a_post", f"The post cannot be read ({error!r}).") from error


def weibo_time(text: str) -> datetime:
    """Read ``Wed Jun 01 00:50:25 +0800 2011``; raise ValueError for anything else."""
    found = _WEIBO_TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time")
    month, day, hour, minute, second, sign, hours, minutes, year = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    zone = timezone(offset if sign == "+" else -offset)
    number = _MONTHS.index(month) + 1
    return datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=zone)


def id_of(thing: Json) -> str:
    """Return an id as text: numbers of nineteen digits do not survive some JSON readers."""
    return str(thing.get("idstr") or thing["id"])


def is_private(identity: str | None) -> bool:
    """Say whether what has this identity was written to the office alone."""
    return (identity or "").startswith(PRIVATE)


def _mention(uid: str, post: Json) -> Post:
    author = _author(post)
    number, who = id_of(post), id_of(author)
    original = post.get("retweeted_status") or {}
    return Post(
        identity=f"weibo:post:{number}",
        kind="mention",
        network="weibo",
        author=who,
        author_name=_name(author),
        text=_text(post),
        created=weibo_time(post["created_at"]),
        conversation=f"weibo:talk:{number}",
        answers=(f"weibo:post:{id_of(original)}",) if original and _is_by(original, who) else (),
        url=f"https://m.weibo.cn/status/{number}",
        own=who == uid,
    )


def _comment(uid: str, comment: Json) -> Post:
    author, status = _author(comment), comment["status"]
    number, under, who = id_of(comment), id_of(status), id_of(author)
    # under a post of our own everybody has a matter of their own
    talk = f"{under}:{who}" if _is_by(status, uid) else under
    answered = comment.get("reply_comment") or {}
    parents = [f"weibo:comment:{under}.{id_of(answered)}"] if answered else []
    return Post(
        identity=f"weibo:comment:{under}.{number}",
        kind="comment",
        network="weibo",
        author=who,
        author_name=_name(author),
        text=_text(comment),
        created=weibo_time(comment["created_at"]),
        conversation=f"weibo:talk:{talk}",
        answers=(*parents, f"weibo:post:{under}"),
        url=f"https://m.weibo.cn/status/{under}",
        own=who == uid,
    )


def _message(uid: str, push: Json) -> Post:
    sender, kind = str(push["sender_id"]), str(push.get("type") or "text")
    created = weibo_time(push["created_at"])
    said = str(push.get("text") or "").strip()
    if kind in _SUBSTITUTES and said in ("", "发了一张图片", "发了一个语音消息", "发了一个位置"):
        data = push.get("data") or {}
        place = [str(data[key]) for key in ("longitude", "latitude") if data.get(key)]
        said = " ".join([_SUBSTITUTES[kind], ", ".join(place)]).strip()
    return Post(
        identity=f"{PRIVATE}{sender}:{created.timestamp():.0f}",
        kind="message",
        network="weibo",
        author=sender,
        author_name="",
        text=said,
        created=created,
        conversation=f"weibo:private:{uid}:{sender}",
        own=sender == uid,
    )


def _tweet(uid: str, tweet: Json, author: Json) -> Post:
    number, who = str(tweet["id"]), str(tweet["author_id"])
    root = str(tweet.get("conversation_id") or number)
    replied = [
        str(other["id"])
        for other in tweet.get("referenced_tweets") or ()
        if other.get("type") == "replied_to"
    ]
    to_us = str(tweet.get("in_reply_to_user_id") or "") == uid
    # under a post of our own everybody has a matter of their own
    talk = f"{root}:{who}" if to_us and replied == [root] else root
    earlier = [str(i) for i in tweet.get("edit_history_tweet_ids") or () if str(i) != number]
    name = str(author.get("username") or "")
    return Post(
        identity=f"x:post:{number}",
        kind="mention",
        network="x",
        author=who,
        author_name=str(author.get("name") or name or who)[:200],
        text=str((tweet.get("note_tweet") or {}).get("text") or tweet["text"]),
        created=datetime.fromisoformat(str(tweet["created_at"])),
        conversation=f"x:talk:{talk}",
        answers=tuple(f"x:post:{i}" for i in (*reversed(earlier), *replied)),
        url=f"https://x.com/{name or 'i/web'}/status/{number}",
        own=who == uid,
    )


def _author(thing: Json) -> Json:
    """Return who wrote it; of a post that was deleted meanwhile only a notice is left."""
    author = thing.get("user")
    if not author or str(thing.get("deleted") or "0") == "1":
        raise UnreadableMessage("deleted", _GONE)
    return dict(author)


def _is_by(thing: Json, uid: str) -> bool:
    author = thing.get("user") or {}
    return str(author.get("idstr") or author.get("id") or "") == uid


def _name(author: Json) -> str:
    return str(author.get("screen_name") or author.get("name") or id_of(author))[:200]


def _text(thing: Json) -> str:
    return str((thing.get("longText") or {}).get("longTextContent") or thing["text"])


_READ = {"mention": _mention, "comment": _comment, "message": _message}
