"""Mailboxes, the quarantine and the outbox, as administrators see and mend them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.message import RawItem
from helpdesk.extensions import db, transaction
from helpdesk.models import ChannelAccount, Inbound, Outbox
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import intake
from helpdesk.services.sending import outgoing
from tests.servers.process import free_port
from tests.services.mails import mail, mailbox
from tests.web.pages import at, post

NOW = at("23 10:40")


def settings(**changes: object) -> dict[str, object]:
    """Return a filled-in form."""
    usual = {
        "name": "main",
        "address": "Service@miec.example.cn",
        "state": "active",
        "is_default": "1",
        "imap_host": "imap.example.cn",
        "imap_port": "993",
        "imap_security": "tls",
        "imap_user": "service@miec.example.cn",
        "imap_secret_kind": "password",
        "imap_secret": "env:MAIL_PASSWORD",
        "imap_folder": "INBOX",
        "imap_start": "now",
        "smtp_host": "smtp.example.cn",
        "smtp_port": "465",
        "smtp_security": "tls",
        "smtp_user": "service@miec.example.cn",
        "smtp_secret_kind": "password",
        "smtp_secret": "env:MAIL_PASSWORD",
    }
    return {**usual, **changes}


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "not shown")


def only_mailbox() -> ChannelAccount:
    db.session.rollback()
    return db.session.scalars(select(ChannelAccount).where(ChannelAccount.channel == "email")).one()


def quarantined(raw: bytes = b"\x00\x01 this is no mail") -> int:
    """Let something unreadable arrive."""
    account = mailbox(db.session(), now=NOW)
    with transaction() as session:
        key = current_storage().put(raw)
        item = RawItem(external_id=f"test:{key}", raw=raw, received_at=NOW)
        ids = intake.store(session, account, [(item, key)], now=NOW)
    intake.process(ids, now=NOW)
    return ids[0]


def test_a_mailbox_is_added_with_references_and_no_secret(admin):
    answer = post(admin(), "/settings/mailboxes/new", settings())

    assert answer.status_code == 302
    kept = only_mailbox()
    assert kept.address == "service@miec.example.cn"
    assert kept.settings["imap"]["password"] == "env:MAIL_PASSWORD"
    assert kept.settings["imap"]["start"] == "now"
    assert kept.is_default


def test_a_password_itself_is_refused_and_not_shown_again(admin):
    answer = post(admin(), "/settings/mailboxes/new", settings(imap_secret="hunter2 secret"))

    assert answer.status_code == 422
    assert "never the password itself" in answer.text
    assert "hunter2" not in answer.text
    assert "imap.example.cn" in answer.text


def test_a_secret_that_is_nowhere_is_said_at_once(admin, monkeypatch):
    monkeypatch.delenv("MAIL_PASSWORD")

    answer = post(admin(), "/settings/mailboxes/new", settings())

    assert answer.status_code == 400
    assert "MAIL_PASSWORD is not set" in answer.text


def test_another_folder_is_read_from_its_own_beginning(admin):
    client = admin()
    post(client, "/settings/mailboxes/new", settings())
    number = only_mailbox().id
    with transaction() as session:
        session.get_one(ChannelAccount, number).cursor = "7:99"

    post(client, f"/settings/mailboxes/{number}", settings(imap_move_to="Done"))
    assert only_mailbox().cursor == "7:99"

    post(client, f"/settings/mailboxes/{number}", settings(imap_folder="客服"))
    assert only_mailbox().cursor is None


def test_a_mailbox_that_fails_shows_why_and_when_it_is_tried_again(admin):
    client = admin()
    post(client, "/settings/mailboxes/new", settings())
    with transaction() as session:
        account = session.scalars(
            select(ChannelAccount).where(ChannelAccount.channel == "email")
        ).one()
        account.state, account.last_error = "failing", "The password is wrong."
        account.last_error_at, account.next_try_at = NOW, NOW + timedelta(minutes=5)

    page = client.get("/settings/mailboxes").text

    assert "The password is wrong." in page
    assert "10:45" in page


def test_testing_a_mailbox_says_what_happened_and_saves_nothing(admin, smtp_server):
    answer = post(
        admin(),
        "/settings/mailboxes/new",
        settings(
            then="test",
            imap_host="127.0.0.1",
            imap_port=str(free_port()),
            imap_security="plain",
            smtp_host=smtp_server.host,
            smtp_port=str(smtp_server.port),
            smtp_security="plain",
            smtp_user="",
        ),
    )

    assert answer.status_code == 200
    assert "mail is sent without signing in" in answer.text
    assert answer.text.count("notice error") == 1  # nobody listens for IMAP there
    assert "Nothing is saved yet." in answer.text
    assert not db.session.scalars(
        select(ChannelAccount).where(ChannelAccount.channel == "email")
    ).all()


def test_what_cannot_be_read_is_listed_with_its_reason_and_downloaded_as_bytes(admin):
    number = quarantined(b"<script>alert(1)</script>")
    client = admin()

    assert "no mail header" in client.get("/settings/quarantine").text
    raw = client.get(f"/settings/quarantine/{number}/raw", buffered=True)
    assert raw.data == b"<script>alert(1)</script>"
    assert raw.mimetype == "application/octet-stream"
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


def test_the_raw_copy_of_what_was_understood_is_not_given_out(admin):
    number = quarantined(mail(date=NOW))

    assert admin().get(f"/settings/quarantine/{number}/raw").status_code == 404


def test_trying_again_says_why_it_stays(admin):
    number = quarantined()

    answer = post(admin(), f"/settings/quarantine/{number}/retry", {}, follow_redirects=True)

    assert "It stays here" in answer.text
    db.session.rollback()
    assert db.session.get_one(Inbound, number).state == "quarantined"


def test_what_is_understood_at_last_leads_to_its_ticket(admin):
    number = quarantined(mail(date=NOW))
    with transaction() as session:
        inbound = session.get_one(Inbound, number)
        inbound.state, inbound.identity, inbound.reason = "quarantined", None, "was too slow"

    answer = post(admin(), f"/settings/quarantine/{number}/retry", {})

    assert answer.location.startswith("/tickets/")


def test_a_mail_that_was_given_up_is_shown_and_sent_again(admin):
    with transaction() as session:
        row = outgoing.queue_notice(
            session, "li@college.test", subject="提醒", text="请看", kind="notice", now=NOW
        )
        assert row is not None
        row.state, row.last_error, row.attempts = "dead", "no such user", 10
        session.flush()
        number = row.id
    client = admin()
    assert "no such user" in client.get("/settings/outbox").text

    post(client, f"/settings/outbox/{number}/retry", {})

    db.session.rollback()
    kept = db.session.get_one(Outbox, number)
    assert (kept.state, kept.attempts) == ("queued", 0)
    assert post(client, f"/settings/outbox/{number}/retry", {}).status_code == 400


def test_what_nobody_can_mend_is_set_aside_and_kept(admin, desk):
    number = quarantined()
    client = admin()

    answer = post(client, f"/settings/quarantine/{number}/aside", {}, follow_redirects=True)

    assert "Everything was understood" in answer.text
    left_out = client.get("/settings/quarantine?state=suppressed").text
    assert f"/settings/quarantine/{number}/retry" in left_out
    assert post(client, f"/settings/quarantine/{number}/aside", {}).status_code == 409


def test_a_mailbox_that_was_never_read_is_not_called_working(admin, desk):
    client = admin()
    with transaction() as session:
        session.add(
            ChannelAccount(
                channel="email",
                name="New",
                address="new@office.test",
                settings={"imap": {"host": "imap.office.test", "port": 993, "folder": "INBOX"}},
                created_at=NOW,
            )
        )

    for path in ("/settings/mailboxes", "/settings/channels", "/dashboard/"):
        assert "not read yet" in client.get(path).text
