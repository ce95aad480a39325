"""Two workers on one database share the work and never do a thing twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from helpdesk import create_app
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    ChannelAccount,
    Event,
    Group,
    Inbound,
    Notification,
    Outbox,
    Target,
    Ticket,
)
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from tests.desk import dispose, make_config
from tests.scenarios.letters import letter
from tests.scenarios.running import eventually, look
from tests.scenarios.worker_process import worker_process
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpServer
from tests.services.mails import arrive, mail
from tests.services.people import agent

MAILS = 60


def _deliver(office: Mailbox, count: int, prefix: str = "contact") -> None:
    for number in range(count):
        sender = f"{prefix}{number}@college.test"
        written = letter(
            f"咨询 {number}", "如何报名？", sender=sender, to=office.address, at=datetime.now(UTC)
        )
        office.deliver(written.as_bytes())


def _sent(app: Flask) -> int:
    sent = select(func.count()).select_from(Outbox).where(Outbox.state == "sent")
    return look(app, lambda s: s.scalar(sent))


def _told(app: Flask) -> int:
    told = select(func.count()).select_from(Notification)
    return look(app, lambda s: s.scalar(told))


_UNASSIGNED = select(func.count()).select_from(Ticket).where(Ticket.assignee_id.is_(None))
_WAITING = select(func.count()).select_from(Outbox).where(Outbox.state.in_(("queued", "sending")))


def test_two_processes_take_each_mail_once_and_send_each_answer_once(
    app: Flask, database_url: str, tmp_path: Path, office: Mailbox, smtp_server: SmtpServer
):
    _deliver(office, MAILS)

    with (
        worker_process(database_url, tmp_path / "data"),
        worker_process(database_url, tmp_path / "data"),
    ):
        eventually(lambda: _sent(app) == MAILS, "every acknowledgement sent")
        [holder] = look(
            app, lambda s: s.scalars(select(ChannelAccount.lease_owner).where(_is_mail())).all()
        )

    assert holder is not None
    assert look(app, lambda s: s.scalar(select(func.count()).select_from(Ticket))) == MAILS
    tries = Counter(message_from_bytes(m.raw)["Message-ID"] for m in smtp_server.delivered)
    assert (len(tries), set(tries.values())) == (MAILS, {1})


@pytest.mark.parametrize(
    ("instant", "event", "notice"),
    [(Target.warn_at, "clock.warn", "warning"), (Target.due_at, "clock.breach", "breach")],
    ids=["warning", "breach"],
)
def test_two_processes_record_each_due_promise_once(
    app: Flask,
    *,
    database_url: str,
    tmp_path: Path,
    office: Mailbox,
    smtp_server: SmtpServer,
    instant,
    event: str,
    notice: str,
):
    """BEHAVIOURS 15."""
    now = datetime.now(UTC)
    _open_tickets(app, now)
    ahead = look(app, lambda s: s.scalar(select(func.max(instant)))) - now + timedelta(seconds=1)

    with (
        worker_process(database_url, tmp_path / "data", ahead=ahead),
        worker_process(database_url, tmp_path / "data", ahead=ahead),
    ):
        eventually(lambda: _told(app) == MAILS, "word of every promise")
        eventually(lambda: look(app, lambda s: s.scalar(_WAITING)) == 0, "every notice sent")

    recorded = select(Event.target_id).where(Event.kind == event)
    times = look(app, lambda s: Counter(s.scalars(recorded)))
    assert (len(times), set(times.values())) == (MAILS, {1})
    assert look(app, lambda s: Counter(s.scalars(select(Notification.kind)))) == {notice: MAILS}
    tries = Counter(message_from_bytes(m.raw)["Message-ID"] for m in smtp_server.delivered)
    assert set(tries.values()) == {1}  # many at one moment are one list


def test_two_processes_assign_each_ticket_once(
    app: Flask, database_url: str, tmp_path: Path, office: Mailbox, smtp_server: SmtpServer
):
    """BEHAVIOURS 33."""
    now = datetime.now(UTC)
    _open_tickets(app, now)
    agent(db.session(), now, "wu@office.test", name="吴昊")
    with transaction() as session:
        session.execute(update(Group).where(Group.is_default).values(auto_assign="turns"))

    with (
        worker_process(database_url, tmp_path / "data"),
        worker_process(database_url, tmp_path / "data"),
    ):
        eventually(lambda: look(app, lambda s: s.scalar(_UNASSIGNED)) == 0, "every ticket given")

    handed = select(Event.ticket_id).where(Event.kind == "ticket.assignee")
    times = look(app, lambda s: Counter(s.scalars(handed)))
    assert (len(times), set(times.values())) == (MAILS, {1})
    holders = look(app, lambda s: Counter(s.scalars(select(Ticket.assignee_id))))
    assert sorted(holders.values()) == [MAILS // 2, MAILS // 2]
    assert _told(app) == MAILS


def test_a_killed_workers_mailbox_is_read_by_the_next(
    app: Flask, database_url: str, tmp_path: Path, office: Mailbox
):
    with worker_process(database_url, tmp_path / "data") as first:
        _deliver(office, 1)
        eventually(lambda: look(app, _inbound) == 1, "the first mail")
        first.kill()
    _deliver(office, 1, "later")

    lease_over = channel_accounts.LEASE + timedelta(seconds=5)
    with worker_process(database_url, tmp_path / "data", ahead=lease_over):
        eventually(lambda: look(app, _inbound) == 2, "the mail that came after the kill")


def test_a_mailbox_is_read_by_one_worker_until_its_lease_is_over(
    app: Flask, database_url: str, tmp_path: Path, office: Mailbox
):
    now = datetime.now(UTC)
    account_id = _mailbox_id(app)
    over = now + channel_accounts.LEASE + timedelta(seconds=1)
    other = create_app(make_config(database_url, tmp_path / "data"))

    assert _claim(app, account_id, "first", now)
    assert not _claim(other, account_id, "second", now)
    assert _claim(app, account_id, "first", now + timedelta(seconds=30))  # renewed
    assert not _claim(other, account_id, "second", over)
    assert _claim(other, account_id, "second", over + timedelta(seconds=30))
    dispose(other)


def test_a_worker_that_lost_its_lease_stores_nothing(app: Flask, office: Mailbox):
    now = datetime.now(UTC)
    account_id = _mailbox_id(app)
    _deliver(office, 3)
    source = channel_accounts.open_source(
        look(app, lambda s: s.get_one(ChannelAccount, account_id))
    )
    assert _claim(app, account_id, "the next", now)

    with pytest.raises(intake.LeaseLost):
        channel_accounts.poll(account_id, source, worker="the one before", clock=lambda: now)

    source.close()
    assert look(app, _inbound) == 0
    account = look(app, lambda s: s.get_one(ChannelAccount, account_id))
    assert (account.cursor, account.lease_owner) == (None, "the next")


def _open_tickets(app: Flask, now: datetime) -> None:
    """Open tickets that nobody acknowledges, since they come from a mailing list."""
    session = db.session()
    agent(session, now, "chen@office.test")
    account = _mailbox_id(app)
    for number in range(MAILS):
        arrive(
            session,
            mail(date=now, message_id=f"<{number}@college.test>", Precedence="list"),
            now=now,
            account=account,
        )


def _claim(app: Flask, account_id: int, worker: str, now: datetime) -> bool:
    with app.app_context():
        db.session.remove()
        with transaction() as session:
            return channel_accounts.claim(session, account_id, worker, now=now)


def _is_mail():
    return ChannelAccount.channel == "email"


def _mailbox_id(app: Flask) -> int:
    return look(app, lambda s: s.scalars(select(ChannelAccount.id).where(_is_mail())).one())


def _inbound(session) -> int:
    return session.scalar(select(func.count()).select_from(Inbound))
