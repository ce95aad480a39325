"""Attachments: what they are called, and that they are the bytes that were sent (BEHAVIOURS 26)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import SAMPLES, html, mail, sample

from channels.email.filenames import safe_name


def names(sample_name: str) -> list[str]:
    return [attachment.name for attachment in sample(sample_name).attachments]


def test_pictures_within_an_outlook_mail_are_inline():
    """BEHAVIOURS 26: Outlook inline images."""
    message = sample("outlook-zh-desktop-inline-image")
    (picture,) = message.attachments
    assert (picture.name, picture.inline) == ("image001.png", True)
    assert picture.content_id == "image001.png@01DB3D9D.6A934C30"
    assert 'data-cid="image001.png@01DB3D9D.6A934C30"' in (message.html or "")


def test_winmail_dat_is_kept_and_explained():
    """BEHAVIOURS 26."""
    assert names("attachment-winmail") == ["winmail.dat"]
    assert "winmail.dat" in sample("attachment-winmail").warnings[0]


def test_an_invitation_is_an_attachment():
    """BEHAVIOURS 26: calendar invites."""
    message = sample("attachment-invite")
    assert [attachment.content_type for attachment in message.attachments] == ["text/calendar"]
    assert message.attachments[0].name == "invite.ics"
    assert message.text == "12 月 5 日现场考察，请接受邀请。"


@pytest.mark.parametrize("name", ["attachment-nested-message", "attachment-nested-message-base64"])
def test_a_message_within_a_message_is_a_file_named_by_its_subject(name):
    """BEHAVIOURS 26: nested message/rfc822 does not leak into the text."""
    message = sample(name)
    (nested,) = message.attachments
    assert nested.name == "学员的问题: 成绩-证书.eml"
    assert message.text == "见附件。"
    assert nested.data.startswith(b"From: Bob <bob@odd.example>\r\n")


def test_an_attached_message_is_exactly_the_bytes_that_were_sent():
    """BEHAVIOURS 26."""
    raw = (SAMPLES / "attachment-nested-message.eml").read_bytes()
    begin = raw.index(b"From: Bob")
    (nested,) = sample("attachment-nested-message").attachments
    expected = raw[begin : raw.index(b"\r\n--=_b--")]
    assert nested.sha256 == hashlib.sha256(expected).hexdigest()


def test_each_message_of_a_digest_is_an_attachment():
    assert [a.content_type for a in sample("attachment-digest").attachments] == [
        "message/rfc822"
    ] * 2


def test_names_are_read_in_every_notation_and_are_never_paths():
    """BEHAVIOURS 26: nameless parts, very long names, and names with path separators."""
    found = names("attachment-names")
    assert found[:6] == [
        "passwd",
        "合同.docx",
        "中心申请表.pdf",
        "平面图.pdf",
        "image-5.png",
        "invoicefdp.exe",
    ]
    assert found[6].startswith("很长的名字")
    assert found[6].endswith("….xls")
    assert len(found[6].encode()) <= 200
    assert found[7] == "年度 报告.doc"


@pytest.mark.parametrize(
    ("sample_name", "expected"),
    [
        ("attachment-raw-gbk-name", ["申请表.doc"]),
        ("attachment-smime-signed", ["smime.p7s"]),
        ("attachment-smime-sealed", ["smime.p7m"]),
        ("attachment-text-file", ["notes.txt"]),
        ("apple-mail-zh-pdf-between-texts", ["协议扫描件.pdf"]),
        ("163-new", ["揭牌仪式方案（终稿）.pdf"]),
        ("mime-several-texts", ["image-1.png"]),
    ],
)
def test_files_have_the_names_that_their_senders_gave(sample_name, expected):
    assert names(sample_name) == expected


def test_a_text_file_is_not_part_of_the_text():
    assert sample("attachment-text-file").text == "见附件。"


def test_a_sealed_mail_says_so():
    assert "sealed" in sample("attachment-smime-sealed").warnings[0]


@pytest.mark.parametrize("disposition", ["inline", "attachment; filename=seal.png"])
def test_a_picture_that_the_html_shows_is_inline_whatever_its_disposition(disposition):
    message = mail(
        "--q\r\nContent-Type: text/html\r\n\r\n<p><img src='cid:seal%40x'></p>\r\n"
        f"--q\r\nContent-Type: application/octet-stream\r\nContent-Disposition: {disposition}\r\n"
        "Content-ID: <seal@x>\r\n\r\nPNG\r\n--q--\r\n",
        "Content-Type: multipart/related; boundary=q",
    )
    assert [file.inline for file in message.attachments] == [True]


def test_a_picture_pasted_into_the_html_becomes_an_attachment():
    message = sample("attachment-picture-in-html")
    (picture,) = message.attachments
    assert picture.data.startswith(b"\x89PNG")
    assert message.html == f'<p>截图：</p><img data-cid="{picture.content_id}">'


def test_a_mail_that_is_nothing_but_a_picture_has_it_attached():
    message = mail(b"\xff\xd8\xff", "Content-Type: image/jpeg", "Content-Transfer-Encoding: binary")
    assert [(a.name, a.data) for a in message.attachments] == [("image-1.jpg", b"\xff\xd8\xff")]
    assert message.text == ""


def test_a_picture_that_the_html_does_not_show_can_still_be_opened():
    message = html('<img src="cid:gone@x">')
    assert message.html == '<img data-cid="gone@x">'
    assert message.attachments == ()


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_too_long_for_a_disk(text):
    name = safe_name(text)
    assert "/" not in name
    assert "\\" not in name
    assert name not in {".", ".."}
    assert len(name.encode("utf-8", "replace")) <= 200
    assert not any(ord(char) < 32 or char in "\u202e\u200f" for char in name)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ("Content-Type: application/pdf; filename=plan.pdf", "plan.pdf"),
        (
            "Content-Type: application/pdf\r\nContent-Disposition: attachment; name=plan.pdf",
            "plan.pdf",
        ),
        ("Content-Type: application/pdf\r\nContent-Description: 平面图.pdf", "平面图.pdf"),
        ("Content-Type: image/png\r\nContent-Location: plan.png", "plan.png"),
        ("Content-Type: application/pdf\r\nContent-Description: Floor plan", "attachment-1.pdf"),
        ("Content-Type: image/png\r\nContent-Location: https://c.example/a.png", "image-1.png"),
    ],
)
def test_a_name_is_found_where_programs_misplace_it(fields, name):
    """BEHAVIOURS 26."""
    message = mail(
        f"--b\r\n{fields}\r\n\r\nx\r\n--b--", "Content-Type: multipart/mixed; boundary=b"
    )
    assert [file.name for file in message.attachments] == [name]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*0*=utf-8''%E8%AF%81%E; filename*1*=4%B9%A6.pdf", "证书.pdf"),
        ('filename="%E8%AF%81%E4%B9%A6.pdf"', "证书.pdf"),
        ("filename=\"utf-8''%E8%AF%81%E4%B9%A6.pdf\"", "证书.pdf"),
        ("filename=\"gbk''%D6%A4%CA%E9.pdf\"", "证书.pdf"),
        ('filename="rate 100%25.pdf"', "rate 100%25.pdf"),
        ('filename="%FFplan.pdf"', "%FFplan.pdf"),
        ('filename="plan "north wing" (2).pdf"; size=3', 'plan "north wing" (2).pdf'),
        ('filename="plan.pdf"size=3', "plan.pdf"),
        ("filename='plan of floors.pdf'", "plan of floors.pdf"),
        ("filename*0*=utf-8''%E8%AF%81\r\n filename*1*=%E4%B9%A6.pdf", "证书.pdf"),
        ("filename=plan of a*b=c.pdf", "plan of a*b=c.pdf"),
    ],
)
def test_a_name_is_read_however_it_is_quoted_and_escaped(disposition, name):
    message = mail(
        "%PDF", "Content-Type: application/pdf", f"Content-Disposition: attachment; {disposition}"
    )
    assert [file.name for file in message.attachments] == [name]


@pytest.mark.parametrize(
    "coded",
    [
        "begin 644 plan.txt\r\n#0V%T\r\n`\r\nend\r\n",
        "begin-base64 644 plan.txt\r\nQ2F0\r\n====\r\n",
    ],
    ids=["uuencode", "uuencode -m"],
)
def test_a_file_that_is_uuencoded_within_the_text_becomes_an_attachment(coded):
    message = mail(f"See the plan.\r\n\r\n{coded}\r\nAnn")
    (plan,) = message.attachments
    assert (plan.name, plan.content_type, plan.data) == ("plan.txt", "text/plain", b"Cat")
    assert message.text == "See the plan.\n\n\nAnn"


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 plan.txt\n#0V%T",
        "begin 644 plan.txt\nSee below.\nend",
        "begin 2026 with the exams\nend",
        "begin 644 ..\n#0V%T\nend",
        "begin-base64 644 plan.txt\nQ2F0\nsee below",
    ],
)
def test_words_that_only_look_like_a_file_stay_words(text):
    message = mail(text)
    assert (message.text, message.attachments) == (text, ())


def test_a_file_from_an_old_macintosh_is_one_attachment():
    message = mail(
        "--q\r\nContent-Type: application/applefile; name=plan.pdf\r\n\r\nicon\r\n"
        "--q\r\nContent-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF\r\n--q--\r\n",
        "Content-Type: multipart/appledouble; boundary=q",
    )
    assert [(file.name, file.data) for file in message.attachments] == [("plan.pdf", b"%PDF")]
