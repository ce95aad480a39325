"""Which mails come from machines, so that no machine answers them (BEHAVIOURS 22)."""

from __future__ import annotations

import pytest
from parsing_helpers import HEAD, RECEIVED_AT, mail, sample

from channels.email.auto import OWN_HEADER
from channels.email.channel import EmailChannel, understand_bytes
from channels.message import RawItem

SAMPLES = {
    "auto-reply-qq": "auto-reply",
    "auto-reply-163": "auto-reply",
    "auto-reply-exchange-zh": "auto-reply",
    "auto-reply-outlook-en": "auto-reply",
    "auto-reply-vacation-en": "auto-reply",
    "auto-reply-german": "auto-reply",
    "read-receipt": "auto-reply",
    "report-of-success": "auto-reply",
    "list-mail": "list",
    "newsletter": "list",
    "bounce-qq": "bounce",
    "person-outlook-suppresses-answers": None,
    "person-asks-about-auto-replies": None,
    "person-writes-about-bounces": None,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_classed_by_who_wrote_it(name):
    """BEHAVIOURS 22."""
    assert sample(name).auto == SAMPLES[name]


@pytest.mark.parametrize(
    ("field", "auto"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "auto-reply"),
        ("Auto-Submitted: auto-generated; x=y", "auto-reply"),
        ("Auto-Submitted: auto-notified", "auto-reply"),
        ("Auto-Submitted: no", None),
        ("Precedence: bulk", "auto-reply"),
        ("Precedence: junk", "auto-reply"),
        ("Precedence: auto_reply", "auto-reply"),
        ("Precedence: list", "list"),
        ("Precedence: first-class", None),
        ("X-Auto-Response-Suppress: All", "auto-reply"),
        ("X-Auto-Response-Suppress: OOF, AutoReply", "auto-reply"),
        ("X-Auto-Response-Suppress: DR, RN, NRN", None),
        ("X-Autoreply: yes", "auto-reply"),
        ("X-Autoreply: no", None),
        ("X-Autorespond: vacation", "auto-reply"),
        ("X-Auto-Reply: 1", "auto-reply"),
        ("X-Loop: somebody", "auto-reply"),
        ("X-Precedence: auto_reply", "auto-reply"),
        ("X-FC-MachineGenerated: true", "auto-reply"),
        ("X-POST-MessageClass: 9; Autoresponder", "auto-reply"),
        ("Return-Path: <>", "auto-reply"),
        ("Return-Path: <ann@odd.example>", None),
        ("List-Id: Teachers <teachers.example>", "list"),
        ("List-Unsubscribe: <https://shop.example/u>", "list"),
        ("X-Mailer: Foxmail 7", None),
    ],
)
def test_each_header_that_machines_write_is_known(field, auto):
    """BEHAVIOURS 22."""
    assert mail("hello", field).auto == auto


def test_an_old_mailing_list_is_told_from_a_vacation_program_by_its_sender():
    """BEHAVIOURS 22: both write Precedence: bulk."""
    assert mail("x", "Precedence: bulk", "Sender: owner-teachers@lists.example").auto == "list"
    assert mail("x", "Precedence: bulk", "Sender: ann@odd.example").auto == "auto-reply"


@pytest.mark.parametrize(
    ("subject", "auto"),
    [
        ("自动回复: 考试", "auto-reply"),
        ("自动回复：考试", "auto-reply"),
        ("自動回覆: 考試", "auto-reply"),
        ("自动答复: 考试", "auto-reply"),
        ("【自动回复】考试", "auto-reply"),
        ("（自动回复）考试", "auto-reply"),
        ("Automatic reply: Exam", "auto-reply"),
        ("Auto-Reply: Exam", "auto-reply"),
        ("Out of Office: Exam", "auto-reply"),
        ("Out of Office AutoReply: Exam", "auto-reply"),
        ("Abwesenheitsnotiz: Prüfung", "auto-reply"),
        ("Réponse automatique : examen", "auto-reply"),
        ("自动回复", "auto-reply"),
        ("外出自动回复: 考试", "auto-reply"),
        ("自動応答：試験", "auto-reply"),
        ("[Auto-generated] Exam", "auto-reply"),
        ("Automatisk svar: eksamen", "auto-reply"),
        ("Odpowiedź automatyczna: egzamin", "auto-reply"),
        ("Автоматический ответ: экзамен", "auto-reply"),
        ("Fuera de la oficina: examen", "auto-reply"),
        ("Absence du bureau : examen", "auto-reply"),
        ("关于自动回复：怎么设置", None),
        ("Automatic reply system is broken", None),
        ("自动回复功能怎么设置", None),
        ("回复：自动回复: 考试", None),
        ("Out of office next week, please move the exam", None),
        ("已读教材的问题", None),
    ],
)
def test_subjects_of_automatic_answers_are_known_in_every_language(subject, auto):
    """BEHAVIOURS 22."""
    assert mail("hello", f"Subject: {subject}").auto == auto


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@x.example", "postmaster@x.example", "mail-daemon@x.example"]
)
def test_a_mail_systems_own_mail_is_automatic(sender):
    """BEHAVIOURS 22."""
    raw = f"From: {sender}\r\nSubject: hello\r\n\r\nhello".encode()
    assert understand_bytes(raw, received_at=RECEIVED_AT).auto == "auto-reply"


def is_ours(identity: str) -> bool:
    return identity.endswith("@chinamiec.example>")


@pytest.mark.parametrize("field", ["Message-ID", OWN_HEADER])
def test_our_own_mail_that_comes_back_is_recognised(field):
    """BEHAVIOURS 22: our own Message-IDs, also where a server replaced the Message-ID."""
    raw = f"From: a@b.cn\r\n{field}: <reply.1@chinamiec.example>\r\n\r\nhello".encode()
    channel = EmailChannel(own_message_id=is_ours)
    assert channel.understand(RawItem("1:1", raw, RECEIVED_AT)).auto == "own"


def test_nobody_else_can_claim_to_be_us():
    """BEHAVIOURS 28: control headers from untrusted senders are ignored."""
    raw = HEAD + f"{OWN_HEADER}: <x@evil.example>\r\n\r\nhello".encode()
    assert understand_bytes(raw, received_at=RECEIVED_AT, own_message_id=is_ours).auto is None


def test_headers_that_would_steer_a_desk_change_nothing():
    """BEHAVIOURS 28."""
    steered = mail("hello", "X-Helpdesk-Status: closed", "X-Zammad-Ticket-Priority: 3 high")
    assert steered == mail("hello")
