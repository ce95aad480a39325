"""Sending over a real SMTP server, whatever it answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.email.account import SmtpAccount
from channels.email.smtp import SmtpSender, smtp_lines
from channels.errors import ChannelError
from channels.message import FailedRecipient, OutgoingMessage
from tests.servers.process import free_port
from tests.servers.smtp import HANG_UP, PASSWORD, TOKEN, USER, SmtpServer, run_smtp

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def account_of(server: SmtpServer, **changes) -> SmtpAccount:
    usual = {"host": server.host, "from_address": USER, "port": server.port, "security": "plain"}
    return SmtpAccount(**usual | {"timeout": 5.0} | changes)


@pytest.fixture
def sender_of():
    made = []

    def make(server: SmtpServer, **changes) -> SmtpSender:
        made.append(SmtpSender(account_of(server, **changes)))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


def message(*recipients: str, raw: bytes = b"Subject: hi\r\n\r\nhello\r\n") -> OutgoingMessage:
    to = recipients or ("li@college.test",)
    return OutgoingMessage("<1@mail.test>", USER, to, raw, 1, NOW)


def error_of(sender: SmtpSender, *recipients: str, **changes) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        sender.send(message(*recipients, **changes))
    assert "\n" not in raised.value.sentence
    return raised.value


def test_a_message_arrives_as_it_is(smtp_server, sender_of):
    raw = b"Subject: hi\r\n\r\n.a dot\r\n..two\r\nhello\r\n"
    receipt = sender_of(smtp_server).send(message("li@college.test", "han@college.test", raw=raw))
    [arrived] = smtp_server.delivered
    assert arrived.raw == raw
    assert arrived.sender == USER
    assert arrived.recipients == ("li@college.test", "han@college.test")
    assert (receipt.identity, receipt.refused) == ("<1@mail.test>", ())
    assert receipt.detail == "250 2.0.0 queued as 1"


def test_many_messages_share_one_connection(smtp_server, sender_of):
    sender = sender_of(smtp_server)
    for _each in range(3):
        sender.send(message())
    assert [mail.connection for mail in smtp_server.delivered] == [1, 1, 1]


@pytest.mark.parametrize("ending", [b"\n", b"\r"])
def test_a_bare_line_end_cannot_smuggle_in_a_second_message(ending, smtp_server, sender_of):
    evil = b"Subject: hi\r\n\r\nx" + ending + b"." + ending + b"MAIL FROM:<a@b.test>\r\n"
    sender_of(smtp_server).send(message(raw=evil))
    [arrived] = smtp_server.delivered
    assert arrived.raw == b"Subject: hi\r\n\r\nx\r\n.\r\nMAIL FROM:<a@b.test>\r\n"


def test_the_last_line_is_ended_and_dots_are_doubled():
    assert smtp_lines(b".a\n.b") == b"..a\r\n..b\r\n.\r\n"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_it_signs_in_with_a_chinese_password(mechanism, certificates, sender_of):
    other = {"PLAIN", "LOGIN"} - {mechanism}
    tls = certificates.server_context()
    with run_smtp(starttls=tls, sign_in=True, auth_exclude_mechanism=other) as server:
        sender = sender_of(
            server,
            security="starttls",
            user=USER,
            password=PASSWORD,
            ca_file=certificates.authority,
        )
        sender.send(message())
        sender.close()
        assert server.delivered[0].signed_in_as == USER


def test_it_speaks_tls_from_the_first_byte(smtp_tls_server, certificates, sender_of):
    secret = {"user": USER, "password": PASSWORD, "ca_file": certificates.authority}
    sender_of(smtp_tls_server, security="tls", **secret).send(message())
    assert smtp_tls_server.delivered[0].signed_in_as == USER


def test_a_token_takes_the_place_of_a_password(smtp_starttls_server, certificates, sender_of):
    secret = {"user": USER, "token": lambda: TOKEN, "ca_file": certificates.authority}
    sender_of(smtp_starttls_server, security="starttls", **secret).send(message())
    assert smtp_starttls_server.delivered[0].signed_in_as == USER


@pytest.mark.parametrize("secret", [{"password": "wrong"}, {"token": lambda: "expired"}])
def test_a_refused_sign_in_is_permanent(secret, smtp_starttls_server, certificates, sender_of):
    sender = sender_of(
        smtp_starttls_server,
        security="starttls",
        user=USER,
        ca_file=certificates.authority,
        **secret,
    )
    error = error_of(sender)
    assert (error.code, error.permanent) == ("auth_failed", True)
    assert USER in error.sentence


def test_a_token_that_cannot_be_had_is_an_error_like_any_other(
    smtp_starttls_server, certificates, sender_of
):
    def token() -> str:
        raise RuntimeError("the vault is sealed")

    secret = {"user": USER, "token": token, "ca_file": certificates.authority}
    error = error_of(sender_of(smtp_starttls_server, security="starttls", **secret))
    assert (error.code, error.permanent) == ("auth_failed", False)


def test_a_server_that_wants_a_sign_in_says_what_to_set(
    smtp_starttls_server, certificates, sender_of
):
    sender = sender_of(smtp_starttls_server, security="starttls", ca_file=certificates.authority)
    error = error_of(sender)
    assert (error.code, error.permanent) == ("misconfigured", True)


def test_a_server_that_wants_encryption_says_what_to_set(smtp_starttls_server, sender_of):
    error = error_of(sender_of(smtp_starttls_server))
    assert (error.code, error.permanent) == ("misconfigured", True)


def test_encryption_is_never_given_up_silently(smtp_server, sender_of):
    error = error_of(sender_of(smtp_server, security="starttls"))
    assert (error.code, error.permanent) == ("misconfigured", True)
    assert smtp_server.delivered == []


def test_a_sign_in_where_there_is_none_is_explained(smtp_server, sender_of):
    with run_smtp(auth_exclude_mechanism=["PLAIN", "LOGIN", "XOAUTH2"]) as server:
        error = error_of(sender_of(server, user=USER, password=PASSWORD))
    assert (error.code, error.permanent) == ("misconfigured", True)


def test_an_unknown_authority_is_refused(smtp_tls_server, sender_of):
    error = error_of(sender_of(smtp_tls_server, security="tls"))
    assert (error.code, error.permanent) == ("certificate", True)


def test_tls_on_a_plain_port_is_explained(smtp_server, sender_of):
    assert error_of(sender_of(smtp_server, security="tls")).code == "misconfigured"


def test_a_server_that_is_down_may_come_back(smtp_server, sender_of):
    error = error_of(sender_of(smtp_server, port=free_port()))
    assert (error.code, error.permanent) == ("unreachable", False)


def test_one_refused_recipient_does_not_keep_the_others_from_their_mail(smtp_server, sender_of):
    smtp_server.refuse("rcpt", "550 5.1.1 no such user", about="gone@")
    smtp_server.refuse("rcpt", "450 4.2.1 mailbox full", about="full@")
    receipt = sender_of(smtp_server).send(message("gone@a.test", "li@a.test", "full@a.test"))
    assert smtp_server.delivered[0].recipients == ("li@a.test",)
    assert receipt.refused == (
        FailedRecipient("gone@a.test", permanent=True, reason="550 5.1.1 no such user"),
        FailedRecipient("full@a.test", permanent=False, reason="450 4.2.1 mailbox full"),
    )


@pytest.mark.parametrize(
    ("replies", "permanent"),
    [(("550 no", "551 no"), True), (("550 no", "451 greylisted"), False)],
)
def test_when_nobody_is_taken_it_is_an_error(replies, permanent, smtp_server, sender_of):
    smtp_server.refuse("rcpt", replies[0], about="one@")
    smtp_server.refuse("rcpt", replies[1], about="two@")
    error = error_of(sender_of(smtp_server), "one@a.test", "two@a.test")
    assert (error.code, error.permanent) == ("recipients_refused", permanent)
    assert "one@a.test: 550 no" in error.sentence


@pytest.mark.parametrize(
    ("order", "code", "permanent"),
    [
        (("mail", "553 Mail from must equal authorized user"), "misconfigured", True),
        (("mail", "451 try later"), "refused", False),
        (("data", "554 DT:SPM 发送的邮件内容包含了未被许可的信息"), "refused", True),
        (("data", "452 out of space"), "refused", False),
        (("data", "421 closing"), "unreachable", False),
    ],
)
def test_a_refusal_is_for_good_or_for_now(order, code, permanent, smtp_server, sender_of):
    smtp_server.refuse(*order)
    error = error_of(sender_of(smtp_server))
    assert (error.code, error.permanent) == (code, permanent)
    assert order[1] in error.sentence


def test_after_a_refusal_the_same_connection_takes_the_next_message(smtp_server, sender_of):
    smtp_server.refuse("rcpt", "550 no", about="gone@")
    sender = sender_of(smtp_server)
    error_of(sender, "gone@a.test")
    sender.send(message())
    assert smtp_server.connections == 1


@pytest.mark.parametrize("ending", ["421 too many messages", HANG_UP])
@pytest.mark.parametrize("stage", ["mail", "rcpt"])
def test_a_session_that_the_server_ends_is_replaced_at_once(stage, ending, smtp_server, sender_of):
    sender = sender_of(smtp_server)
    sender.send(message())
    smtp_server.refuse(stage, ending, times=1)
    sender.send(message())
    assert [mail.connection for mail in smtp_server.delivered] == [1, 2]


def test_a_line_that_breaks_after_the_text_is_left_to_the_caller(smtp_server, sender_of):
    """BEHAVIOURS 30: the outbox tries again, under the same Message-ID."""
    smtp_server.refuse("data", HANG_UP, times=1)
    sender = sender_of(smtp_server)
    error = error_of(sender)
    assert (error.code, error.permanent) == ("unreachable", False)
    assert smtp_server.delivered == []
    sender.send(message())
    assert len(smtp_server.delivered) == 1


def test_a_message_larger_than_the_server_takes_is_refused_for_good(sender_of):
    with run_smtp(data_size_limit=100) as server:
        sender = sender_of(server)
        error = error_of(sender, raw=b"Subject: x\r\n\r\n" + b"y" * 200)
        sender.close()
    assert (error.code, error.permanent) == ("refused", True)
    assert "smaller attachments" in error.sentence


def test_a_chinese_local_part_needs_smtputf8(smtp_server, sender_of):
    sender_of(smtp_server).send(message("李雷@college.test"))
    [arrived] = smtp_server.delivered
    assert arrived.recipients == ("李雷@college.test",)
    assert "SMTPUTF8" in arrived.options


def test_a_server_without_smtputf8_cannot_reach_a_chinese_local_part(sender_of):
    with run_smtp(enable_SMTPUTF8=False) as server:
        sender = sender_of(server)
        error = error_of(sender, "李雷@college.test")
        sender.close()
    assert (error.code, error.permanent) == ("refused", True)


def test_a_chinese_domain_travels_in_ascii(smtp_server, sender_of):
    smtp_server.refuse("rcpt", "550 no", about="gone@")
    receipt = sender_of(smtp_server).send(message("li@例子.中国", "gone@例子.中国"))
    assert smtp_server.delivered[0].recipients == ("li@xn--fsqu00a.xn--fiqs8s",)
    assert receipt.refused[0].address == "gone@例子.中国"


@pytest.mark.parametrize("address", ["a@b.test>\r\nRCPT TO:<c@d.test", "a b@c.test"])
def test_an_address_cannot_carry_a_command(address, smtp_server, sender_of):
    error = error_of(sender_of(smtp_server), address)
    assert (error.code, error.permanent) == ("refused", True)
    assert smtp_server.delivered == []


def test_a_message_to_nobody_is_refused(smtp_server, sender_of):
    with pytest.raises(ChannelError, match="no recipient"):
        sender_of(smtp_server).send(OutgoingMessage("<1@a>", USER, (), b"x", 1, NOW))


def test_a_closed_sender_opens_again(smtp_server, sender_of):
    sender = sender_of(smtp_server)
    sender.send(message())
    sender.close()
    sender.send(message())
    assert smtp_server.connections == 2


@pytest.mark.parametrize(
    "change", [{"host": ""}, {"port": 70000}, {"from_address": "desk"}, {"password": "a\r\nb"}]
)
def test_a_mistake_in_the_account_is_refused_before_connecting(change):
    with pytest.raises(ChannelError) as raised:
        SmtpAccount(**{"host": "smtp.test", "from_address": USER, **change})
    assert raised.value.code == "misconfigured"


def test_no_secret_is_shown_where_an_account_is_printed():
    account = SmtpAccount("smtp.test", USER, password="secret", token=lambda: "secret")
    assert "secret" not in repr(account)
