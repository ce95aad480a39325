"""Waiting for mail: told by the server where it can, never missing any."""

from __future__ import annotations

import socket
import threading
from time import monotonic

import pytest
from conftest_transport import NOW, a_mail, fetch_all, subjects

from channels.email.account import MailAccount
from channels.email.imap import ImapSource
from channels.errors import ChannelError
from tests.servers.process import LOOPBACK
from tests.servers.scripted_imap import scripted_imap


def test_a_mail_that_arrives_ends_the_wait(mailbox, source_of):
    source = source_of(mailbox)
    _items, cursor = fetch_all(source)
    threading.Timer(0.3, mailbox.deliver, [a_mail("one")]).start()
    began = monotonic()
    assert source.wait(20) is True
    assert monotonic() - began < 10
    assert subjects(fetch_all(source, cursor)[0]) == ["one"]


def test_a_mail_that_came_before_the_wait_is_not_overlooked(mailbox, source_of):
    source = source_of(mailbox)
    fetch_all(source)
    mailbox.append(a_mail("one"))
    assert source.wait(20) is True


def test_nothing_new_ends_the_wait_when_its_time_is_up(mailbox, source_of):
    mailbox.append(a_mail("one"))
    source = source_of(mailbox)
    fetch_all(source)
    began = monotonic()
    assert source.wait(0.3) is False
    assert 0.25 < monotonic() - began < 5


def test_idle_is_renewed_and_still_hears_the_next_mail(mailbox, source_of):
    source = source_of(mailbox, idle_seconds=0.2)
    fetch_all(source)
    threading.Timer(1, mailbox.deliver, [a_mail("one")]).start()
    assert source.wait(20) is True


def test_stop_ends_a_wait_early(mailbox, source_of):
    stop = threading.Event()
    source = source_of(mailbox, stop=stop)
    fetch_all(source)
    threading.Timer(0.2, stop.set).start()
    began = monotonic()
    assert source.wait(60) is False
    assert monotonic() - began < 5


def idling(*after_go_ahead: bytes):
    def idle(talk, tag, _rest):
        talk.say(b"+ idling", *after_go_ahead)
        talk.idle_tag = tag

    def done(talk, _tag, _rest):
        talk.say(talk.idle_tag + b" OK done")

    return {"IDLE": idle, "DONE": done}


def source_at(port: int, **changes) -> ImapSource:
    usual = {"port": port, "security": "plain", "read_timeout": 0.5}
    return ImapSource(MailAccount(LOOPBACK, "li@139.com", "secret", **usual | changes))


def test_news_that_comes_along_with_the_go_ahead_is_heard_at_once():
    with scripted_imap(**idling(b"* 1 EXISTS")) as server:
        source = source_at(server.port)
        began = monotonic()
        assert source.wait(20) is True
        assert monotonic() - began < 2
        source.close()


def test_a_changed_flag_is_no_news():
    with scripted_imap(**idling(rb"* 1 FETCH (FLAGS (\Seen))", b"* OK Still here")) as server:
        source = source_at(server.port)
        assert source.wait(0.3) is False
        source.close()


def test_a_server_that_says_goodbye_ends_the_wait_with_an_error():
    with scripted_imap(**idling(b"* BYE shutting down")) as server:
        source = source_at(server.port)
        with pytest.raises(ChannelError) as raised:
            source.wait(20)
    assert raised.value.code == "unreachable"


def test_a_line_that_is_cut_while_waiting_is_noticed():
    def idle(talk, _tag, _rest):
        talk.say(b"+ idling")
        talk.line.shutdown(socket.SHUT_RDWR)

    with scripted_imap(IDLE=idle) as server:
        source = source_at(server.port)
        began = monotonic()
        with pytest.raises(ChannelError) as raised:
            source.wait(20)
        assert monotonic() - began < 5
    assert raised.value.code == "unreachable"


def test_a_line_that_is_dead_without_a_word_is_noticed_when_idle_is_renewed():
    def idle(talk, _tag, _rest):
        talk.say(b"+ idling")

    with scripted_imap(IDLE=idle, DONE=lambda _talk, _tag, _rest: None) as server:
        source = source_at(server.port, idle_seconds=0.2)
        began = monotonic()
        with pytest.raises(ChannelError) as raised:
            source.wait(20)
        assert monotonic() - began < 5
    assert raised.value.code == "unreachable"


def test_a_server_without_idle_is_looked_at_after_the_polling_time():
    def capability(talk, tag, _rest):
        talk.say(b"* CAPABILITY IMAP4rev1", tag + b" OK done")

    with scripted_imap(CAPABILITY=capability) as server:
        source = source_at(server.port, poll_seconds=0.2)
        assert list(source.fetch(None, now=NOW)) == []
        assert source.wait(20) is False
        source.close()
