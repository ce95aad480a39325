"""Header fields: encoded words, odd folding, identifiers, addresses."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import HEAD, mail, sample, understand

from channels.email.addresses import read_addresses
from channels.email.identifiers import message_id, message_ids
from channels.email.words import header_text


def word(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?a_b=2C?= c =?utf-8?B?5L2g?=", "a b, c 你"),
        ("=?utf-8?Q?=E4=BD?=\r\n =?utf-8?Q?=A0=E5=A5=BD?=", "你好"),
        ("=?utf-8?B?6K6k6?= =?utf-8?B?K+B6ICD6K+V?=", "认证考试"),
        ("=?utf-8?B?5L2g5aW9", "你好"),
        ("=?utf-8?B?5L2g =?utf-8?B?5aW9?=", "你好"),
        ("=?utf-8?Q?what?_no?=", "what? no"),
        ("=?utf-8*zh-CN?Q?=E4=BD=A0?=", "你"),
        (f"{word('回复')}：ok", "回复：ok"),
        ("Re: =?utf-8?Q?spaces in it?=", "Re: spaces in it"),
        ("=?utf-8?Q?a=00b=0D=0AX-Evil:_1?=", "ab X-Evil: 1"),
        ("=?utf-8?B?6K6k6K+B6ICD6K+VIQ?= =?utf-8?B?5ZKo6K+i?=", "认证考试!咨询"),
        ("a =? b ?= c", "a =? b ?= c"),
        (word(word("咨询", "gbk")), "咨询"),
        (word("about =?utf-8?B?5L2g?="), "about =?utf-8?B?5L2g?="),
        ("=?x-no-such-charset?B?18nRrw==?=", "咨询"),
    ],
)
def test_encoded_words_are_read_however_broken(raw, text):
    assert header_text(raw.encode()) == text


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("header-raw-gbk", "考试场地咨询"),
        ("header-raw-utf8", "考试场地咨询"),
        ("header-split-character", "关于二〇二六年度第四季度认证考试安排的通知"),
        ("header-no-padding", "材料已补!"),
        ("header-control-characters", "ab cd Bcc: x"),
    ],
)
def test_subjects_with_raw_bytes_and_broken_words_are_read(name, subject):
    """BEHAVIOURS 24: headers with raw 8-bit bytes are read."""
    assert sample(name).subject == subject


def test_a_raw_name_in_gbk_is_read():
    """BEHAVIOURS 24."""
    assert sample("header-raw-gbk").author.name == "王芳"


@pytest.mark.parametrize(
    ("words", "charset"),
    [("시험 일정 문의", "euc-kr"), ("考試時間查詢", "big5"), ("試験のお願い", "euc-jp")],
)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/mixed; boundary=r"])
def test_raw_bytes_of_a_field_are_read_in_the_encoding_of_the_body(words, charset, kind):
    """BEHAVIOURS 24: a program that forgot to encode them writes both alike."""
    text = f"Content-Type: text/plain; charset={charset}\r\n\r\n{words}\r\n"
    if kind != "text/plain":
        text = f"Content-Type: {kind}\r\n\r\n--r\r\n{text}--r--\r\n"
    raw = f"From: {words} <ann@odd.example>\r\nSubject: {words}\r\n{text}".encode(charset)
    message = understand(raw)
    assert (message.subject, message.author.name, message.text) == (words, words, words)


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        ('"a, b" <A@B.cn>, c@d.cn (Carl (x))', [("a, b", "a@b.cn"), ("Carl (x)", "c@d.cn")]),
        ("undisclosed-recipients:;", []),
        ('grp: a@b.cn, "x" <c@d.cn>;, e@f.cn', [("", "a@b.cn"), ("x", "c@d.cn"), ("", "e@f.cn")]),
        ('"name <x@y.cn>" <z@y.cn>', [("name <x@y.cn>", "z@y.cn")]),
        ("=?utf-8?Q?Zhang,_San?= <z@q.cn>", [("Zhang, San", "z@q.cn")]),
        ('"=?utf-8?Q?Zhang=2C_San?=" <z@q.cn>', [("Zhang, San", "z@q.cn")]),
        ("张三 z@q.cn", [("张三", "z@q.cn")]),
        ("张三[z@q.cn]", [("张三", "z@q.cn")]),
        ("root@[10.0.0.7]", [("", "root@[10.0.0.7]")]),
        ("张三<z@q.cn>，李四<l@q.cn>", [("张三", "z@q.cn"), ("李四", "l@q.cn")]),
        ("<z@q.cn", [("", "z@q.cn")]),
        ('"unclosed <z@q.cn>', [("unclosed", "z@q.cn")]),
        ("Zhang (San <z@q.cn>", [("Zhang San", "z@q.cn")]),
        ("<@relay.cn,@b.cn:z@q.cn>", [("", "z@q.cn")]),
        ("'z@q.cn' <z@q.cn>", [("", "z@q.cn")]),
        ('"a b"@c.cn', [("", '"a b"@c.cn')]),
        (word("张三 <a@b.cn>"), [("张三", "a@b.cn")]),
        (f"{word('张三 <a@b.cn>')}, c@d.cn", [("", "c@d.cn"), ("张三", "a@b.cn")]),
        ("a@b.cn; c@d.cn", [("", "a@b.cn"), ("", "c@d.cn")]),
        ("mailto:a@b.cn", [("", "a@b.cn")]),
        ("a@b.cn\r\n c@d.cn", [("", "a@b.cn"), ("", "c@d.cn")]),
        ("Ann <a@b.cn (work)>", [("Ann", "a@b.cn")]),
        ('"Ann @ Office" <MAILER-DAEMON>', []),
        ('"Ann a@b.cn" <>', [("Ann", "a@b.cn")]),
        ("a@b.cn <>", [("", "a@b.cn")]),
        ("=?utf-8?q?z?=@q.cn", [("", "z@q.cn")]),
        ("=?utf-8?q?z=40q.cn?=", [("", "z@q.cn")]),
        ("<>", []),
        ("nobody", []),
    ],
)
def test_lists_of_addresses_are_read_as_people_write_them(raw, people):
    found = read_addresses([raw.encode()])
    assert [(handle.name, handle.value) for handle in found] == people


@pytest.mark.parametrize(
    "hidden", ["boss=40b.cn=3E", "boss=40b.cn", "boss=40b.cn=2C", "=22boss=22"]
)
def test_an_encoded_word_smuggles_no_other_address_into_an_address(hidden):
    """BEHAVIOURS 28: RFC 2047 knows no encoded words there, and who sent it is not guessed."""
    raw = f"=?utf-8?q?{hidden}?=@c.cn"
    (handle,) = read_addresses([raw.encode()])
    assert handle.value == raw.lower()


def test_an_address_that_is_encoded_whole_does_not_pass_for_the_authors():
    """BEHAVIOURS 28: servers on the way look at the other one, as they see no address there."""
    head = f"From: {word('Boss <boss@b.cn>')}, thief@c.cn\r\nSubject: x\r\n\r\nhello"
    assert understand(head.encode()).author.value == "thief@c.cn"


def test_a_mail_with_every_kind_of_address_is_read():
    message = sample("header-words-in-quotes-and-commas")
    assert (message.author.name, message.author.value) == ("Zhang, San", "zhangsan@odd.example")
    assert [handle.value for handle in message.to] == [
        "support@chinamiec.example",
        "lisi@odd.example",
        "wangwu@odd.example",
    ]
    assert [(handle.name, handle.value) for handle in message.cc] == [
        ("name <fake@x.example>", "real@odd.example"),
        ("Zhao Liu", "zhaoliu@odd.example"),
        ("钱七", "qianqi@odd.example"),
    ]
    assert message.reply_to[0].value == "zhangsan.private@odd.example"


def test_identifiers_survive_junk_around_them():
    message = sample("header-words-in-quotes-and-commas")
    assert message.identity == "<h5@odd.example>"
    assert message.in_reply_to == "<reply.30@chinamiec.example>"
    assert message.references == (
        "<a@odd.example>",
        "<b@odd.example>",
        "<reply.30@chinamiec.example>",
    )


def test_identifiers_without_brackets_get_them():
    assert message_id([b"abc@def"]) == "<abc@def>"
    assert message_ids([b"a@b.cn (why), c@d.cn"]) == ("<a@b.cn>", "<c@d.cn>")


def test_a_mail_without_message_id_is_known_by_its_bytes():
    """BEHAVIOURS 21: a digest of the raw bytes stands in for a missing Message-ID."""
    first, again = sample("header-missing-message-id"), sample("header-missing-message-id")
    assert first.identity.startswith("sha256:")
    assert first.identity == again.identity
    assert first.identity != mail("hello").identity


def test_the_first_of_several_from_fields_counts():
    message = mail("x", "From: evil@evil.example")
    assert message.author.value == "ann@odd.example"
    assert "The mail has more than one From field; the first one counts." in message.warnings


def test_a_name_without_an_address_is_shown_without_its_quotes():
    author = understand(b'From: "Ann Smith" <>\r\nSubject: x\r\n\r\nhello').author
    assert (author.name, author.value) == ("Ann Smith", "")


def test_a_mail_without_from_is_its_senders():
    message = understand(b"Sender: bob@odd.example\r\nSubject: x\r\n\r\nhello")
    assert message.author.value == "bob@odd.example"


def test_a_field_with_an_endless_name_does_not_end_the_header():
    message = understand(b"X-" + b"Long-" * 400 + b"Name: 1\r\n" + HEAD + b"\r\nhi")
    assert (message.author.name, message.text) == ("Ann", "hi")


def test_a_field_that_lost_its_indentation_goes_on():
    message = understand(
        HEAD + b"Subject: =?utf-8?B?5L2g?=\r\n=?utf-8?B?5aW9?=\r\nX-A: 1\r\n\r\nhi"
    )
    assert message.subject == "你好"
    assert message.text == "hi"


@given(st.binary(max_size=200))
def test_no_bytes_in_any_field_stop_the_reading(data):
    raw = b"Subject: " + data + b"\r\nFrom: " + data + b"\r\nReferences: " + data + b"\r\n\r\nx"
    message = understand(b"To: a@b.cn\r\n" + raw)
    message.subject.encode()


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_any_subject_comes_back_from_its_encoded_words(text):
    data = text.encode()
    words = [base64.b64encode(data[at : at + 7]).decode() for at in range(0, len(data), 7)]
    raw = "\r\n ".join(f"=?utf-8?B?{piece}?=" for piece in words)
    assert header_text(raw.encode()) == text


def test_a_forgotten_comma_does_not_merge_two_people():
    message = mail("", "Cc: Ann Lee <ann@c.example> Bo Qi <bo@c.example>")
    assert [(cc.value, cc.name) for cc in message.cc] == [
        ("ann@c.example", "Ann Lee"),
        ("bo@c.example", "Bo Qi"),
    ]


def test_a_head_that_begins_with_a_blank_is_still_a_head():
    message = understand(b" From: Ann <ann@c.example>\r\nSubject: Rooms\r\n\r\nHello")
    assert (message.author.value, message.subject) == ("ann@c.example", "Rooms")
