"""Mail on disk: files, mboxes, Maildirs and folders of any of these."""

from __future__ import annotations

import pytest
from parsing_helpers import SAMPLES

from channels.email.files import messages_in, split_mbox

BOXES = SAMPLES / "mailboxes"


def labels(path) -> list[str]:
    return [label.removeprefix(f"{BOXES}/") for label, _raw in messages_in(path)]


def test_a_folder_is_read_through_in_order():
    assert labels(BOXES) == [
        "archive.box#1",
        "archive.box#2",
        "archive.box#3",
        "maildir/.Archive/cur/1795399100.M4P1.mx:2,S",
        "maildir/cur/1795399200.M1P1.mx:2,S",
        "maildir/new/1795399300.M2P1.mx",
        "single.box",
    ]


def test_an_mbox_with_one_mail_keeps_its_plain_path():
    assert labels(BOXES / "single.box") == ["single.box"]


def test_a_sentence_that_begins_with_from_does_not_split_a_mail():
    raws = [raw for _label, raw in messages_in(BOXES / "archive.box")]
    assert all(raw.startswith(b"From: Ann") for raw in raws)
    assert all(b"From here on everything is text" in raw for raw in raws)


def test_escaped_from_lines_are_unescaped():
    second = [raw for _label, raw in messages_in(BOXES / "archive.box")][1]
    assert b"\nFrom the archive." in second


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    "separator",
    [
        b"From a@b.cn Mon Nov 23 10:00:00 2026",
        b"From - Mon Nov 23 10:00:00 2026",
        b"From MAILER-DAEMON Mon Nov  2 02:00:00 +0000 2026",
        b"From 1234567@xxx Mon Nov 23 02:00:00 +0000 2026",
        b"From a@b.cn 2026-11-23 10:00:00",
    ],
)
def test_separators_of_every_program_are_known(separator, end):
    mail = b"Subject: x" + end + end + b"hello" + end
    raws = list(split_mbox((separator + end + mail + end) * 2))
    assert raws[0] == mail
    assert len(raws) == 2


def test_a_separator_needs_an_empty_line_above_and_a_field_below():
    raw = (
        b"From a@b.cn Mon Nov 23 10:00:00 2026\nSubject: x\n\ntext\n"
        b"From a@b.cn Mon Nov 23 10:00:00 2026\nSubject: no empty line above\n\n"
        b"From a@b.cn Mon Nov 23 10:00:00 2026\nno field below\n"
    )
    assert len(list(split_mbox(raw))) == 1


def test_a_file_that_is_no_mbox_is_one_mail_untouched():
    raw = b"Subject: x\r\n\r\n>From me\r\n\r\nFrom a@b.cn Mon Nov 23 10:00:00 2026\r\nX: y\r\n"
    assert list(split_mbox(raw)) == [raw]


def test_a_path_that_does_not_exist_is_said_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        list(messages_in(tmp_path / "gone"))


def test_a_file_that_cannot_be_opened_is_reported_and_the_next_one_goes_on(tmp_path, monkeypatch):
    (tmp_path / "a.eml").write_bytes(b"Subject: a\n\n")
    (tmp_path / "b.eml").write_bytes(b"Subject: b\n\n")
    read = type(tmp_path).read_bytes

    def refuse(path):
        if path.name == "a.eml":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(type(tmp_path), "read_bytes", refuse)
    errors: list[str] = []
    found = list(messages_in(tmp_path, lambda label, error: errors.append(f"{label}: {error}")))
    assert [label for label, _raw in found] == [str(tmp_path / "b.eml")]
    assert len(errors) == 1
    with pytest.raises(PermissionError):
        list(messages_in(tmp_path))


def test_a_folder_that_links_to_itself_is_read_once(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"Subject: a\n\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(list(messages_in(tmp_path))) == 1
