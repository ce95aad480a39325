"""X: what mentions the office is read, and answered in its conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from channels.errors import ChannelError
from channels.message import Batch, OutgoingMessage, RawItem, Receipt
from channels.microblog import budget as budgets
from channels.microblog.account import BlogAccount, looked_in_vain
from channels.microblog.asked import AskedSource
from channels.microblog.outgoing import OutgoingPost
from channels.microblog.paging import Page, Row, read_cursor, read_list
from channels.microblog.posts import packed
from channels.microblog.x_client import as_channel_errors, problem_of, x_client

_FIELDS = [
    "created_at",
    "conversation_id",
    "in_reply_to_user_id",
    "referenced_tweets",
    "edit_history_tweet_ids",
    "note_tweet",
]
_COUNT = 100
_LOOKED_BACK = 20


class XSource(AskedSource):
    """Reads the mentions of an account."""

    def __init__(self, account: BlogAccount) -> None:
        super().__init__(account)
        self._client = x_client(account)

    def fetch(self, cursor: str | None, *, now: datetime) -> Iterator[Batch]:
        """Yield what is new; a day without calls left brings nothing. Raises ChannelError."""
        yield from read_list(
            "mentions",
            read_cursor(cursor),
            lambda since, below: self._page(since, below, now),
            now=now,
            everything=self._account.everything,
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.session.close()

    def _page(self, since: int | None, below: int | None, now: datetime) -> Page | None:
        """Return a page; the ones that X sends empty although others follow are passed over."""
        token: str | None = None
        while True:
            told = self._mentions(since, below, token, now)
            if told is None:
                return None
            authors = {str(u["id"]): u for u in (told.get("includes") or {}).get("users") or ()}
            rows = tuple(
                _row(self._account.uid, tweet, authors, now) for tweet in told.get("data") or ()
            )
            token = (told.get("meta") or {}).get("next_token")
            if rows or not token:
                return Page(rows, more=bool(token))

    def _mentions(
        self, since: int | None, below: int | None, token: str | None, now: datetime
    ) -> Mapping[str, Any] | None:
        account = self._account
        if not budgets.may_read(account.budget, account.used(now)):
            return None
        account.spend(now, reading=True)
        try:
            with as_channel_errors(now):
                told: Mapping[str, Any] = self._client.get_users_mentions(
                    account.uid,
                    since_id=since or None,
                    until_id=below,
                    pagination_token=token,
                    max_results=_COUNT,
                    expansions=["author_id"],
                    user_fields=["name", "username"],
                    tweet_fields=_FIELDS,
                    user_auth=account.keys is not None,
                )
        except ChannelError as error:
            if error.code == "refused":  # reading is all that was asked: no post is at fault
                error.code = "not_permitted"
            raise looked_in_vain(error, now) from error.__cause__
        return told


class XSender:
    """Answers in the conversation, and posts notices.

    X refuses the same text twice. A try that may have arrived before, and a text that is
    refused as a duplicate, are looked for among the account's latest posts: what stands
    there in answer to the same post is the one.
    """

    def __init__(self, account: BlogAccount) -> None:
        self._account = account
        self._client = x_client(account)

    def send(self, message: OutgoingMessage) -> Receipt:
        """Post once; the receipt's identity is the network's own. Raises ChannelError."""
        post = OutgoingPost.from_bytes(message.raw)
        now = message.at
        target = post.answers.removeprefix("x:post:") if post.answers else None
        known = self._posted(post.text, target, now) if message.attempt > 1 else None
        return Receipt(f"x:post:{known or self._post(post.text, target, now)}")

    def close(self) -> None:
        """Close the connection."""
        self._client.session.close()

    def _post(self, text: str, target: str | None, now: datetime) -> str:
        self._account.spend(now, reading=False)
        try:
            with as_channel_errors(now):
                told = self._client.create_tweet(
                    text=text,
                    in_reply_to_tweet_id=target,
                    user_auth=self._account.keys is not None,
                )
                return str(told["data"]["id"])
        except ChannelError as error:
            if error.code == "refused" and "duplicate" in problem_of(error.__cause__):
                known = self._posted(text, target, now)
                if known is not None:
                    return known
            raise

    def _posted(self, text: str, target: str | None, now: datetime) -> str | None:
        self._account.spend(now, reading=False)
        with as_channel_errors(now):
            told = self._client.get_users_tweets(
                self._account.uid,
                max_results=_LOOKED_BACK,
                tweet_fields=["referenced_tweets"],
                user_auth=self._account.keys is not None,
            )
        for tweet in told.get("data") or ():
            replied = [
                str(other["id"])
                for other in tweet.get("referenced_tweets") or ()
                if other.get("type") == "replied_to"
            ]
            if _same(str(tweet.get("text") or ""), text) and replied == (
                [target] if target else []
            ):
                return str(tweet["id"])
        return None


def _same(posted: str, text: str) -> bool:
    """Compare without the names that X puts in front and the links that it replaces."""
    words, wanted = (
        [word for word in said.split() if not word.startswith(("@", "https://", "http://"))]
        for said in (posted, text)
    )
    return words == wanted


def _row(uid: str, tweet: Mapping[str, Any], authors: Mapping[str, Any], now: datetime) -> Row:
    number = str(tweet["id"])
    raw = packed("x", "mention", uid, tweet, authors.get(str(tweet.get("author_id"))))
    created = None
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        created = datetime.fromisoformat(str(tweet["created_at"]))
    return Row(int(number), RawItem(f"mention:{number}", raw, now), created)
