"""Whatever goes wrong with a mailbox is one sentence that says what to do."""

from __future__ import annotations

import socket
import ssl

import pytest
from conftest_transport import NOW, account_of, fetch_all

from channels.email.account import MailAccount, tls_context
from channels.email.imap import ImapSource
from channels.errors import ChannelError
from tests.servers.process import LOOPBACK, free_port
from tests.servers.scripted_imap import scripted_imap


def error_of(account: MailAccount) -> ChannelError:
    source = ImapSource(account)
    with pytest.raises(ChannelError) as raised:
        list(source.fetch(None, now=NOW))
    assert source._connection is None
    assert "\n" not in raised.value.sentence
    assert len(raised.value.sentence) < 500
    return raised.value


def scripted(port: int, **changes) -> MailAccount:
    usual = {"port": port, "security": "plain", "password": "secret", "read_timeout": 0.5}
    return MailAccount(LOOPBACK, "li@139.com", **usual | changes)


def test_a_wrong_password_says_so_and_names_the_authorization_code(mailbox):
    error = error_of(account_of(mailbox, password="wrong"))
    assert (error.code, error.permanent) == ("auth_failed", True)
    assert mailbox.address in error.sentence
    assert "授权码" in error.sentence
    assert "wrong" not in error.sentence


def test_a_server_that_is_down_may_come_back(mailbox):
    error = error_of(account_of(mailbox, port=free_port()))
    assert (error.code, error.permanent) == ("unreachable", False)
    assert "Nothing listens" in error.sentence


def test_an_unknown_host_is_named(mailbox):
    error = error_of(account_of(mailbox, host="imap.nowhere.invalid"))
    assert error.code == "unreachable"
    assert "imap.nowhere.invalid" in error.sentence


def test_a_certificate_of_an_unknown_authority_is_refused(mailbox):
    error = error_of(account_of(mailbox, ca_file=None))
    assert (error.code, error.permanent) == ("certificate", True)
    assert "ca_file" in error.sentence


def test_a_certificate_for_another_host_is_refused(mailbox):
    error = error_of(account_of(mailbox, host="localhost"))
    assert error.code == "certificate"
    assert "localhost" in error.sentence


def test_a_bad_certificate_is_refused_after_starttls_too(mailbox):
    port = mailbox.server.plain_port
    error = error_of(account_of(mailbox, port=port, security="starttls", ca_file=None))
    assert error.code == "certificate"


def test_tls_on_a_plain_port_is_explained(mailbox):
    error = error_of(account_of(mailbox, port=mailbox.server.plain_port))
    assert (error.code, error.permanent) == ("misconfigured", True)
    assert "starttls" in error.sentence


def test_an_authority_of_ones_own_may_be_plain_and_everything_else_is_checked(certificates):
    context = tls_context(certificates.authority)

    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_missing_authority_file_is_named(mailbox, tmp_path):
    error = error_of(account_of(mailbox, ca_file=tmp_path / "none.pem"))
    assert error.code == "misconfigured"
    assert "none.pem" in error.sentence


def test_a_missing_folder_names_those_there_are(mailbox):
    error = error_of(account_of(mailbox, folder="客服"))
    assert (error.code, error.permanent) == ("folder_missing", True)
    assert "客服" in error.sentence
    assert "INBOX" in error.sentence


def test_encryption_is_never_given_up_silently():
    with scripted_imap() as server:
        error = error_of(scripted(server.port, security="starttls"))
        assert not any(b"LOGIN" in heard for heard in server.heard)
    assert error.code == "misconfigured"


def test_a_server_that_wants_encryption_gets_no_password():
    def capability(talk, tag, _rest):
        talk.say(b"* CAPABILITY IMAP4rev1 LOGINDISABLED", tag + b" OK done")

    with scripted_imap(CAPABILITY=capability) as server:
        error = error_of(scripted(server.port))
        assert not any(b"secret" in heard for heard in server.heard)
    assert error.code == "misconfigured"


def test_neteases_unsafe_login_is_explained():
    """BEHAVIOURS 27."""

    def examine(talk, tag, _rest):
        talk.say(tag + b" NO EXAMINE Unsafe Login. Please contact kefu@188.com for help")

    with scripted_imap(EXAMINE=examine) as server:
        error = error_of(scripted(server.port))
    assert (error.code, error.permanent) == ("refused", True)
    assert "授权码" in error.sentence


def test_a_server_that_is_busy_is_tried_again():
    def login(talk, tag, _rest):
        talk.say(tag + b" NO [UNAVAILABLE] user database is away")

    with scripted_imap(LOGIN=login) as server:
        error = error_of(scripted(server.port))
    assert (error.code, error.permanent) == ("unreachable", False)


def test_a_server_that_hangs_up_while_signing_in_is_no_wrong_password():
    def login(talk, _tag, _rest):
        talk.line.shutdown(socket.SHUT_RDWR)

    with scripted_imap(LOGIN=login) as server:
        error = error_of(scripted(server.port))
    assert (error.code, error.permanent) == ("unreachable", False)


def test_a_server_that_falls_silent_is_given_up():
    with scripted_imap(EXAMINE=lambda _talk, _tag, _rest: None) as server:
        error = error_of(scripted(server.port))
    assert (error.code, error.permanent) == ("unreachable", False)
    assert "did not answer in time" in error.sentence


def test_something_that_is_no_imap_server_is_recognised():
    with scripted_imap(
        UID=lambda talk, tag, _rest: talk.say(b"* SEARCH x y", tag + b" OK done")
    ) as s:
        error = error_of(scripted(s.port))
    assert error.code == "unreachable"


def test_a_mail_that_the_server_cannot_hand_over_does_not_block_the_next():
    """BEHAVIOURS 25: the loop goes on with the next mail."""

    def uid(talk, tag, rest):
        wanted = rest.split()[2]
        if rest.startswith(b"UID SEARCH"):
            talk.say(b"* SEARCH 1 2")
        elif b"SIZE" in rest:
            for number in (b"1", b"2"):
                if number in wanted.split(b","):
                    talk.say(b"* " + number + b" FETCH (UID " + number + b" RFC822.SIZE 9)")
        elif b"1" in wanted.split(b","):
            talk.say(tag + b" NO [SERVERBUG] this mail is corrupt")
            return
        else:
            talk.say(b"* 2 FETCH (UID 2 BODY[] {9}", b"A: b\r\n\r\nc)")
        talk.say(tag + b" OK done")

    def examine(talk, tag, _rest):
        talk.say(
            b"* 2 EXISTS", b"* OK [UIDVALIDITY 7] ok", b"* OK [UIDNEXT 3] ok", tag + b" OK done"
        )

    with scripted_imap(UID=uid, EXAMINE=examine) as server:
        source = ImapSource(scripted(server.port))
        items, cursor = fetch_all(source)
        source.close()
    assert items[0].raw == b"X-Helpdesk-Not-Fetched: 9 bytes; limit 26214400\r\n"
    assert items[1].raw == b"A: b\r\n\r\nc"
    assert cursor == "7:2"


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"host": ""}, "host"),
        ({"host": "imap .test"}, "host"),
        ({"port": 0}, "port"),
        ({"user": "a\r\nb"}, "user"),
        ({"password": "a\nb"}, "password"),
        ({"folder": "a\r\nb"}, "folder"),
        ({"folder": ""}, "folder"),
        ({"move_to": "INBOX"}, "move_to"),
        ({"idle_seconds": 1800}, "idle_seconds"),
        ({"identification": {"name": "服务台"}}, "ASCII"),
    ],
)
def test_a_mistake_in_the_account_is_refused_before_connecting(change, about):
    with pytest.raises(ChannelError, match=about) as raised:
        MailAccount(**{"host": "imap.test", "user": "li", **change})
    assert (raised.value.code, raised.value.permanent) == ("misconfigured", True)


def test_no_secret_is_shown_where_an_account_is_printed():
    account = MailAccount("imap.test", "li", password="secret", token=lambda: "secret")
    assert "secret" not in repr(account)
