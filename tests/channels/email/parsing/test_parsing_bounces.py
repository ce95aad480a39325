"""Delivery reports: whose mail failed, at whom, for good or for now (BEHAVIOURS 22, 23)."""

from __future__ import annotations

import pytest
from parsing_helpers import HEAD, sample, understand

OURS = "<reply.{}@chinamiec.example>"
# sample: number of our mail, who failed, permanent, gave up, words of the reason
REPORTS = {
    "bounce-postfix": (21, "nobody@college.example", True, True, "User unknown"),
    "bounce-exchange-zh": (21, "nobody@college.example", True, True, "RecipientNotFound"),
    "bounce-delayed": (21, "nobody@college.example", False, False, "timed out"),
    "bounce-qq": (22, "linxiaowen0@qq.example", True, True, "不存在"),
    "bounce-163": (23, "chenjianguo0@163.example", True, True, "用户不存在"),
    "bounce-139-mailbox-full": (24, "15700000009@139.example", False, True, "邮箱已满"),
    "bounce-exim": (25, "gone@training.example", True, True, ""),
    "bounce-qmail": (26, "retired@old.training.example", True, True, ""),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_names_our_mail_and_who_did_not_get_it(name):
    """BEHAVIOURS 23: a delivery report of one of our mails finds its ticket."""
    number, address, permanent, gave_up, reason = REPORTS[name]
    message = sample(name)
    assert message.auto == "bounce"
    assert message.bounce is not None
    assert message.bounce.original_message_id == OURS.format(number)
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent, failed.gave_up) == (address, permanent, gave_up)
    assert reason in failed.reason
    assert message.thread_keys[0] == OURS.format(number)


def test_a_report_of_success_is_no_bounce():
    """BEHAVIOURS 22."""
    message = sample("report-of-success")
    assert (message.auto, message.bounce) == ("auto-reply", None)


def test_a_person_who_writes_about_a_returned_mail_is_a_person():
    message = sample("person-writes-about-bounces")
    assert (message.auto, message.bounce) == (None, None)


def report(*groups: str) -> bytes:
    status = "\r\n\r\n".join(["Reporting-MTA: dns; x", *groups])
    return (
        b"Return-Path: <>\r\n" + HEAD + b"Content-Type: multipart/report; boundary=r;"
        b" report-type=delivery-status\r\n\r\n--r\r\n\r\nSorry.\r\n--r\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n" + status.encode() + b"\r\n--r--\r\n"
    )


@pytest.mark.parametrize(
    "subject",
    ["Mail delivery failed", "我们的邮件被退信", "Fwd: Undelivered Mail Returned to Sender"],
)
def test_a_postmaster_in_person_who_writes_about_a_returned_mail_is_a_person(subject):
    """BEHAVIOURS 22."""
    head = "From: Wang <postmaster@college.example>\r\nTo: desk@b.example\r\nX-Mailer: Foxmail 7"
    words = "Mail to gone@odd.example could not be delivered, 邮件被退回. What is wrong?"
    about = "Content-Type: multipart/mixed; boundary=r\r\n\r\n--r\r\n"
    copy = "Content-Type: message/rfc822\r\n\r\nTo: gone@odd.example\r\n\r\nhello\r\n--r--"
    plain = f"{head}\r\nSubject: {subject}\r\n\r\n{words}\r\n"
    assert understand(plain.encode()).auto is None
    passed_on = f"{head}\r\nSubject: Fwd: {subject}\r\n{about}\r\n{words}\r\n--r\r\n{copy}\r\n"
    assert understand(passed_on.encode()).auto is None
    server = f"{head}\r\nSubject: Undeliverable: Exam\r\n{about}\r\n{words}\r\n--r\r\n{copy}\r\n"
    assert understand(server.encode()).auto == "bounce"


def test_an_automatic_answer_to_a_mail_about_returned_mails_is_no_bounce():
    """BEHAVIOURS 22."""
    message = understand(
        b"Return-Path: <>\r\nFrom: ann@odd.example\r\nTo: desk@b.example\r\n"
        b"Subject: Automatic reply: Undeliverable mail\r\n\r\nAsk bob@odd.example.\r\n"
        b"> Your mail could not be delivered, because the user was not found.\r\n"
    )
    assert (message.auto, message.bounce) == ("auto-reply", None)


def test_each_recipient_of_a_report_is_judged_alone():
    """RFC 3464: only a failure with status 5 is the address's own."""
    message = understand(
        report(
            "Final-Recipient: rfc822; Gone@Odd.example\r\nAction: failed\r\nStatus: 5.1.1",
            "Final-Recipient: rfc822; slow@odd.example\r\nAction: failed\r\nStatus: 4.4.7",
            "Final-Recipient: rfc822; later@odd.example\r\nAction: delayed\r\nStatus: 4.4.1",
            "Final-Recipient: rfc822; fine@odd.example\r\nAction: delivered\r\nStatus: 2.0.0",
            "Final-Recipient: rfc822; on@odd.example\r\nAction: relayed\r\nStatus: 2.0.0",
        )
    )
    assert message.bounce is not None
    assert [(f.address, f.permanent, f.gave_up) for f in message.bounce.failed] == [
        ("gone@odd.example", True, True),
        ("slow@odd.example", False, True),
        ("later@odd.example", False, False),
    ]


def test_the_address_that_we_wrote_to_counts_not_the_one_it_was_forwarded_to():
    message = understand(
        report(
            "Original-Recipient: rfc822;office@odd.example\r\n"
            "Final-Recipient: rfc822;private@else.example\r\nAction: failed\r\nStatus: 5.2.1"
        )
    )
    assert message.bounce is not None
    assert message.bounce.failed[0].address == "office@odd.example"


def test_a_vacation_answer_with_an_empty_return_path_is_no_bounce():
    message = understand(
        b"Return-Path: <>\r\n" + HEAD + b"Subject: On holiday\r\n\r\nBack soon, a@b.cn"
    )
    assert (message.auto, message.bounce) == ("auto-reply", None)


def test_an_unreadable_report_is_still_a_machines():
    message = understand(report("Final-Recipient: ;;;\r\nAction: failed"))
    assert (message.auto, message.bounce) == ("auto-reply", None)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.2.2", "552 5.2.2 The mailbox is full"),
        ("5.0.0", "550 the recipient is over quota"),
        ("5.7.1", "554 5.7.1 Message looks like spam"),
        ("5.7.26", "550-5.7.26 Unauthenticated mail is refused by DMARC policy"),
        ("5.3.4", "552 5.3.4 Message size exceeds the limit"),
        ("5.1.8", "553 5.1.8 Sender address rejected"),
        ("5.4.6", "554 5.4.6 Too many hops"),
        ("5.0.0", "554 邮件内容疑似垃圾邮件"),
        ("5.0.0", "550 The user's folder is full"),
        ("5.1.1", "550 RCPT TO: the maximum message size is exceeded"),
        ("5.0.0", "550 Server too busy, try again later"),
        ("5.0.0", "550 Your host is not allowed to connect"),
        ("5.0.0", "550 Connection refused by the administrator"),
        ("5.0.0", "550 Rejecting a file attachment with a password"),
        ("5.0.0", "550 This server requires confirmation of the writer"),
        ("5.0.0", "550 The account may not exist, or it may be blacklisted"),
        ("5.0.0", "550 因网络不稳定，无法连接对方服务器"),
        ("5.0.0", "550 The domain may not exist, or its DNS check failed"),
        ("5.0.0", "550 This looks like a bounce attack"),
        ("5.0.0", "553 that domain is not among our rcpthosts"),
    ],
)
def test_a_refusal_of_this_one_mail_says_nothing_against_the_address(status, reason):
    """BEHAVIOURS 22: only an address that is bad is muted."""
    assert judged(status, reason) == (False, True)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", "550 5.1.1 No such user here"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
        ("5.2.1", "550 5.2.1 The account is disabled"),
        ("5.7.1", "554 5.7.1 <gone@odd.example>: Recipient address rejected: user does not exist"),
        ("5.4.4", "Host not found"),
        ("5.0.0", "Unrouteable address"),
        ("", "550 mailbox gone"),
        ("5.7.1", "550 5.7.1 No mailbox found"),
        ("5.0.0", "553 Requested action not taken: mailbox name not allowed"),
        ("5.7.1", "550 5.7.1 blocked due to inactivity"),
        ("", "554 RCPT (gone@odd.example) dosn't exist"),
    ],
)
def test_an_address_that_nobody_has_is_bad_for_good(status, reason):
    """BEHAVIOURS 22."""
    assert judged(status, reason) == (True, True)


def judged(status: str, reason: str) -> tuple[bool, bool]:
    fields = f"Final-Recipient: rfc822; gone@odd.example\r\nAction: failed\r\nStatus: {status}\r\n"
    message = understand(report(f"{fields}Diagnostic-Code: smtp; {reason}"))
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    return failed.permanent, failed.gave_up


@pytest.mark.parametrize(
    ("subject", "words", "verdict"),
    [
        ("Mail delivery failed", "550 5.1.1 User unknown", (True, True)),
        ("Delivery Status Notification (Failure)", "Mailbox quota exceeded", (False, True)),
        ("Warning: message delayed 24 hours", "It was not delivered yet.", (False, False)),
        ("Mail delivery failed", "Your account is set up wrongly.", (False, True)),
    ],
)
def test_a_report_whose_head_alone_names_the_address_is_judged_by_its_words(
    subject, words, verdict
):
    """BEHAVIOURS 23."""
    message = understand(
        b"Return-Path: <>\r\nX-Failed-Recipients: gone@odd.example\r\n"
        + HEAD
        + f"Subject: {subject}\r\n\r\nYour message:\r\n\r\n  gone@odd.example\r\n    {words}".encode()
    )
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.permanent, failed.gave_up) == verdict


def failed_in_chinese(reason):
    notice = f"您的邮件被退回。\n收件人：wang@odd.example\n退信原因：{reason}"
    message = understand(
        b"Return-Path: <>\r\n"
        + HEAD
        + b"Content-Type: text/plain; charset=utf-8\r\n"
        + f"Subject: 退信通知\r\n\r\n{notice}".encode()
    )
    assert message.bounce is not None
    return message.bounce.failed


def test_a_chinese_notice_about_spam_says_nothing_against_the_address():
    """BEHAVIOURS 22."""
    (failed,) = failed_in_chinese("550 邮件疑似垃圾邮件，已拒收")
    assert (failed.address, failed.permanent, failed.gave_up) == ("wang@odd.example", False, True)


@pytest.mark.parametrize(
    "reason",
    ["您发送的邮件被怀疑为垃圾邮件，拒绝接收", "对方服务器网络不稳定，无法连接", "发信频率过高"],
)
def test_a_chinese_notice_without_a_code_is_judged_by_its_reason(reason):
    """BEHAVIOURS 22."""
    assert [failed.permanent for failed in failed_in_chinese(reason)] == [False]


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("無法傳遞的主旨: 考試", "傳遞給這些收件者時失敗。找不到您輸入的電子郵件地址。"),
        ("配信エラー", "送信できませんでした。ユーザーが存在しません。"),
        ("반송: 시험", "배달하지 못했습니다. 받는 사람이 존재하지 않습니다."),
    ],
)
def test_an_address_that_nobody_has_is_known_in_more_languages(subject, reason):
    """BEHAVIOURS 22."""
    notice = f"From: postmaster@b.example\r\nSubject: {subject}\r\n\r\n{reason}\r\ngone@odd.example"
    bounce = understand(notice.encode()).bounce
    assert bounce is not None
    assert [(failed.address, failed.permanent) for failed in bounce.failed] == [
        ("gone@odd.example", True)
    ]


@pytest.mark.parametrize(
    ("subject", "notice", "permanent", "gave_up"),
    [
        (
            "Undeliverable: Exam",
            "Your message did not reach:\r\n gone@odd.example on 23.11.26\r\n  Recipient not found",
            True,
            True,
        ),
        (
            "Returned mail: Host unknown",
            "550 <gone@odd.example>... Host unknown\r\n--- Unsent message ---\r\nTo: x@odd.example",
            True,
            True,
        ),
        (
            "Mail delivery failed",
            "There was an error delivering your mail to <gone@odd.example>.\r\n550 no such user",
            True,
            True,
        ),
        (
            "failure notice",
            "下記のアドレスへ送信できませんでした。\r\ngone@odd.example",
            False,
            True,
        ),
    ],
)
def test_a_notice_in_unknown_words_still_names_who_failed(subject, notice, permanent, gave_up):
    """BEHAVIOURS 23."""
    message = understand(
        b"Return-Path: <>\r\nTo: desk@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + f"Subject: {subject}\r\nFrom: postmaster@odd.example\r\n\r\n{notice}\r\n".encode()
    )
    assert message.auto == "bounce"
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert failed.address == "gone@odd.example"
    assert (failed.permanent, failed.gave_up) == (permanent, gave_up)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Unzustellbar: Prüfung", "Fehler bei der Nachrichtenzustellung an folgende Empfänger:"),
        ("Non remis : examen", "Échec de la remise à ces destinataires :"),
        ("No se puede entregar: examen", "No se pudo entregar el mensaje a:"),
        ("Non recapitabile: esame", "Impossibile recapitare il messaggio a:"),
        ("Não é possível entregar: exame", "Falha na entrega para:"),
        ("Onbestelbaar: examen", "Bezorging is mislukt bij:"),
        ("Niedostarczone: egzamin", "Nie można dostarczyć wiadomości do:"),
        ("Не удается доставить: экзамен", "Сбой доставки следующим получателям:"),
        ("Недоставленное сообщение", "Ваше письмо не может быть доставлено:"),
        ("配信不能: 試験", "次の受信者へのメッセージの配信に失敗しました:"),
        ("メールエラー通知", "メールボックスが一杯のため、送信できませんでした。"),
        ("배달되지 않음: 시험", "다음 받는 사람에게 메시지를 배달하지 못했습니다."),
        ("未送达: 考试", "向这些收件人传递邮件失败:"),
        ("無法傳遞: 考試", "傳遞至下列收件者失敗:"),
        ("Undeliverable: Exam", "Your message couldn't be delivered to:"),
    ],
)
@pytest.mark.parametrize(
    "author", [f"MicrosoftExchange{'0a' * 16}@odd.example", "no-reply@odd.example"]
)
def test_a_notice_is_known_in_every_language(author, subject, words):
    """BEHAVIOURS 23."""
    message = understand(
        b"Return-Path: <>\r\nTo: desk@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + f"Subject: {subject}\r\nFrom: {author}\r\n\r\n{words}\r\n\r\ngone@odd.example".encode()
    )
    assert message.bounce is not None
    assert [failed.address for failed in message.bounce.failed] == ["gone@odd.example"]


@pytest.mark.parametrize(
    "notice",
    [
        "We had trouble delivering your message.\nPermanent errors: gone@odd.example.",
        "An email you sent was rejected. Please wait.\nTarget: gone@odd.example",
        "550 no such user\nMAIL FROM: ann@odd.example\nRCPT TO: gone@odd.example",
        "您的邮件被退回。收件人：gone@odd.example\n发件人：ann@odd.example",
    ],
)
def test_a_mail_systems_notice_needs_no_telling_subject(notice):
    """BEHAVIOURS 23: where it says that it writes about a mail of ours."""
    head = "Return-Path: <>\nTo: desk@b.example\nContent-Type: text/plain; charset=utf-8\n"
    raw = f"{head}From: {{}}\nSubject: Re: Exam\n\n{notice}\n"
    bounce = understand(raw.format("mailer-daemon@odd.example").encode()).bounce
    assert bounce is not None
    assert [failed.address for failed in bounce.failed] == ["gone@odd.example"]
    assert understand(raw.format("someone@odd.example").encode()).bounce is None


@pytest.mark.parametrize(
    "text",
    [
        "Messages to you were blocked and not delivered:\nann@odd.example: Exam",
        "500 MB are used. If the mailbox is full, mails cannot be delivered. Ask x@odd.example.",
    ],
)
def test_a_mail_systems_other_mails_are_no_bounces(text):
    """BEHAVIOURS 22: whose mails it kept from us did not fail."""
    head = "Return-Path: <>\nTo: desk@b.example\nFrom: postmaster@b.example\nSubject: Report\n"
    message = understand(f"{head}\n{text}\n".encode())
    assert (message.auto, message.bounce) == ("auto-reply", None)


def test_a_report_that_names_nobody_is_about_the_one_its_mail_was_for():
    """BEHAVIOURS 23."""
    raw = (
        b"From: MAILER-DAEMON@odd.example\r\nTo: desk@b.example\r\n"
        b"Subject: Undelivered Mail Returned to Sender\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n"
        b"--r\r\n\r\nIt came back.\r\n--r\r\nContent-Type: message/rfc822\r\n\r\n"
        b"Message-ID: <reply.9@b.example>\r\nTo: %s\r\n\r\nhello\r\n--r--\r\n"
    )
    bounce = understand(raw % b"gone@odd.example").bounce
    assert bounce is not None
    assert bounce.original_message_id == "<reply.9@b.example>"
    assert [(f.address, f.permanent) for f in bounce.failed] == [("gone@odd.example", False)]
    assert understand(raw % b"a@odd.example, b@odd.example").bounce is None


def test_a_notice_that_names_nobody_is_about_the_one_its_quoted_mail_was_for():
    """BEHAVIOURS 23: old servers put the mail below their words, as text."""
    raw = (
        "From: MAILER-DAEMON@odd.example\r\nTo: desk@b.example\r\n"
        "Subject: Returned mail: Cannot send message for 4 days\r\n\r\n"
        "421 odd.example... Deferred\r\n\r\n   ----- Unsent message follows -----\r\n"
        "From: desk@b.example\r\nTo: {}\r\nMessage-ID: <reply.9@b.example>\r\n\r\nhello\r\n"
    )
    bounce = understand(raw.format("gone@odd.example").encode()).bounce
    assert bounce is not None
    assert bounce.original_message_id == "<reply.9@b.example>"
    assert [(f.address, f.permanent) for f in bounce.failed] == [("gone@odd.example", False)]
    assert understand(raw.format("a@odd.example, b@odd.example").encode()).bounce is None
    assert understand(raw.format("desk@b.example").encode()).bounce is None


def test_what_stands_in_the_quoted_mails_head_did_not_fail():
    message = understand(
        b"From: mailer-daemon@odd.example\r\nTo: desk@b.example\r\n"
        b"Subject: Undelivered Mail Returned to Sender\r\n\r\n"
        b"This message was created automatically by mail delivery software.\r\n"
        b" A message that you sent could not be delivered to one or more of its recipients.\r\n"
        b"\r\ngone@odd.example\r\nInvalid Address, ERROR_CODE :550\r\n\r\n"
        b"Received:from b.example by odd.example\r\nMessage-ID:<reply.9@b.example>\r\n"
        b"From:Desk <desk@b.example>\r\nTo:<gone@odd.example>\r\n"
    )
    assert message.bounce is not None
    assert message.bounce.original_message_id == "<reply.9@b.example>"
    assert [failed.address for failed in message.bounce.failed] == ["gone@odd.example"]


def test_a_report_whose_type_is_written_oddly_is_a_report():
    odd = report("Final-Recipient: rfc822; gone@odd.example\r\nAction: failed\r\nStatus: 5.1.1")
    message = understand(odd.replace(b"message/delivery-status", b"message/xdelivery-status"))
    assert message.bounce is not None
    assert [failed.address for failed in message.bounce.failed] == ["gone@odd.example"]


@pytest.mark.parametrize(
    ("words", "permanent"),
    [
        ("Sorry, no mailbox here by that name. (#5.1.1)", True),
        ("Sorry, it took too long to find a way there. (#4.4.1)", False),
        ("Remote host 4.4.1.7 does not like it.", True),
    ],
)
def test_a_server_that_could_not_be_reached_says_nothing_against_the_address(words, permanent):
    """BEHAVIOURS 22: qmail gives up some day and then calls it permanent."""
    message = understand(
        b"From: MAILER-DAEMON@odd.example\r\nTo: desk@b.example\r\nSubject: failure notice\r\n"
        b"\r\nHi. This is the qmail-send program at odd.example.\r\n"
        b"I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        b"This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        + f"<gone@odd.example>:\r\n{words}\r\n".encode()
    )
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent) == ("gone@odd.example", permanent)
    assert failed.gave_up


def test_a_notice_of_delay_is_no_failure_whatever_its_words():
    """BEHAVIOURS 23."""
    message = understand(
        b"From: MAILER-DAEMON@odd.example\r\nTo: desk@b.example\r\n"
        b"Subject: Delayed Mail (still being retried)\r\n\r\n"
        b"Your message could not be delivered for more than 4 hour(s).\r\n"
        b"It will be retried until it is 5 day(s) old.\r\n\r\n"
        b"<slow@odd.example>: connect to mx.odd.example: Connection timed out\r\n"
    )
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent, failed.gave_up) == ("slow@odd.example", False, False)


def test_a_report_without_types_is_read_as_if_they_stood_there():
    odd = "Original-Recipient: <gone@odd.example>\r\nAction: failed\r\nStatus: 5.0.0\r\n"
    message = understand(report(f"{odd}Diagnostic-Code: 550 no such user; sorry"))
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent) == ("gone@odd.example", True)
    assert failed.reason == "550 no such user; sorry"


def test_each_address_of_a_report_counts_once_with_its_last_word():
    fields = "Final-Recipient: rfc822; gone@odd.example\r\nAction: {}\r\nStatus: {}"
    groups = [fields.format("delayed", "4.4.1"), fields.format("failed", "5.1.1")]
    for order in (groups, groups[::-1]):
        bounce = understand(report(*order)).bounce
        assert bounce is not None
        assert [(f.permanent, f.gave_up) for f in bounce.failed] == [(True, True)]


def test_a_mail_systems_own_return_path_is_as_good_as_an_empty_one():
    """BEHAVIOURS 22."""
    message = understand(
        b"Return-Path: <MAILER-DAEMON@odd.example>\r\nFrom: scanner@odd.example\r\n"
        b"To: desk@b.example\r\nSubject: Mail could not be delivered\r\n\r\n"
        b"RCPT TO:<gone@odd.example>\r\n550 5.1.1 unknown user.\r\n"
    )
    assert message.bounce is not None
    assert [f.address for f in message.bounce.failed] == ["gone@odd.example"]


@pytest.mark.parametrize("author", ["MAILER-DAEMON <>", '"Mail Delivery System" <>'])
def test_a_mail_system_without_an_address_is_known_by_its_name(author):
    """BEHAVIOURS 22."""
    head = f"From: {author}\r\nTo: desk@b.example\r\nSubject: Mail delivery failed\r\n\r\n"
    message = understand(f"{head}Could not be delivered: gone@odd.example".encode())
    assert message.auto == "bounce"
    assert understand(b"From: Web form <>\r\nSubject: Exam\r\n\r\nHello").auto is None


def receipt(submitted: str, disposition: str) -> bytes:
    return (
        b"Return-Path: <>\r\n"
        + HEAD
        + f"Auto-Submitted: {submitted}\r\n".encode()
        + b"Content-Type: "
        b"multipart/report; boundary=r; report-type=disposition-notification\r\n\r\n--r\r\n\r\n"
        b"Your message was automatically rejected:\r\nQuota exceeded\r\n--r\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\n"
        b"Final-Recipient: rfc822; full@odd.example\r\n"
        b"Original-Message-ID: <reply.9@chinamiec.example>\r\n"
        + f"Disposition: automatic-action/MDN-sent-automatically; {disposition}\r\n--r--\r\n".encode()
    )


def test_a_mailbox_that_took_a_mail_and_threw_it_away_did_not_get_it():
    """BEHAVIOURS 23: so Dovecot says that a quota is used up."""
    message = understand(receipt("auto-replied (rejected)", "deleted"))
    assert message.auto == "bounce"
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent, failed.gave_up) == ("full@odd.example", False, True)
    assert "Quota exceeded" in failed.reason
    assert message.bounce.original_message_id == "<reply.9@chinamiec.example>"


@pytest.mark.parametrize(
    ("submitted", "disposition"),
    [
        ("auto-replied", "deleted"),
        ("auto-replied", "displayed"),
        ("auto-replied (rejected)", "displayed"),
    ],
)
def test_a_readers_receipt_is_no_bounce(submitted, disposition):
    message = understand(receipt(submitted, disposition))
    assert (message.auto, message.bounce) == ("auto-reply", None)


def test_a_notice_without_a_sender_is_read_without_a_word_in_the_log(caplog):
    raw = (
        b"Return-Path: <>\r\nSubject: Undelivered mail\r\n\r\n"
        b"Your mail could not be delivered to ann@odd.example: 550 no such user\r\n"
    )
    assert understand(raw).auto == "bounce"
    assert caplog.records == []


def notice(subject: str, *lines: str):
    head = HEAD.replace(b"Ann <ann@odd.example>", b"Mail System <mailer-daemon@odd.example>")
    fields = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return understand(head + fields.encode() + "\r\n".join(lines).encode())


# what a notice says of gone@college.example, and whether that speaks against the address
SAID = [
    ("Undeliverable message", ["We regret that it could not", "be delivered:", "", "{}:"], False),
    (
        "Undeliverable message",
        ["The mail could not be delivered.", "<{}>: lookup done, but no user record found"],
        True,
    ),
    ("Returned mail", ["These destination addresses were unknown:", "SMTP <{}>"], True),
    ("Returned mail", ["This mailbox is temporarily over quota.", "<{}>"], False),
    ("Undeliverable: Exam", ["It couldn't be delivered to {}.", "gone wasn't found at b."], True),
    ("Delivery Status Notification (Failure)", ["We failed when trying to deliver to {}"], False),
    ("邮件未送达：考试", ["给 {} 的邮件未送达。", "原因：该地址不存在"], True),
    ("邮件未成功投递", ["发往 {} 的邮件未能成功投递", "对方邮箱已满"], False),
    ("**Message you sent blocked**", ["Your message to: {}", "was blocked by our filter."], False),
]


@pytest.mark.parametrize(("subject", "lines", "permanent"), SAID)
def test_a_notice_is_read_however_its_sentences_are_wrapped_and_worded(subject, lines, permanent):
    """BEHAVIOURS 23."""
    message = notice(subject, *(line.format("gone@college.example") for line in lines))
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent) == ("gone@college.example", permanent)
    assert failed.gave_up


def test_a_notice_of_a_passing_problem_leaves_the_mail_on_its_way():
    message = notice(
        "Delivery Status Notification (Delay)",
        "There was a temporary problem delivering your message to slow@college.example.",
    )
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.permanent, failed.gave_up) == (False, False)


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ("抄　送：well@college.example", "收件人不存在"),
        ("收件人：well@college.example", "收件人（gone@college.example）不存在"),
    ],
)
def test_who_else_got_the_mail_did_not_fail(others, reason):
    """BEHAVIOURS 22: a mailbox that works is not muted."""
    message = notice(
        "系统退信", "您的邮件被退回", "收件人：gone@college.example", others, f"退信原因：{reason}"
    )
    assert message.bounce is not None
    assert [failed.address for failed in message.bounce.failed] == ["gone@college.example"]


@pytest.mark.parametrize(
    "group",
    [
        "Final-Recipient: LOCAL; gone@college.example\r\nAction: failed\r\nStatus: 5.1.1",
        "Final-Recipient: unknown;gone@college.example\r\nAction: failed\r\nStatus: 5.1.1",
        (
            "Final-Recipient: x400; /C=CN\r\nX-Actual-Recipient: RFC822; gone@college.example\r\n"
            "Action: failed\r\nStatus: 5.1.1"
        ),
        "Final-Recipient: rfc822;gone@college.example\r\nStatus: 5.1.1",
    ],
)
def test_a_report_names_who_failed_in_whatever_field_and_kind(group):
    """BEHAVIOURS 23."""
    message = understand(report(group))
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.address, failed.permanent) == ("gone@college.example", True)


def test_a_mail_that_expired_was_given_up():
    message = understand(
        report("Final-Recipient: rfc822;slow@college.example\r\nAction: expired\r\nStatus: 4.4.7")
    )
    assert message.bounce is not None
    (failed,) = message.bounce.failed
    assert (failed.permanent, failed.gave_up) == (False, True)
