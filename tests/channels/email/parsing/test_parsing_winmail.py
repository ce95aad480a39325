"""What Outlook packs into winmail.dat comes out as the files that it was (BEHAVIOURS 26)."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from winmail_helpers import (
    BINARY,
    BODY,
    MESSAGE,
    NUMBER,
    OBJECT,
    PROPERTIES,
    SEVERAL,
    STRING,
    UNICODE,
    attribute,
    file,
    padded,
    properties,
    value,
    winmail,
    with_winmail,
)

from channels.email.compressed_rtf import decompressed
from channels.email.limits import Budget, Limits
from channels.email.tnef import read_winmail
from channels.errors import UnreadableMessage

HELLO = bytes.fromhex(  # the example of MS-OXRTFCP 4.1
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)


def test_its_files_replace_it():
    """BEHAVIOURS 26."""
    message = with_winmail(
        winmail(file("名册.xls".encode("gbk"), b"rows"), file(b"a.pdf", b"%PDF"))
    )
    assert [(f.name, f.content_type, f.data) for f in message.attachments] == [
        ("名册.xls", "application/vnd.ms-excel", b"rows"),
        ("a.pdf", "application/pdf", b"%PDF"),
    ]
    assert message.text == "见附件。"
    assert not message.warnings


def test_a_file_has_its_long_name_not_its_short_one():
    long = value(UNICODE, 0x3707, "二〇二六年监考员名册.docx\0".encode("utf-16-le"))
    (found,) = with_winmail(winmail(file(b"EREL~1.DOC", b"PK", long))).attachments
    assert found.name == "二〇二六年监考员名册.docx"


def test_a_name_with_a_path_is_a_name():
    (found,) = with_winmail(winmail(file(b"..\\..\\etc/passwd", b"x"))).attachments
    assert found.name == "passwd"


def test_a_file_without_a_name_gets_one():
    (found,) = with_winmail(winmail(file(b"", b"x"))).attachments
    assert found.name == "attachment-1.bin"


def test_a_picture_of_the_text_is_inline():
    shown = [
        value(STRING, 0x3712, b"image001.png@01DB\0"),
        value(STRING, 0x370E, b"image/png\0"),
    ]
    (found,) = with_winmail(winmail(file(b"image001.png", b"\x89PNG", *shown))).attachments
    assert (found.content_type, found.inline, found.content_id) == (
        "image/png",
        True,
        "image001.png@01DB",
    )


def test_its_words_are_read_where_the_mail_has_no_others():
    words = attribute(BODY, "机考名额不够。\0".encode("gbk"), level=1)
    assert with_winmail(winmail(words), text="").text == "机考名额不够。"
    assert with_winmail(winmail(words), text="在正文里。").text == "在正文里。"


def test_its_html_is_read_in_the_code_page_that_it_names():
    page = properties(
        value(NUMBER, 0x3FDE, pack("<I", 65001)),
        value(BINARY, 0x1013, "<p>机考名额<script>alert(1)</script></p>".encode()),
    )
    message = with_winmail(winmail(attribute(PROPERTIES, page, level=1)), text="")
    assert message.text == "机考名额"
    assert "script" not in (message.html or "")


def test_rich_text_alone_is_kept_as_a_document():
    rich = properties(value(BINARY, 0x1009, HELLO))
    message = with_winmail(winmail(attribute(PROPERTIES, rich, level=1)), text="")
    (found,) = message.attachments
    assert (found.name, found.content_type) == ("message.rtf", "application/rtf")
    assert found.data == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_properties_of_all_kinds_are_passed_over():
    named = pack("<HH", STRING, 0x8005) + b"g" * 16 + pack("<II", 1, 6) + padded(b"a\0b\0\0\0")
    named += pack("<II", 1, 3) + padded(b"abc")
    numbered = pack("<HH", NUMBER, 0x8006) + b"g" * 16 + pack("<III", 0, 7, 9)
    several = pack("<HHIII", NUMBER | SEVERAL, 0x3001, 2, 1, 2)
    instant = pack("<HHQ", 0x0040, 0x3007, 1)
    last = value(UNICODE, 0x3707, "末.txt\0".encode("utf-16-le"))
    data = winmail(file(b"x", b"x", named, numbered, several, instant, last))
    (found,) = with_winmail(data).attachments
    assert found.name == "末.txt"


def test_a_message_within_gives_its_files_and_its_words():
    inner = winmail(attribute(BODY, b"inner words\0", level=1), file(b"deep.txt", b"deep"))
    outer = winmail(file(b"note", b"", value(OBJECT, 0x3701, MESSAGE + inner)))
    found = {f.name: f.data for f in with_winmail(outer).attachments}
    assert found == {"note.txt": b"inner words", "deep.txt": b"deep"}


def test_what_breaks_off_is_kept_beside_what_came_out():
    whole = winmail(file(b"a.txt", b"first"), file(b"b.txt", b"second"))
    message = with_winmail(whole[:-20])
    assert [f.name for f in message.attachments] == ["winmail.dat", "a.txt"]
    assert "winmail.dat" in message.warnings[0]


def test_what_is_no_winmail_is_kept_and_explained():
    message = with_winmail(b"something else")
    assert [f.data for f in message.attachments] == [b"something else"]
    assert "winmail.dat" in message.warnings[0]


def test_messages_within_messages_are_bounded():
    """BEHAVIOURS 25."""
    data = winmail(file(b"x", b"x"))
    for _ in range(25):
        data = winmail(file(b"x", b"", value(OBJECT, 0x3701, MESSAGE + data)))
    with pytest.raises(UnreadableMessage) as refused:
        with_winmail(data)
    assert refused.value.code == "nested_too_deep"


def test_files_are_bounded():
    """BEHAVIOURS 25."""
    with pytest.raises(UnreadableMessage) as refused:
        with_winmail(winmail(*[file(b"x", b"x")] * 300))
    assert refused.value.code == "too_many_parts"


def test_announced_rich_text_beyond_the_limit_is_left():
    """BEHAVIOURS 25."""
    assert decompressed(HELLO[:4] + pack("<I", 2**31) + HELLO[8:]) == b""


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_raise_anything_but_a_refusal(noise, at):
    """BEHAVIOURS 25."""
    long = value(UNICODE, 0x3707, "名.txt\0".encode("utf-16-le"))
    data = winmail(file(b"a.txt", b"first", long), attribute(PROPERTIES, properties(long), 1))
    for hostile in (noise, data[:at] + noise + data[at:], data[:at] + noise):
        read_winmail(hostile, Budget(Limits()))


@given(st.binary(max_size=300))
def test_no_packed_text_raises(noise):
    """BEHAVIOURS 25."""
    decompressed(noise)
    decompressed(HELLO[:16] + noise)
