"""The servers that other tests rely on are real and do what they promise."""

from __future__ import annotations

import smtplib

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.servers.parts import requires


def test_dovecot_gives_each_test_its_own_empty_mailbox(dovecot):
    first, second = dovecot.mailbox(), dovecot.mailbox()
    first.append(b"Subject: one\r\n\r\nhello\r\n")
    assert [b"Subject: one" in mail for mail in first.mails()] == [True]
    assert second.mails() == []


def test_dovecot_offers_what_the_desk_uses(mailbox):
    with mailbox.look() as client:
        offered = client.capabilities()
    assert {b"IDLE", b"MOVE", b"ID", b"UIDPLUS"} <= set(offered)


def test_a_mail_sent_through_smtp_arrives_in_dovecot(smtp_server, dovecot):
    smtp_server.deliver_to(dovecot)
    center = dovecot.mailbox("center@college.test")
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.sendmail("desk@mail.test", [center.address], b"Subject: hi\r\n\r\nhello\r\n")
    [arrived] = center.mails()
    assert b"Subject: hi\r\n" in arrived
    assert arrived.startswith(b"Return-Path: <desk@mail.test>\r\n")


def test_every_test_has_a_database_of_its_own(database_url):
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_once (id integer)"))
    engine.dispose()


def test_the_same_database_name_never_comes_twice(postgres):
    first, second = postgres.create_database(), postgres.create_database()
    assert first != second
    postgres.drop_database(first)
    postgres.drop_database(second)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url(first).replace("+psycopg", ""))


def test_a_missing_program_fails_the_test_and_says_what_to_install():
    with pytest.raises(pytest.fail.Exception, match="apt-get install --no-install-recommends frob"):
        requires("frobnicate-imapd", package="frob")
