"""Mailboxes on a real IMAP server: read once, whatever happens to them or to their server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from channels.errors import ChannelError
from channels.message import Batch, RawItem
from helpdesk import runtime
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Inbound, Ticket
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts, mailboxes
from tests.scenarios.running import add_mailbox, mail_settings
from tests.servers.process import free_port
from tests.services.mails import arrive, mail

WORKER = "w1"
_numbers = count()


def letter(now, subject="咨询", *, text="请问如何报名？") -> bytes:
    return mail(subject, text, date=now, message_id=f"<m{next(_numbers)}@cdxx.example.cn>")


class ReadMailbox:
    """A mailbox of the desk, read as the worker reads it."""

    def __init__(self, app, session, box, account_id, now) -> None:
        self.app, self.session, self.box, self.now = app, session, box, now
        self.id = account_id

    @property
    def account(self) -> ChannelAccount:
        self.session.rollback()
        return self.session.get_one(ChannelAccount, self.id, populate_existing=True)

    def change(self, **imap: object) -> None:
        """Change the IMAP settings as an administrator does."""
        settings = self.account.settings
        with transaction():
            self.account.settings = {**settings, "imap": {**settings["imap"], **imap}}

    def move_to(self, user: str) -> None:
        """Let the account read another mailbox, as the settings' page does."""
        account = self.account
        imap = {**account.settings["imap"], "user": user}
        self.session.rollback()
        with transaction() as session:
            mailboxes.save(
                session,
                session.get_one(ChannelAccount, self.id),
                name="main",
                address=user,
                settings={**account.settings, "imap": imap},
                state="active",
                is_default=True,
                now=self.now,
            )

    def read(self) -> list[str]:
        """Read what is new; return what became of each mail."""
        with transaction() as session:
            assert channel_accounts.claim(session, self.id, WORKER, now=self.now)
        try:
            with closing(channel_accounts.open_source(self.account)) as source:
                poll = channel_accounts.poll(self.id, source, worker=WORKER, clock=lambda: self.now)
        except ChannelError as error:
            channel_accounts.note_failure(self.id, error, now=self.now)
            return [error.code]
        return [outcome.status for outcome in poll.outcomes]


@pytest.fixture
def desk_mailbox(
    app, session, *, mailbox, smtp_server, certificates, tmp_path, now
) -> Iterator[ReadMailbox]:
    settings = mail_settings(mailbox, smtp_server, certificates, tmp_path)
    account_id = add_mailbox(app, "main", mailbox.address, settings, now=now)
    return ReadMailbox(app, session, mailbox, account_id, now)


def test_each_mail_is_read_once(desk_mailbox, now):
    """BEHAVIOURS 21."""
    desk_mailbox.box.append(letter(now), letter(now))

    assert desk_mailbox.read() == ["created", "created"]
    assert desk_mailbox.read() == []
    desk_mailbox.box.append(letter(now))
    assert desk_mailbox.read() == ["created"]


def test_a_person_who_reads_the_mailbox_takes_nothing_away(desk_mailbox, now):
    r"""BEHAVIOURS 21: \Seen is no cursor, and the desk does not set it."""
    desk_mailbox.box.append(letter(now), letter(now))
    with desk_mailbox.box.look() as client:
        client.select_folder("INBOX")
        client.fetch([1], ["BODY[]"])  # as a mail program opens it

    assert desk_mailbox.read() == ["created", "created"]
    with desk_mailbox.box.look() as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search("UNSEEN") == [2]


def test_a_new_uidvalidity_doubles_nothing(desk_mailbox, session, now):
    """BEHAVIOURS 21."""
    mails = [letter(now), letter(now)]
    desk_mailbox.box.append(*mails)
    desk_mailbox.read()
    before = desk_mailbox.account.cursor

    with desk_mailbox.box.look() as client:  # the mailbox is restored from a copy
        client.create_folder("restored")
    desk_mailbox.box.append(*mails, letter(now), folder="restored")
    desk_mailbox.change(folder="restored")

    assert desk_mailbox.read() == ["duplicate", "duplicate", "created"]
    assert desk_mailbox.account.cursor.partition(":")[0] != before.partition(":")[0]
    assert len(session.scalars(select(Ticket)).all()) == 3


def test_another_mailbox_that_counts_alike_loses_no_mail(desk_mailbox, dovecot, now):
    """BEHAVIOURS 21: many servers give every mailbox the same UIDVALIDITY."""
    other = dovecot.mailbox()
    for box in (desk_mailbox.box, other):
        box.count_from(1, 1)
        box.append(letter(now), letter(now))
    desk_mailbox.read()

    desk_mailbox.move_to(other.address)

    assert desk_mailbox.read() == ["created", "created"]


def test_who_reads_the_old_mailbox_leaves_the_new_ones_cursor_alone(desk_mailbox, session, now):
    """BEHAVIOURS 21."""

    class Slow:
        def fetch(self, _cursor, *, now):
            yield Batch((RawItem("old:1:1", letter(now), now),), "1:1")
            desk_mailbox.move_to("other@miec.example.cn")
            yield Batch((RawItem("old:1:2", letter(now), now),), "1:2")

        def done(self, _items):
            pass

    with pytest.raises(intake.LeaseLost):
        channel_accounts.poll(desk_mailbox.id, Slow(), worker=WORKER, clock=lambda: now)

    assert desk_mailbox.account.cursor is None
    assert len(session.scalars(select(Ticket)).all()) == 1


@pytest.mark.parametrize("state", ["paused", "retired"])
def test_what_was_switched_off_while_it_was_tried_stays_off(desk_mailbox, session, now, state):
    with transaction():
        session.get_one(ChannelAccount, desk_mailbox.id).state = state

    channel_accounts.note_failure(
        desk_mailbox.id, ChannelError("unreachable", "Nobody answers."), now=now
    )

    assert desk_mailbox.account.state == state
    assert channel_accounts.due(session, now=now + timedelta(days=1)) == []


def test_done_mails_move_to_a_folder_with_a_chinese_name(desk_mailbox, now):
    desk_mailbox.change(move_to="已处理")
    desk_mailbox.box.append(letter(now), letter(now))

    assert desk_mailbox.read() == ["created", "created"]
    assert desk_mailbox.box.mails() == []
    assert len(desk_mailbox.box.mails("已处理")) == 2


def test_a_mail_over_the_limit_lies_in_quarantine_and_the_next_goes_on(desk_mailbox, session, now):
    """BEHAVIOURS 25."""
    config = desk_mailbox.app.extensions[runtime.CONFIG]
    desk_mailbox.app.extensions[runtime.CONFIG] = replace(config, max_mail=10_000)
    desk_mailbox.box.append(letter(now, "大文件", text="太大了\r\n" * 2_000), letter(now))

    assert desk_mailbox.read() == ["quarantined", "created"]
    [kept] = session.scalars(select(Inbound).where(Inbound.state == "quarantined"))
    assert "10,000" in kept.reason
    assert len(desk_mailbox.box.mails()) == 2  # it stays where a person can read it


def test_a_poison_mail_is_kept_and_the_next_goes_on(desk_mailbox, session, now):
    """BEHAVIOURS 25."""
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(60)
    )
    desk_mailbox.box.append(b"From: a@b.example\r\n" + nested, letter(now))

    assert desk_mailbox.read() == ["quarantined", "created"]
    [kept] = session.scalars(select(Inbound).where(Inbound.state == "quarantined"))
    assert "nested" in kept.reason


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        ({"password": "file:/dev/null"}, "misconfigured", "empty"),
        ({"user": "nobody@else.where", "password": "WRONG"}, "auth_failed", "授权码"),
        ({"port": "GONE"}, "unreachable", "127.0.0.1"),
        ({"ca_file": None}, "certificate", "certificate"),
        ({"folder": "没有"}, "folder_missing", "没有"),
    ],
    ids=["no password", "wrong password", "server gone", "unknown certificate", "no such folder"],
)
def test_what_is_wrong_with_a_mailbox_is_shown_with_the_next_try(
    desk_mailbox, session, tmp_path, now, *, wrong, code, said
):
    (tmp_path / "wrong").write_text("not the password")
    given = {"WRONG": f"file:{tmp_path / 'wrong'}", "GONE": free_port()}
    right = desk_mailbox.account.settings["imap"]
    desk_mailbox.box.append(letter(now))
    desk_mailbox.change(**{key: given.get(value, value) for key, value in wrong.items()})

    assert desk_mailbox.read() == [code]

    account = desk_mailbox.account
    assert (account.state, account.failures) == ("failing", 1)
    assert said in account.last_error
    assert account.next_try_at == now + timedelta(seconds=10)
    assert channel_accounts.due(session, now=now) == []
    assert channel_accounts.due(session, now=account.next_try_at) == [account.id]
    assert arrive(session, letter(now), now=now, account=account.id).status == "created"

    desk_mailbox.change(**{"ca_file": None, "folder": None, **right})  # mended
    assert desk_mailbox.read() == ["created"]
    assert (desk_mailbox.account.state, desk_mailbox.account.last_error) == ("active", None)


def test_a_mailbox_that_goes_on_failing_is_tried_less_often(desk_mailbox, now):
    desk_mailbox.change(port=free_port())
    waits = []
    for _ in range(8):
        desk_mailbox.read()
        waits.append(desk_mailbox.account.next_try_at - now)

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=10), timedelta(minutes=10))


def test_a_crash_between_storing_and_understanding_loses_nothing(desk_mailbox, session, now):
    desk_mailbox.box.append(letter(now), letter(now))
    source = channel_accounts.open_source(desk_mailbox.account)
    with transaction() as work:
        channel_accounts.claim(work, desk_mailbox.id, WORKER, now=now)
    for batch in source.fetch(None, now=now):  # as far as a killed worker came
        with transaction() as work:
            items = [(item, runtime.current_storage().put(item.raw)) for item in batch.items]
            intake.store(
                work,
                desk_mailbox.id,
                items,
                now=now,
                cursor=batch.cursor,
                lease_owner=WORKER,
            )
    source.close()

    assert desk_mailbox.read() == []
    assert [done.status for done in intake.process(intake.pending(session), now=now)] == [
        "created",
        "created",
    ]
    assert intake.process(intake.pending(session), now=now) == []
