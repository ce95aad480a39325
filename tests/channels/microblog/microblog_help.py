"""Accounts for the tests of the microblog channel."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from channels.base import Account
from channels.message import OutgoingMessage
from channels.microblog.channel import MicroblogChannel
from channels.microblog.outgoing import OutgoingPost
from tests.servers.microblog import TOKEN, UID

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 2026-11-23 10:00 in Shanghai."""
SECRETS = {"env:T": TOKEN, "env:OLD": "old", "env:K": "key", "env:S": "secret"}


class Office:
    """Opens from 9 to 12 and from 13:30 to 18 in Shanghai, every day."""

    def elapsed(self, start, end):
        begin = start.astimezone(UTC)
        first = begin.hour * 60 + begin.minute + 8 * 60
        whole, rest = divmod((end - start).total_seconds() / 60, 1)
        minutes = [self._open((first + n) % 1440) for n in range(int(whole) + 1)]
        return sum(minutes[:-1]) + rest * minutes[-1]

    @staticmethod
    def _open(minute):
        return 540 <= minute < 720 or 810 <= minute < 1080


class CountedCalls:
    def __init__(self, reads=0, writes=0):
        self.reads, self.writes = reads, writes

    def used(self, *, now):
        return self.reads, self.writes

    def count(self, *, reading, now):
        if reading:
            self.reads += 1
        else:
            self.writes += 1


def account(server, network="weibo", *, meter=None, hours=None, **settings) -> Account:
    def secret(reference):
        if reference not in SECRETS:
            raise ValueError(f"{reference} is not set")
        return SECRETS[reference]

    known = {"network": network, "uid": UID, "token": "env:T", "api": server.url, **settings}
    return Account("认证办", "@认证办", known, secret, 10**6, Path(), hours, meter)


def fetch(server, network="weibo", cursor=None, *, now=NOW, **settings):
    """Return all items of a look and the cursor behind it."""
    items = []
    with closing(MicroblogChannel().source(account(server, network, **settings))) as source:
        for batch in source.fetch(cursor, now=now):
            items += batch.items
            cursor = batch.cursor
    return items, cursor


def texts(items):
    return [MicroblogChannel().understand(item).text for item in items]


def post(text, answers=None, *, attempt=1):
    raw = OutgoingPost(text, answers).to_bytes()
    return OutgoingMessage("post:1", "认证办", (), raw, attempt, NOW)


def send(server, message, network="weibo", **settings):
    with closing(MicroblogChannel().sender(account(server, network, **settings))) as sender:
        return sender.send(message)
