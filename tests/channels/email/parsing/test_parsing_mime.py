"""The parts of a mail, in order and out of order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing_helpers import HEAD, mail, sample, understand

from channels.email.flowed import unwrap
from channels.email.transfer import decode_base64, decode_transfer

SAMPLES = {
    "mime-missing-end-boundary": "first part\n\nsecond part",
    "mime-boundary-not-announced": "the text",
    "mime-type-garbage": "still readable",
    "mime-base64-lie": "This is not base64 at all, it is a sentence.",
    "mime-base64-damaged": "材料清单如下：第一项，第二项。",
    "mime-only-carriage-returns": "line one\nline two",
    "mime-several-texts": "before the picture\n\nafter the picture",
    "mime-html-stub": "真正的内容",
    "mime-empty": "",
    "mbox-line-in-front": ">From the beginning, please.",
    "flowed-delsp": "这一行被软件断开了。\n> 引用也断开了。",
    "apple-mail-zh-pdf-between-texts": "协议第一页如下：\n\n\n请确认盖章位置。",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_mail_is_readable_however_it_is_built(name):
    assert sample(name).text == SAMPLES[name]


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("mime-missing-end-boundary", "ends in the middle"),
        ("mime-boundary-not-announced", "found by their shape"),
        ("mime-empty", "no content"),
    ],
)
def test_a_reader_is_told_what_is_wrong_with_a_mail(name, warning):
    assert any(warning in sentence for sentence in sample(name).warnings)


def alternative(plain: str, rich: str) -> bytes:
    return (
        HEAD + b"Content-Type: multipart/alternative; boundary=q\r\n\r\n"
        b"--q\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + plain.encode() + b"\r\n"
        b"--q\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + rich.encode() + b"\r\n--q--\r\n"
    )


def test_entities_that_a_program_left_in_its_plain_version_are_read():
    """QQ mail writes them so; whoever writes about one means it."""
    plain = '收到\n&nbsp;\n--&nbsp;原始邮件&nbsp;--\n发件人:&nbsp;"客服"<k@b.example&gt;;\n旧'
    rich = '收到<div>&nbsp;</div>--&nbsp;原始邮件&nbsp;--<br>"客服"&lt;k@b.example&gt;;<br>旧'
    message = understand(alternative(plain, rich))
    assert message.text == '收到\n\n-- 原始邮件 --\n发件人: "客服"<k@b.example>;\n旧'
    assert message.reply_text == "收到"
    asked = "What is &nbsp; for?"
    rich = "What&nbsp;is &amp;nbsp; for?"
    assert understand(alternative(asked, rich)).text == asked
    assert understand(alternative(asked, "something else")).text == asked


@pytest.mark.parametrize("kind", ["plain/text", "html/text", "Plain/Text; charset=utf-8"])
def test_a_type_that_is_written_the_wrong_way_round_is_understood(kind):
    message = mail("words", f"Content-Type: {kind}")
    assert (message.text, message.attachments) == ("words", ())


def test_of_alternatives_the_plain_text_is_read_and_the_html_shown():
    message = understand(alternative("plain words", "<p>rich <b>words</b></p>"))
    assert message.text == "plain words"
    assert message.html == "<p>rich <b>words</b></p>"


@pytest.mark.parametrize(
    "stub",
    [
        "",
        " \r\n\u00a0\r\n\u200b",
        "Your email client does not support HTML.",
        "This is an HTML message.",
        "您的邮件客户端不支持HTML格式的邮件",
    ],
)
def test_a_plain_version_that_says_nothing_is_passed_over(stub):
    assert understand(alternative(stub, "<p>words</p>")).text == "words"


def test_a_signature_that_the_html_marks_is_left_out_of_the_plain_text():
    """BEHAVIOURS 29."""
    card = "林晓雯\r\n*南方学院* <http://college.example>\r\n[cid:logo@x]\r\n"
    rich = (
        "<p>好的。</p><div id='Signature'><p>林晓雯</p><b>南方学院</b><img src='cid:logo@x'></div>"
    )
    reply = understand(alternative(f"好的。\r\n\r\n{card}\r\n> 旧\r\n> 林晓雯", rich))
    assert reply.reply_text == "好的。"
    assert reply.text.startswith("好的。\n\n林晓雯\n*南方学院*")


def test_a_signature_that_the_plain_text_writes_otherwise_stays():
    rich = "<p>好的。</p><div class='gmail_signature'>林晓雯<br>南方学院</div>"
    assert understand(alternative("好的。\r\n林晓雯", rich)).reply_text == "好的。\n林晓雯"
    alone = "<div id='Signature'>林晓雯</div>"
    assert understand(alternative("林晓雯", alone)).reply_text == "林晓雯"


def test_a_mail_with_several_texts_shows_them_all_in_order():
    message = mail(
        "--q\r\nContent-Type: text/html\r\n\r\n<p>one</p>\r\n--q\r\n\r\ntwo <3\r\n--q--\r\n",
        "Content-Type: multipart/mixed; boundary=q",
    )
    assert message.text == "one\n\ntwo <3"
    assert message.html == "<p>one</p>\ntwo &lt;3"


def test_a_boundary_inside_a_longer_one_is_not_taken_for_it():
    message = mail(
        "--a\r\nContent-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\none\r\n--ab--\r\n"
        "--a\r\n\r\ntwo\r\n--a--\r\n",
        "Content-Type: multipart/mixed; boundary=a",
    )
    assert message.text == "one\n\ntwo"


def test_an_inner_end_that_is_missing_does_not_swallow_the_rest():
    message = mail(
        "--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n"
        "--a\r\n\r\ntwo\r\n--a--\r\n",
        "Content-Type: multipart/mixed; boundary=a",
    )
    assert message.text == "one\n\ntwo"


def test_a_body_without_an_empty_line_before_it_is_found():
    message = understand(HEAD + b"this is no header field\r\nand neither is this")
    assert message.text == "this is no header field\nand neither is this"


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"aGVs!bG8*", b"hello"),
        (b"aGk=aGk=", b"hihi"),
        (b"aGVsbG8=\r\n-- footer of a list --", b"hello"),
        (b"a", b""),
        (b"", b""),
    ],
)
def test_damaged_base64_gives_what_is_left_of_it(data, decoded):
    assert decode_base64(data).startswith(decoded)


@pytest.mark.parametrize(
    ("encoding", "data", "decoded"),
    [
        ("Quoted-Printable", b"=E4=BD=A0=\r\n!", "你!".encode()),
        ("quoted-printable", b"50=% of =ZZ", b"50=% of =ZZ"),
        (" BASE64 ; x", b"aGk=", b"hi"),
        ("7-bit", b"as is", b"as is"),
        ("BASE-64", b"aGk=", b"hi"),
        (
            "base64",
            b"aGVsbG8=\r\n-- \r\nfooter of a list\r\n",
            b"hello\n-- \r\nfooter of a list\r\n",
        ),
        (
            "base64",
            b"aGVs" * 15 + b"\n\n____\nIn plain words.",
            b"hel" * 15 + b"\n____\nIn plain words.",
        ),
        ("base64", b"aGk=\r\naGk=\r\n", b"hihi"),
        ("base64", b"Dear\n\nsir or madam, hello.", b"Dear\n\nsir or madam, hello."),
        ("base64 (as always)", b"aGk=", b"hi"),
        ("Quoted Printable", b"=E4=BD=A0", "你".encode()),
        ("x-uuencode", b"Nothing of the kind.", b"Nothing of the kind."),
        ("x-uuencode", b"begin 644 a\n#0V%T\n`\nend\n", b"Cat"),
    ],
)
def test_transfer_encodings_are_undone(encoding, data, decoded):
    assert decode_transfer(data, encoding) == decoded


def test_flowed_lines_are_joined_within_their_quote_depth():
    assert unwrap("a \nb\n> c \n> d\n-- \nsig", delete_space=False) == "a b\n> c d\n-- \nsig"
    assert unwrap("软件 \n断开", delete_space=True) == "软件断开"


@given(st.binary(max_size=400))
def test_base64_of_any_bytes_never_raises(data):
    decode_base64(data)
    decode_transfer(data, "base64")
    decode_transfer(data, "x-uuencode")


@settings(deadline=None)  # the first odd bytes load a detector
@given(st.binary(max_size=600))
def test_no_body_of_a_multipart_stops_the_reading(data):
    understand(HEAD + b"Content-Type: multipart/mixed; boundary=-\r\n\r\n" + data)
    understand(HEAD + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" + data)


def test_parameters_count_without_the_semicolon_before_them():
    message = mail("考试".encode("gbk"), "Content-Type: text/plain charset=gbk")
    assert message.text == "考试"


@pytest.mark.parametrize(
    "kind", ["text/markdown; charset=utf-8", "text/x-notes", "text/enriched", "note", "=?x?="]
)
def test_words_of_a_kind_that_nobody_knows_are_read_as_plain_text(kind):
    message = mail("请寄回证书原件。", f"Content-Type: {kind}")
    assert message.reply_text == "请寄回证书原件。"
    assert message.attachments == ()


def test_a_file_of_a_kind_that_makes_no_sense_stays_a_file():
    message = mail("%PDF", "Content-Type: file; name=plan.pdf")
    (plan,) = message.attachments
    assert (plan.name, plan.content_type) == ("plan.pdf", "application/octet-stream")


def test_an_unusual_version_of_a_text_is_read_where_it_is_the_only_one():
    message = mail(
        "--q\r\nContent-Type: text/richtext\r\n\r\nBring the stamp.\r\n--q--\r\n",
        "Content-Type: multipart/alternative; boundary=q",
    )
    assert message.text == "Bring the stamp."


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Type: text/plain; charset=utf-8; name=body.txt",),
        ("Content-Type: text/plain; charset=utf-8", "Content-Disposition: attachment"),
        ("Content-Type: text/plain; charset=utf-8", "Content-Disposition: inline; filename=b.txt"),
    ],
)
def test_a_mail_of_one_text_shows_it_whatever_name_it_has(fields):
    message = mail("请寄回证书原件。", *fields)
    assert (message.reply_text, message.attachments) == ("请寄回证书原件。", ())


@pytest.mark.parametrize("container", ["mixed", "alternative"])
def test_a_name_alone_makes_no_file_of_the_text_that_stands_first(container):
    message = mail(
        "--q\r\nContent-Type: text/plain; name=ATT0001.txt\r\n\r\nwords\r\n"
        "--q\r\nContent-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF\r\n"
        "--q\r\nContent-Type: application/pdf; name=log.txt\r\n\r\nlog\r\n--q--\r\n",
        f"Content-Type: multipart/{container}; boundary=q",
    )
    assert message.text == "words"
    assert [file.name for file in message.attachments] == ["plan.pdf", "log.txt"]


@pytest.mark.parametrize("start", ['; start="<words@x>"', ""])
def test_the_text_is_found_behind_the_pictures_that_belong_to_it(start):
    message = mail(
        "--q\r\nContent-Type: image/png\r\nContent-ID: <seal@x>\r\n\r\nPNG\r\n"
        "--q\r\nContent-Type: text/html\r\nContent-ID: <words@x>\r\n\r\n<p>words</p>\r\n--q--\r\n",
        f"Content-Type: multipart/related; boundary=q{start}",
    )
    assert message.text == "words"
    assert [file.content_type for file in message.attachments] == ["image/png"]
