"""Bytes become the right text whatever their label says (BEHAVIOURS 24)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from parsing_helpers import sample

from channels.email.charsets import decode

TEACHERS = "朱镕、陈喆两位老师的资质材料已经寄出，请查收。"

SAMPLES = {
    "charset-gb2312-is-gb18030": ("朱镕、陈喆两位老", TEACHERS),
    "charset-gb2312-is-utf8": ("朱镕、陈喆两位老", TEACHERS),
    "charset-utf8-is-gbk": ("标签错误", TEACHERS),
    "charset-missing-gbk": ("没有标签", TEACHERS),
    "charset-unknown-name": ("未知标签", TEACHERS),
    "charset-x-gbk": ("编码名称", TEACHERS),
    "charset-latin1-is-gbk": ("西文标签", "您好，考试费用已经汇出，请查收。"),
    "charset-big5": ("考試資料", "請寄送教材與課程資料。"),
    "charset-iso-2022-jp": ("試験について", "試験の日程を教えてください。"),
    "charset-hz": ("hz", "认证考试"),
    "charset-utf7": ("utf7", "认证考试 ok"),
    "charset-utf16-bom": ("utf16", "认证考试"),
    "charset-html-meta-gbk": ("meta", "认证考试"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_mail_is_readable_whatever_its_label_says(name):
    """BEHAVIOURS 24."""
    message = sample(name)
    assert (message.subject, message.text) == SAMPLES[name]


@pytest.mark.parametrize(
    ("text", "written_as", "label"),
    [
        ("你好", "gbk", "gb2312"),
        ("你好", "utf-8", "gb2312"),
        ("你好", "gbk", "utf-8"),
        ("你好", "gbk", "iso-8859-1"),
        ("谋杀", "gbk", None),  # its bytes are valid UTF-8, of two scripts at once
        ("原始8位", "gbk", None),
        ("资料", "gbk", "'GBK'"),
        ("資料處理中心您好，考試時間", "big5", None),
        ("Café société déjà vu", "latin-1", None),
        ("Café société", "latin-1", "utf-8"),
        ("Grüße", "mac_roman", "x-mac-roman"),
        ("ที่ปรึกษา", "cp874", "windows-874"),
        ("자격증 시험", "cp949", "x-windows-949"),
        ("試験の日程", "iso2022_jp", "cp50220"),
        ("試験の日程", "euc_jp", "x-euc-jp"),
        ("שלום עולם", "gb18030", "gb18030-2005"),
        ("Prüfung für Jörg", "cp1252", "us-ascii"),
        ("Привет, экзамен", "utf-8", None),
        ("price €5 – “ok”", "cp1252", "iso-8859-1"),
        ("駅北口", "cp932", "iso-2022-jp"),
        ("认证考试", "gb18030", "hz-gb-2312"),
        ("수리", "cp949", "csEUCKR"),
        ("試験", "euc_jp", "cp51932"),
        ("試験", "euc_jp", "eucJP-ms"),
        ("한국어 시험", "cp949", "ks_c_5601-1987"),
        ("שלום עולם", "iso8859-8", "iso-8859-8-e"),
        ("Zażółć gęślą jaźń", "iso8859-2", "iso-8859-2 (Central European)"),
        ("The exam is on Monday.\n", "ascii", "utf-16"),
        ("认证考试 ok", "utf-8", "unicode"),
        ("认证考试 ok", "utf-8", "utf-7"),
        ("认证考试 ok", "utf-8", "utf-32"),
    ],
)
def test_bytes_are_decoded_as_they_were_written(text, written_as, label):
    """BEHAVIOURS 24."""
    assert decode(text.encode(written_as), label) == text


def test_japanese_with_the_characters_of_vendors_is_read():
    """BEHAVIOURS 24: a wrong label never raises, and costs no characters."""
    raw = b"\x1b$B;n83\x1b(B No.\x1b$B-!!!-j\x1b(B\n\x1b(I6E\x1b(B"
    assert decode(raw, "iso-2022-jp") == "試験 No.①\u3000㈱\nｶﾅ"
    assert decode(raw, "us-ascii") == decode(raw) == decode(raw, "iso-2022-jp")


@pytest.mark.parametrize("label", ["gb2312", "gbk", "cp936", "gb18030", None])
def test_the_euro_sign_of_code_page_936_is_read(label):
    """BEHAVIOURS 24."""
    assert decode("考试费".encode("gbk") + b"\x80100", label) == "考试费€100"


@pytest.mark.parametrize("label", ["utf-8", None])
def test_quotes_that_became_control_characters_on_the_way_are_quotes_again(label):
    """BEHAVIOURS 24."""
    taken_for_latin1 = "“It’s €5 – fine…”".encode("cp1252").decode("latin-1")
    assert decode(taken_for_latin1.encode(), label) == "“It’s €5 – fine…”"


@pytest.mark.parametrize(
    "label", ["rot13", "zip", "hex", "unicode_escape", "idna", "x" * 9000, "\0"]
)
def test_a_label_that_is_no_charset_is_ignored(label):
    assert decode("考试".encode(), label) == "考试"


def test_utf8_that_lost_its_last_bytes_is_still_utf8():
    assert decode("认证考试安排".encode()[:-1] * 3, "utf-8").startswith("认证考试安")


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [
            "",
            "gb2312",
            "utf-8",
            "utf-7",
            "hz",
            "iso-2022-jp",
            "utf-16",
            "big5",
            "cp1252",
            "nonsense",
        ]
    ),
)
def test_decoding_never_raises_and_never_leaves_what_a_database_refuses(data, label):
    """BEHAVIOURS 24: a wrong label never raises."""
    text = decode(data, label)
    assert "\0" not in text
    text.encode("utf-8")


@given(
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3),
    st.sampled_from(["gb2312", "gbk", "x-gbk", "cp936"]),
)
def test_chinese_survives_every_name_of_gb(text, label):
    raw = text.encode("gb18030")
    assume(not is_utf8(raw))  # such bytes practically always are that: "逻涡", not "閫绘丁"
    assert decode(raw, label) == text


def is_utf8(raw: bytes) -> bool:
    try:
        return bool(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False
