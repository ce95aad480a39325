"""What leaves the desk is mail that every mail program reads as it was meant."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.compose import Mail, Mailbox, compose, new_message_id
from channels.message import Attachment

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DESK = Mailbox("desk@chinamiec.org", "认证管理办公室")
CENTER = Mailbox("li@college.test", "李雷")


def mail(**changes) -> Mail:
    usual = {
        "sender": DESK,
        "to": (CENTER,),
        "subject": "Re: 揭牌时间 [#100012]",
        "text": "您好：\n\n我们已经收到。\n",
        "message_id": "<ticket.100012.abc@chinamiec.org>",
        "date": NOW,
    }
    return Mail(**usual | changes)


def read(composed: Mail):
    return email.message_from_bytes(compose(composed), policy=email.policy.default)


def test_chinese_survives_in_names_subject_and_text():
    got = read(mail())
    assert got["Subject"] == "Re: 揭牌时间 [#100012]"
    assert got["From"].addresses[0].display_name == "认证管理办公室"
    assert got["To"].addresses[0].addr_spec == "li@college.test"
    assert got.get_content().splitlines() == ["您好：", "", "我们已经收到。"]


def test_the_bytes_are_seven_bit_with_short_crlf_lines():
    raw = compose(mail(html="<p>" + "很长" * 2000 + "</p>", text="x" * 5000))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_the_same_mail_gives_the_same_bytes():
    """BEHAVIOURS 30: every try sends one and the same mail."""
    again = mail(attachments=(Attachment("a.txt", "text/plain", b"a"),))
    assert compose(again) == compose(again)


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x00\r\n"])
def test_a_line_end_in_a_name_or_subject_injects_nothing(break_):
    evil = f"hello{break_}Bcc: everybody@evil.test{break_}{break_}body"
    got = read(
        mail(subject=evil, sender=Mailbox("desk@chinamiec.org", evil), extra={"X-Ticket": evil})
    )
    assert got["Bcc"] is None
    assert got.get_content().startswith("您好")


@pytest.mark.parametrize(
    "address", ["a@b.test\r\nBcc: c@d.test", "a@b.test, c@d.test", "", "a b@c.test", "<a@b.test>"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="is no mail address"):
        compose(mail(to=(Mailbox(address),)))


def test_extra_fields_cannot_replace_our_own():
    with pytest.raises(ValueError, match="Message-ID, Content-Type cannot be set"):
        compose(mail(extra={"Message-ID": "<a@b>", "Content-Type": "text/html"}))


def test_a_field_name_with_a_line_end_is_refused():
    with pytest.raises(ValueError, match="is no header name"):
        compose(mail(extra={"X-A\r\nBcc": "b@c.test"}))


def test_replies_name_what_they_answer_and_the_thread():
    ids = tuple(f"<{number}@college.test>" for number in range(30))
    got = read(mail(in_reply_to="<29@college.test>", references=ids))
    assert got["In-Reply-To"] == "<29@college.test>"
    named = got["References"].split()
    assert named == ["<0@college.test>", *[f"<{number}@college.test>" for number in range(20, 30)]]


def test_the_answered_mail_is_added_to_references():
    got = read(mail(in_reply_to="<b@c.test>", references=("<a@c.test>", "no id", "<a\r\nb@c>")))
    assert got["References"].split() == ["<a@c.test>", "<b@c.test>"]


def test_a_machines_mail_says_so():
    """BEHAVIOURS 22: nobody's machine should answer ours."""
    got = read(mail(auto_submitted="auto-replied"))
    assert got["Auto-Submitted"] == "auto-replied"
    assert got["X-Auto-Response-Suppress"] == "All"
    assert read(mail())["Auto-Submitted"] is None


def test_html_comes_with_its_plain_twin_and_its_pictures():
    picture = Attachment("印章.png", "image/png", b"\x89PNG", inline=True, content_id="<seal@desk>")
    got = read(mail(html='<p>您好 <img src="cid:seal@desk"></p>', attachments=(picture,)))
    assert got.get_content_type() == "multipart/alternative"
    plain, rich = got.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert [part.get_content_type() for part in rich.iter_parts()] == ["text/html", "image/png"]
    assert list(rich.iter_parts())[1]["Content-ID"] == "<seal@desk>"


@pytest.mark.parametrize(
    "name",
    [
        "report.pdf",
        'with space & "quotes".pdf',
        "2026年移动互联网开发工程师认证中心申请表（盖章扫描件）最终版.docx",
        "很" * 120 + ".pdf",
        "a" * 200 + ".txt",
        "100%.txt",
        "it's.txt",
        "=?utf-8?q?fake?=.txt",
    ],
)
def test_file_names_are_read_back_as_they_were(name):
    got = read(mail(attachments=(Attachment(name, "application/pdf", b"%PDF"),)))
    [file] = got.iter_attachments()
    assert file.get_filename() == name
    assert file.get_content() == b"%PDF"


def test_file_names_are_also_where_qq_and_foxmail_look():
    raw = compose(mail(attachments=(Attachment("申请表.docx", "application/msword", b"1"),)))
    old = email.message_from_bytes(raw).get_payload()[1]
    assert str(make_header(decode_header(old.get_param("name")))) == "申请表.docx"
    assert b"filename*=utf-8''%E7%94%B3" in raw


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Users\\li\\passwd", "/passwd"])
def test_a_file_name_carries_no_path(name):
    [file] = read(mail(attachments=(Attachment(name, "text/plain", b""),))).iter_attachments()
    assert file.get_filename() == "passwd"


@pytest.mark.parametrize("content_type", ["message/rfc822", "multipart/mixed", "x", "a/b\r\nX: y"])
def test_a_content_type_that_cannot_be_sent_becomes_a_plain_file(content_type):
    [file] = read(mail(attachments=(Attachment("a", content_type, b"1"),))).iter_attachments()
    assert file.get_content_type() == "application/octet-stream"


def test_chinese_domains_travel_in_ascii():
    got = read(mail(to=(Mailbox("li@例子.中国", "李"),)))
    assert got["To"].addresses[0].addr_spec == "li@xn--fsqu00a.xn--fiqs8s"


def test_a_message_id_carries_its_ticket_and_nobody_can_guess_it():
    first, second = new_message_id("chinamiec.org", 100012), new_message_id("chinamiec.org", 100012)
    assert first.startswith("<ticket.100012.")
    assert first.endswith("@chinamiec.org>")
    assert first != second


def test_a_malformed_message_id_is_refused():
    with pytest.raises(ValueError, match="is no message id"):
        compose(mail(message_id="<a b@c>\r\nBcc: d@e"))


texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=300)


@given(subject=texts, name=texts)
def test_any_subject_and_name_survive_but_for_their_white_space(subject, name):
    from channels.email.compose_headers import one_line

    raw = compose(mail(subject=subject, sender=Mailbox("desk@chinamiec.org", name)))
    got = email.message_from_bytes(raw)
    assert str(make_header(decode_header(got["Subject"]))) == one_line(subject)
    shown = email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"]
    assert shown == "<ticket.100012.abc@chinamiec.org>"
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(text=texts)
def test_any_text_survives_but_for_its_line_ends(text):
    got = read(mail(text=text))
    payload = got.get_payload(decode=True).decode()
    assert payload.split("\r\n") == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
