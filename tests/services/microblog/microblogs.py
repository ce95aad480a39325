"""A desk that is on Weibo or X, read and written through the tests' own networks."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import select

from channels.errors import ChannelError
from channels.message import RawItem
from channels.microblog.posts import packed
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Message, Outbox, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.microblog import microblog_replies
from helpdesk.services.sending import delivery
from tests.servers.microblog import TOKEN, UID, MicroblogServer, weibo_time

WORKER = "w1"
SECRET = "xyz123xyz"


def add_account(
    session, server: MicroblogServer, network="weibo", *, now, name="认证办", **settings
) -> int:
    """Set an account up; its first look reads everything that there is."""
    known = {
        "network": network,
        "uid": UID,
        "token": "env:MICROBLOG_TOKEN",
        "app_secret": "env:MICROBLOG_SECRET",
        "api": server.url,
        "start": "oldest",
        **settings,
    }
    with transaction():
        account = ChannelAccount(
            channel="microblog", name=name, address="@认证办", settings=known, created_at=now
        )
        session.add(account)
        session.flush()
        return account.id


class Blog:
    """An account of the desk, read as the worker reads it."""

    def __init__(self, session, server, account_id, now) -> None:
        self.session, self.server, self.id, self.now = session, server, account_id, now

    @property
    def account(self) -> ChannelAccount:
        self.session.rollback()
        return self.session.get_one(ChannelAccount, self.id, populate_existing=True)

    def read(self, now: datetime | None = None) -> list[str]:
        """Read what is new; return what became of each post, or the error's code."""
        now = now or self.now
        with transaction() as session:
            assert channel_accounts.claim(session, self.id, WORKER, now=now)
        try:
            with closing(channel_accounts.open_source(self.account)) as source:
                poll = channel_accounts.poll(self.id, source, worker=WORKER, clock=lambda: now)
                channel_accounts.rest(self.id, WORKER, until=source.next_poll(now))
        except ChannelError as error:
            channel_accounts.note_failure(self.id, error, now=now)
            return [error.code]
        return [outcome.status for outcome in poll.outcomes]

    def push(self, text: str, *, at: datetime, sender: str = "1764222885"):
        """Let a private message arrive as a push that was proved; return its Outcome."""
        push = {
            "type": "text",
            "receiver_id": int(UID),
            "sender_id": int(sender),
            "created_at": weibo_time(at),
            "text": text,
            "data": {},
        }
        item = RawItem(
            f"message:{sender}:{at.timestamp():.0f}", packed("weibo", "message", UID, push), at
        )
        with transaction() as session:
            ids = intake.store(session, self.id, [(item, current_storage().put(item.raw))], now=at)
        return intake.process(ids, now=at + timedelta(seconds=1))[0]

    def tickets(self) -> list[Ticket]:
        self.session.rollback()
        return list(self.session.scalars(select(Ticket).order_by(Ticket.id)))

    def reply(self, viewer, text, *, via="public", now=None, ticket=None, **more) -> Message:
        """Answer the only ticket, or the one given."""
        now = now or self.now
        number = (ticket or self.tickets()[-1]).id
        with transaction() as session:
            return microblog_replies.reply(
                session, session.get_one(Ticket, number), viewer, text, via=via, now=now, **more
            )

    def deliver(self, now: datetime | None = None) -> int:
        senders = channel_accounts.Senders()
        try:
            return delivery.deliver_due(senders, worker=WORKER, now=now or self.now)
        finally:
            senders.close()

    def row(self) -> Outbox:
        self.session.rollback()
        return self.session.scalars(
            select(Outbox)
            .where(Outbox.account_id == self.id)
            .order_by(Outbox.id.desc())
            .execution_options(populate_existing=True)
        ).first()


def set_secrets(monkeypatch) -> None:
    """Put the account's secrets where its settings say."""
    monkeypatch.setenv("MICROBLOG_TOKEN", TOKEN)
    monkeypatch.setenv("MICROBLOG_SECRET", SECRET)
