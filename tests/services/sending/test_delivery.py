"""The outbox: tried again with patience, once for each recipient, or shown as a dead letter."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parseaddr
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from channels.errors import ChannelError
from channels.message import Receipt
from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Event, Notification, Outbox, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import originals
from helpdesk.services.connections import channel_accounts
from helpdesk.services.desk import merged, merging
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.identity import accounts
from helpdesk.services.operations import heartbeats
from helpdesk.services.sending import delivery, delivery_outcomes, outgoing_mail
from helpdesk.services.sending.delivery_outcomes import BACKOFF, MAILBOX_WAIT
from tests.servers.process import free_port
from tests.servers.smtp import HANG_UP, PASSWORD
from tests.services.mails import DESK, arrive, mail, mailbox
from tests.services.outboxes import a_reply, deliver, only_row, send_through
from tests.services.people import agent

SECOND = timedelta(seconds=1)
REQUESTER = "lijianguo@cdxx.example.cn"
COLLEAGUE = "wangfang@cdxx.example.cn"


@pytest.fixture
def smtp(session, smtp_server, now):
    send_through(session, smtp_server, now=now)
    return smtp_server


def _put(data):
    return current_storage().put(data)


def _message_ids(server):
    return [message_from_bytes(sent.raw)["Message-ID"] for sent in server.delivered]


def test_a_reply_leaves_once(session, smtp, now):
    _ticket, message = a_reply(session, now)

    assert deliver(now) == 1
    assert deliver(now + timedelta(days=1)) == 0
    row = only_row(session)
    assert (row.state, row.attempts, row.sent_at) == ("sent", 1, now)
    session.refresh(message)
    assert message.delivery == "sent"
    assert _message_ids(smtp) == [message.identity]


def test_every_try_waits_longer_and_carries_the_same_message_id(session, smtp, now):
    """BEHAVIOURS 30."""
    a_reply(session, now)
    smtp.refuse("data", "451 4.3.0 try later", times=3)
    identity, at = only_row(session).identity, now

    for wait in BACKOFF[:3]:
        assert deliver(at) == 1
        row = only_row(session)
        assert (row.state, row.next_try_at) == ("queued", at + wait)
        assert "try later" in row.last_error
        assert deliver(at + wait - SECOND) == 0
        at += wait

    deliver(at)
    assert only_row(session).state == "sent"
    assert _message_ids(smtp) == [identity]


def test_a_server_that_never_takes_it_is_given_up_in_the_end(session, smtp, now):
    a_reply(session, now)
    smtp.refuse("data", "451 4.3.0 try later")

    at, tries = now, 0
    while (row := only_row(session)).state == "queued":
        at = max(at, row.next_try_at)
        tries += deliver(at)

    assert (row.state, tries) == ("dead", len(BACKOFF) + 1)


def test_a_line_that_is_cut_after_the_text_is_tried_again(session, smtp, now):
    a_reply(session, now)
    smtp.refuse("data", HANG_UP, times=1)

    deliver(now)
    assert only_row(session).state == "queued"
    deliver(now + BACKOFF[0])
    assert only_row(session).state == "sent"


def test_what_is_refused_for_good_is_a_dead_letter_that_people_see(session, smtp, now):
    """BEHAVIOURS 23."""
    ticket, message = a_reply(session, now)
    [target] = ticket.targets
    assert target.met_at == now
    smtp.refuse("rcpt", "550 5.1.1 no such user")

    deliver(now + SECOND)

    [dead] = delivery.dead_letters(session)
    assert "no such user" in dead.last_error
    session.refresh(message)
    session.refresh(target)
    assert message.delivery == "failed"
    assert (target.state, target.met_at) == ("running", None)
    [notice] = session.scalars(select(Notification).where(Notification.kind == "delivery"))
    assert "no such user" in notice.text


def test_a_dead_letter_that_is_sent_again_gives_the_reply(session, smtp, now):
    ticket, message = a_reply(session, now)
    smtp.refuse("rcpt", "550 5.1.1 no such user", times=1)
    deliver(now + SECOND)
    later = now + timedelta(hours=1)

    with transaction():
        delivery.try_again(session, only_row(session).id, now=later)
    deliver(later)

    session.refresh(message)
    session.refresh(ticket)
    assert message.delivery == "sent"
    assert [target.met_at for target in ticket.targets] == [later]
    assert not ticket.awaiting_reply


def test_only_a_dead_letter_can_be_sent_again(session, smtp, now):
    a_reply(session, now)

    with pytest.raises(Refusal) as refused:
        delivery.try_again(session, only_row(session).id, now=now)
    assert refused.value.code == "not_dead"


def test_a_mail_of_the_desk_that_fails_is_told_to_an_administrator(session, smtp, now):
    agent(session, now, "admin@miec.example.cn", role="admin", name="管理员")
    with transaction():
        accounts.send_reset(session, "admin@miec.example.cn", now=now)
    smtp.refuse("rcpt", "550 5.1.1 no such user")

    deliver(now)

    assert session.scalars(select(Notification.kind)).all() == ["delivery"]


def test_a_copy_that_is_refused_does_not_fail_the_reply(session, smtp, now):
    _ticket, message = a_reply(session, now, cc=[COLLEAGUE])
    smtp.refuse("rcpt", "550 5.1.1 no such user", about=COLLEAGUE)

    deliver(now)

    session.refresh(message)
    assert (message.delivery, only_row(session).state) == ("sent", "sent")
    assert COLLEAGUE in message.delivery_error
    assert session.scalars(select(Event).where(Event.kind == "delivery.refused")).one()


def test_a_requester_who_is_refused_while_a_copy_arrives_has_no_reply(session, smtp, now):
    """BEHAVIOURS 3."""
    ticket, message = a_reply(session, now, cc=[COLLEAGUE])
    smtp.refuse("rcpt", "550 5.1.1 no such user", about=REQUESTER)

    deliver(now)

    session.refresh(message)
    session.refresh(ticket.targets[0])
    assert message.delivery == "failed"
    assert ticket.targets[0].met_at is None


def test_who_is_refused_for_now_is_tried_again_and_the_others_are_not(session, smtp, now):
    _ticket, message = a_reply(session, now, cc=[COLLEAGUE])
    smtp.refuse("rcpt", "450 4.2.0 greylisted", about=REQUESTER, times=1)

    deliver(now)
    session.refresh(message)
    assert message.delivery == "queued"
    deliver(now + BACKOFF[0])

    session.refresh(message)
    assert message.delivery == "sent"
    assert [sent.recipients for sent in smtp.delivered] == [(COLLEAGUE,), (REQUESTER,)]
    assert len(set(_message_ids(smtp))) == 1


def a_wrong_password(session, server, certificates, folder, now) -> Path:
    """Sign in at the server with a password that it refuses; return the file that holds it."""
    secret = folder / "password"
    secret.write_text("wrong")
    trusted = {"security": "starttls", "ca_file": str(certificates.authority)}
    sign_in = {"user": "desk@mail.test", "password": f"file:{secret}"}
    send_through(session, server, now=now, **trusted, **sign_in)
    return secret


def test_a_wrong_password_uses_up_no_tries_and_is_asked_once_a_batch(
    session, smtp_starttls_server, certificates, tmp_path, now
):
    a_wrong_password(session, smtp_starttls_server, certificates, tmp_path, now)
    for number in range(3):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)

    for round_ in range(20):
        assert deliver(now + SECOND + round_ * MAILBOX_WAIT) == 3

    rows = session.scalars(select(Outbox)).all()
    assert {(row.state, row.attempts) for row in rows} == {("queued", 0)}
    assert all("desk@mail.test" in row.last_error for row in rows)
    assert smtp_starttls_server.connections <= 2 * 20  # EHLO before and after STARTTLS


def test_a_server_that_is_gone_is_asked_once_a_batch(session, smtp, now):
    account_id = send_through(session, smtp, now=now, port=free_port())
    for number in range(3):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)

    deliver(now + SECOND)

    rows = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert [row.attempts for row in rows] == [1, 0, 0]
    send_through(session, smtp, now=now)
    deliver(now + SECOND + MAILBOX_WAIT)
    assert len(smtp.delivered) == 3
    assert session.get_one(ChannelAccount, account_id).state == "active"


def test_without_a_mailbox_a_mail_waits_for_one(session, smtp_server, now):
    agent(session, now, "admin@miec.example.cn", role="admin")
    with transaction():
        accounts.send_reset(session, "admin@miec.example.cn", now=now)

    deliver(now)
    assert (only_row(session).state, only_row(session).attempts) == ("queued", 0)
    send_through(session, smtp_server, now=now)
    deliver(now + MAILBOX_WAIT)

    assert only_row(session).state == "sent"


def test_what_was_written_before_there_was_a_mailbox_leaves_as_that_mailbox(
    session, smtp_server, now
):
    agent(session, now, "admin@miec.example.cn", role="admin")
    with transaction():
        accounts.send_reset(session, "admin@miec.example.cn", now=now)
    written_for = only_row(session).sender
    smtp_server.refuse("mail", "553 Mail from must equal authorized user", about=written_for)
    send_through(session, smtp_server, now=now)

    deliver(now)

    [sent] = smtp_server.delivered
    assert (only_row(session).state, sent.sender) == ("sent", DESK)
    assert parseaddr(message_from_bytes(sent.raw)["From"])[1] == DESK


def test_a_mailbox_with_a_new_address_sends_what_waited_under_the_old_one(session, smtp, now):
    _ticket, message = a_reply(session, now)
    account_id = send_through(session, smtp, now=now)
    with transaction():
        session.get_one(ChannelAccount, account_id).address = "office@miec.example.cn"

    deliver(now)

    [sent] = smtp.delivered
    assert sent.sender == "office@miec.example.cn"
    assert originals.raw_mail(session, message).read() == sent.raw


def test_what_waits_for_a_mailbox_that_is_retired_leaves_through_the_default_one(
    session, smtp, now
):
    a_reply(session, now)
    exams = mailbox(session, now=now, name="exams", address="exams@miec.example.cn")
    with transaction():
        session.get_one(ChannelAccount, exams).state = "retired"
        session.scalars(select(Outbox)).one().account_id = exams

    deliver(now)

    assert [sent.sender for sent in smtp.delivered] == [DESK]


def test_a_changed_secret_is_read_once_the_old_one_was_refused(
    session, smtp_starttls_server, certificates, tmp_path, now
):
    secret = a_wrong_password(session, smtp_starttls_server, certificates, tmp_path, now)
    a_reply(session, now)

    with closing(channel_accounts.Senders()) as senders:
        delivery.deliver_due(senders, worker="w1", now=now)
        assert only_row(session).error_code == "auth_failed"
        secret.write_text(PASSWORD)
        delivery.deliver_due(senders, worker="w1", now=now + MAILBOX_WAIT)

    assert only_row(session).state == "sent"


def test_a_mail_that_nobody_can_write_holds_up_no_other(session, smtp, now, monkeypatch):
    for number in range(3):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)
    compose = outgoing_mail.compose_stored
    bad = session.scalars(select(Outbox).order_by(Outbox.id)).first().identity

    def written(stored, storage):
        if stored["message_id"] == bad:
            raise KeyError("files")
        return compose(stored, storage)

    monkeypatch.setattr(outgoing_mail, "compose_stored", written)

    deliver(now + SECOND)

    rows = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert [row.state for row in rows] == ["queued", "sent", "sent"]


def test_what_the_server_took_is_not_sent_again_because_the_desk_fails_on_it(
    session, smtp, now, monkeypatch
):
    _ticket, message = a_reply(session, now)

    def fail(*_args, **_named):
        raise RuntimeError("a mistake")

    monkeypatch.setattr(delivery_outcomes.clocks, "reply_sent", fail)
    deliver(now)

    assert deliver(now + delivery.CLAIM) == 0
    session.refresh(message)
    assert (len(smtp.delivered), message.delivery) == (1, "sent")


def test_a_ticket_that_is_merged_while_its_reply_leaves_gets_that_reply_once(
    app, session, smtp, now, monkeypatch
):
    """BEHAVIOURS 32: only PostgreSQL has two writers."""
    ticket, message = a_reply(session, now)
    raw = mail("证书", date=now, message_id="<q2@cdxx.example.cn>", Precedence="list")
    number, goes_on = ticket.id, arrive(session, raw, now=now).ticket
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    where = merged.current
    postgres = session.get_bind().dialect.name == "postgresql"

    def merge():
        with app.app_context(), transaction() as other:
            merging.merge(other, wu, [number], goes_on, now=now)

    def merge_first(work, ticket):
        monkeypatch.setattr(merged, "current", where)
        found = where(work, ticket)
        if postgres:
            somebody = Thread(target=merge)
            somebody.start()
            somebody.join()
        return found

    monkeypatch.setattr(merged, "current", merge_first)
    deliver(now + SECOND)

    assert deliver(now + delivery.CLAIM + SECOND) == 0
    session.refresh(message)
    assert (len(smtp.delivered), message.delivery) == (1, "sent")
    assert (session.get_one(Ticket, number).status == "merged") == postgres


def test_a_file_leaves_with_the_reply_and_the_original_shows_what_left(session, smtp, now):
    table = StoredFile("考务安排表.xlsx", "application/vnd.ms-excel", 4, _put(b"PK\3\4"))
    _ticket, message = a_reply(session, now, files=[table])
    deliver(now)

    [sent] = smtp.delivered
    [file] = message_from_bytes(sent.raw, policy=policy.default).iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("考务安排表.xlsx", b"PK\3\4")
    assert originals.raw_mail(session, message).read() == sent.raw


def test_a_reply_whose_file_is_lost_is_a_dead_letter_and_the_next_one_leaves(session, smtp, now):
    table = StoredFile("考务安排表.xlsx", "application/vnd.ms-excel", 4, "0" * 64)
    a_reply(session, now, files=[table])
    arrive(session, mail(date=now, message_id="<next@cdxx.example.cn>"), now=now)

    assert deliver(now + SECOND) == 2

    [dead] = delivery.dead_letters(session)
    assert "missing on the disk" in dead.last_error
    assert len(smtp.delivered) == 1


def test_a_sign_in_link_is_forgotten_once_its_mail_has_left(session, smtp, now):
    agent(session, now, "admin@miec.example.cn", role="admin")
    with transaction():
        accounts.send_reset(session, "admin@miec.example.cn", now=now)
    assert "/password/" in only_row(session).mail["text"]

    deliver(now + SECOND)

    sent = message_from_bytes(smtp.delivered[0].raw, policy=policy.default)
    assert "/password/" in sent.get_content()
    assert only_row(session).mail == {}


def test_what_a_dead_worker_had_claimed_is_sent_again_under_the_same_message_id(session, smtp, now):
    """BEHAVIOURS 30."""
    _ticket, message = a_reply(session, now)
    list(delivery._claim("killed", now))  # it dies before it can say what became of it

    assert deliver(now + delivery.CLAIM - SECOND) == 0
    assert deliver(now + delivery.CLAIM) == 1
    assert _message_ids(smtp) == [message.identity]


def test_what_a_worker_claimed_that_nobody_hears_of_is_free_again(session, smtp, now):
    a_reply(session, now)
    with transaction():
        heartbeats.beat(session, "killed", now=now)
    assert delivery._claim("killed", now)
    silent = now + heartbeats.SILENT + SECOND

    with transaction():
        assert delivery.take_back(session, now=now + SECOND) == 0
        assert delivery.take_back(session, now=silent) == 1

    assert deliver(silent) == 1
    assert only_row(session).state == "sent"


def test_the_mailbox_shows_why_nothing_leaves_until_something_does(session, smtp, now):
    account_id = send_through(session, smtp, now=now)
    a_reply(session, now)
    smtp.refuse("mail", "553 Mail from must equal authorized user", times=1)

    deliver(now)
    account = session.get_one(ChannelAccount, account_id)
    assert account.send_error_code == "misconfigured"
    assert "authorized user" in account.send_error
    assert (only_row(session).state, only_row(session).attempts) == ("queued", 0)
    deliver(now + MAILBOX_WAIT)

    account = session.get_one(ChannelAccount, account_id)
    assert (account.send_error, account.send_error_code) == (None, None)


@pytest.mark.parametrize(("minutes", "once"), [(9, "slow"), (11, "quick")])
def test_a_slow_server_makes_nobody_get_a_mail_twice(session, now, monkeypatch, minutes, once):
    """Another worker looks while the first mail of a batch takes minutes."""
    for number in range(2):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)
    began, sent = now + SECOND, []
    clock = iter([0.0, 0.0, minutes * 60.0])
    monkeypatch.setattr(delivery, "monotonic", lambda: next(clock))

    class Slow(_Willing):
        def send(self, message):
            sent.append(("slow", message.identity))
            if len(sent) == (1 if once == "quick" else 2):
                clock_of_the_other = iter([0.0, 0.0, 0.0])
                with monkeypatch.context() as other:
                    other.setattr(delivery, "monotonic", lambda: next(clock_of_the_other))
                    at = began + timedelta(minutes=minutes + 2)
                    delivery.deliver_due(lambda _account: Quick(), worker="quick", now=at)
            return super().send(message)

    class Quick(_Willing):
        def send(self, message):
            sent.append(("quick", message.identity))
            return super().send(message)

    delivery.deliver_due(lambda _account: Slow(), worker="slow", now=began)

    second = session.scalars(select(Outbox.identity).order_by(Outbox.id.desc())).first()
    assert [who for who, identity in sent if identity == second] == [once]


def test_a_worker_that_comes_back_too_late_changes_nothing(session, smtp, now):
    a_reply(session, now)
    [stale] = delivery._claim("slow", now)
    deliver(now + delivery.CLAIM, worker="quick")

    delivery_outcomes.failed(stale, ChannelError("refused", "late"), now=now)

    assert only_row(session).state == "sent"


def test_one_mail_that_the_desk_cannot_send_does_not_hold_up_the_next(session, smtp, now):
    for number in range(2):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)
    senders = iter([_Broken(), _Willing()])

    delivery.deliver_due(lambda _account: next(senders), worker="w1", now=now + SECOND)

    rows = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert [row.state for row in rows] == ["queued", "sent"]
    assert "ZeroDivisionError" in rows[0].last_error


def test_a_mail_is_written_when_it_is_its_turn(session, smtp, now, monkeypatch):
    """A batch of large ones must not lie in the memory all at once."""
    for number in range(3):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)
    written, waiting = [], []
    compose = outgoing_mail.compose_stored
    monkeypatch.setattr(
        outgoing_mail,
        "compose_stored",
        lambda stored, storage: written.append(stored) or compose(stored, storage),
    )

    class Counting(_Willing):
        def send(self, message):
            waiting.append(len(written))
            return super().send(message)

    delivery.deliver_due(lambda _account: Counting(), worker="w1", now=now + SECOND)

    assert waiting == [1, 2, 3]


class _Broken:
    def send(self, message):
        raise ZeroDivisionError


class _Willing:
    def send(self, message):
        return Receipt(message.identity)
