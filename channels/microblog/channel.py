"""The microblog channel: posts in, IncomingMessages out; two networks behind one name."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from channels.base import Account, Sender, Source
from channels.message import Handle, IncomingMessage, OutgoingMessage, RawItem, Receipt
from channels.microblog.posts import NETWORKS, Post, read

_SUBJECT = 60
_NAMES = re.compile(r"^(?:\s*(?:回复)?@[^\s:：,，@]{1,40}[\s:：,，]*)+")
_SPACE = re.compile(r"\s+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class MicroblogChannel:
    """Understands posts, whichever network they come from."""

    name = "microblog"

    def understand(self, item: RawItem) -> IncomingMessage:
        """Turn a packed post into a message; raise UnreadableMessage otherwise."""
        post = read(item.raw)
        text = _UNSTORABLE.sub("\ufffd", post.text).strip()
        return IncomingMessage(
            channel=self.name,
            identity=post.identity,
            happened_at=min(post.created, item.received_at),
            claimed_at=post.created,
            author=Handle(post.network, post.author, _UNSTORABLE.sub("", post.author_name)),
            subject=subject_of(text),
            text=text,
            reply_text=text,
            in_reply_to=post.answers[0] if post.answers else None,
            thread_keys=_keys(post),
            auto="own" if post.own else None,
        )

    def is_polled(self, settings: Mapping[str, Any]) -> bool:
        """Say whether the account has a token to read with."""
        return settings.get("network") in NETWORKS and bool(settings.get("token"))

    def source(self, account: Account, stop: threading.Event | None = None) -> Source:  # noqa: ARG002
        """Return the account's lists; raise ChannelError with what to correct."""
        from channels.microblog.account import blog_account  # noqa: PLC0415 - only readers need it

        blog = blog_account(account)
        if blog.network == "x":
            from channels.microblog.x import XSource  # noqa: PLC0415

            return XSource(blog)
        from channels.microblog.weibo import WeiboSource  # noqa: PLC0415

        return WeiboSource(blog)

    def sender(self, account: Account) -> Sender:
        """Return the account's way out, or into a folder."""
        from channels.microblog.drop import FolderSender  # noqa: PLC0415 - only workers need it

        folder = account.settings.get("drop_folder")
        if folder:  # for trying the desk out
            return FolderSender(account.data / str(folder))
        return _FreshSender(account)


class _FreshSender:
    """Reads the account's secrets for each post: a token that was replaced counts at once."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def send(self, message: OutgoingMessage) -> Receipt:
        """Post; raises ChannelError, also for settings that cannot work."""
        with closing(self._open()) as sender:
            return sender.send(message)

    def close(self) -> None:
        """There is nothing to close."""

    def _open(self) -> Sender:
        from channels.microblog.account import blog_account  # noqa: PLC0415 - only workers need it
        from channels.microblog.weibo import WeiboSender  # noqa: PLC0415
        from channels.microblog.x import XSender  # noqa: PLC0415

        blog = blog_account(self._account)
        return XSender(blog) if blog.network == "x" else WeiboSender(blog)


def subject_of(text: str) -> str:
    """Return a subject for a post: its beginning, without the names it calls."""
    plain = _SPACE.sub(" ", _NAMES.sub("", text) or text).strip()
    return plain if len(plain) <= _SUBJECT else f"{plain[: _SUBJECT - 1]}…"


def _keys(post: Post) -> tuple[str, ...]:
    """Name what a post answers, nearest first, then the conversation that it belongs to."""
    return tuple(dict.fromkeys((*post.answers, post.conversation)))
