"""Every way into a mailbox, and saying who we are before opening it."""

from __future__ import annotations

import pytest
from conftest_transport import NOW, a_mail, fetch_all, subjects

from channels.email.account import MailAccount
from channels.email.imap import ImapSource
from channels.errors import ChannelError
from tests.servers.process import LOOPBACK
from tests.servers.scripted_imap import scripted_imap


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_it_signs_in_over(security, mailbox, source_of):
    mailbox.append(a_mail("one"))
    port = mailbox.server.tls_port if security == "tls" else mailbox.server.plain_port
    source = source_of(mailbox, port=port, security=security)
    assert subjects(fetch_all(source)[0]) == ["one"]


def test_a_token_takes_the_place_of_a_password(mailbox, source_of):
    mailbox.append(a_mail("one"))
    token = mailbox.server.token(mailbox.address)
    source = source_of(mailbox, password="", token=lambda: token)
    assert subjects(fetch_all(source)[0]) == ["one"]


def test_an_expired_token_is_refused_with_what_to_do(mailbox, source_of):
    token = mailbox.server.token(mailbox.address, lasts_seconds=-5)
    with pytest.raises(ChannelError, match="connect the mailbox again") as raised:
        fetch_all(source_of(mailbox, password="", token=lambda: token))
    assert raised.value.code == "auth_failed"


def test_a_token_that_cannot_be_had_is_an_error_like_any_other(mailbox, source_of):
    def token() -> str:
        raise RuntimeError("the vault is sealed")

    with pytest.raises(ChannelError, match="the vault is sealed") as raised:
        fetch_all(source_of(mailbox, password="", token=token))
    assert raised.value.code == "auth_failed"


def test_who_we_are_is_said_between_sign_in_and_select():
    """BEHAVIOURS 27: 163, 126 and 139 refuse SELECT otherwise."""
    with scripted_imap() as server:
        source = ImapSource(
            MailAccount(LOOPBACK, "li@139.com", "secret", port=server.port, security="plain")
        )
        list(source.fetch(None, now=NOW))
        source.close()
        said = [line.split(b" ")[0] for line in server.heard]
        wanted = [said.index(b"LOGIN"), said.index(b"ID"), said.index(b"EXAMINE")]
        assert wanted == sorted(wanted)
        assert b'ID ("name" "helpdesk-sla"' in server.heard[said.index(b"ID")]


@pytest.mark.parametrize("answer", [b" BAD unknown command", b" NO not now", b" OK nothing to say"])
def test_a_server_without_id_does_no_harm(answer):
    with scripted_imap(ID=lambda talk, tag, _rest: talk.say(tag + answer)) as server:
        source = ImapSource(
            MailAccount(LOOPBACK, "li@139.com", "secret", port=server.port, security="plain")
        )
        assert list(source.fetch(None, now=NOW)) == []
        source.close()
