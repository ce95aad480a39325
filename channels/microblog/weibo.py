"""Weibo: what is said to the office there is read, and answered where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from channels.errors import ChannelError
from channels.message import Batch, OutgoingMessage, RawItem, Receipt
from channels.microblog import budget as budgets
from channels.microblog.account import LISTS, BlogAccount, looked_in_vain
from channels.microblog.asked import AskedSource
from channels.microblog.outgoing import OutgoingPost
from channels.microblog.paging import Page, Row, read_cursor, read_list
from channels.microblog.posts import Kind, id_of, packed, weibo_time
from channels.microblog.weibo_client import WeiboClient

_PATHS: dict[str, tuple[str, str, Kind, int]] = {
    "mentions": ("statuses/mentions", "statuses", "mention", 200),
    "comments": ("comments/to_me", "comments", "comment", 50),
    "named": ("comments/mentions", "comments", "comment", 50),
}
_LOOKED_BACK = 50
_LINK = re.compile("https?://[!-~]+")


class WeiboSource(AskedSource):
    """Reads the three lists of an account, one after the other."""

    def __init__(self, account: BlogAccount) -> None:
        super().__init__(account)
        self._client = WeiboClient(account)

    def fetch(self, cursor: str | None, *, now: datetime) -> Iterator[Batch]:
        """Yield what is new; a day without calls left brings nothing. Raises ChannelError."""
        places = read_cursor(cursor)
        for name in LISTS["weibo"]:
            yield from read_list(
                name,
                places,
                lambda since, below, name=name: self._page(name, since, below, now),  # type: ignore[misc]
                now=now,
                everything=self._account.everything,
            )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _page(self, name: str, since: int | None, below: int | None, now: datetime) -> Page | None:
        account = self._account
        if not budgets.may_read(account.budget, account.used(now)):
            return None
        path, key, kind, count = _PATHS[name]
        borders = {"since_id": since or 0, "max_id": below - 1 if below else 0}
        try:
            told = self._client.get(path, now=now, count=count, **borders)
        except ChannelError as error:
            raise looked_in_vain(error, now) from error.__cause__
        found = told.get(key) or []
        rows = tuple(_row(kind, account.uid, post, now) for post in found if "id" in post)
        # a page may be short because Weibo hides some of it; the cursor then says that more follow
        more = len(found) >= count or str(told.get("next_cursor") or "0") != "0"
        return Page(rows, more)


class WeiboSender:
    """Answers comments and posts where they stand, messages in private, and shares notices.

    Weibo knows no idempotent write. A try that may have arrived before is looked for
    among the account's latest posts first; of a private message there is no list, so
    after an answer that was lost on the way it may arrive twice.
    """

    def __init__(self, account: BlogAccount) -> None:
        self._account = account
        self._client = WeiboClient(account)

    def send(self, message: OutgoingMessage) -> Receipt:
        """Post once; the receipt's identity is the network's own. Raises ChannelError."""
        post = OutgoingPost.from_bytes(message.raw)
        now = message.at
        kind, _, number = (post.answers or "weibo:notice:").removeprefix("weibo:").partition(":")
        send = {
            "comment": self._reply,
            "post": self._comment,
            "message": self._message,
            "notice": self._share,
        }[kind]
        return send(number, post.text, message.attempt > 1, now)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _reply(self, number: str, text: str, again: bool, now: datetime) -> Receipt:
        under, _, comment = number.partition(".")
        known = self._commented(under, comment, text, now) if again else None
        told = known or self._client.post(
            "comments/reply", now=now, id=under, cid=comment, comment=text
        )
        return Receipt(f"weibo:comment:{under}.{id_of(told)}")

    def _comment(self, under: str, text: str, again: bool, now: datetime) -> Receipt:
        known = self._commented(under, "", text, now) if again else None
        told = known or self._client.post("comments/create", now=now, id=under, comment=text)
        return Receipt(f"weibo:comment:{under}.{id_of(told)}")

    def _message(self, number: str, text: str, _again: bool, now: datetime) -> Receipt:
        receiver = number.partition(":")[0]
        data = quote(json.dumps({"text": text}, ensure_ascii=False))
        told = self._client.post(
            "messages/reply", now=now, type="text", receiver_id=receiver, data=data
        )
        if str(told.get("result", True)).lower() in ("false", "0"):
            raise ChannelError("refused", "Weibo did not take the private message.", permanent=True)
        return Receipt("")

    def _share(self, _number: str, text: str, again: bool, now: datetime) -> Receipt:
        known = self._shared(text, now) if again else None
        told = known or self._client.post("statuses/share", now=now, status=text)
        return Receipt(f"weibo:post:{id_of(told)}")

    def _commented(
        self, under: str, comment: str, text: str, now: datetime
    ) -> Mapping[str, Any] | None:
        """Return our comment with these words under a post, in answer to the same comment."""
        told = self._client.look_back("comments/by_me", now=now, count=_LOOKED_BACK)
        wanted = (under, comment)
        for ours in told.get("comments") or ():
            place = (_id(ours.get("status")), _id(ours.get("reply_comment")))
            if place == wanted and _words(str(ours.get("text") or "")).endswith(_words(text)):
                return dict(ours)
        return None

    def _shared(self, text: str, now: datetime) -> Mapping[str, Any] | None:
        told = self._client.look_back(
            "statuses/user_timeline", now=now, uid=self._account.uid, count=_LOOKED_BACK
        )
        wanted = _words(text)
        shared = told.get("statuses") or ()
        return next((s for s in shared if _words(str(s.get("text") or "")) == wanted), None)


def _id(thing: Mapping[str, Any] | None) -> str:
    return id_of(thing) if thing else ""


def _words(text: str) -> str:
    """Return a text without its links, which come back shortened, and without blanks."""
    return "".join(_LINK.sub("", text).split())


def _row(kind: Kind, uid: str, post: Mapping[str, Any], now: datetime) -> Row:
    number = id_of(post)
    item = RawItem(f"{kind}:{number}", packed("weibo", kind, uid, post), now)
    return Row(int(number), item, _created(post))


def _created(post: Mapping[str, Any]) -> datetime | None:
    try:
        return weibo_time(str(post.get("created_at") or ""))
    except ValueError:
        return None
