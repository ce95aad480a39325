"""``helpdesk email parse``: one JSON line a mail, with keys that scripts rely on."""

from __future__ import annotations

import json

from click.testing import CliRunner
from parsing_helpers import SAMPLES

from helpdesk.cli import helpdesk

KEYS = """
    path message_id in_reply_to references date from reply_to to cc subject text reply_text html
    auto attachments warnings
"""


def parse(*arguments: str):
    return CliRunner().invoke(helpdesk, ["email", "parse", *arguments])


def lines(*arguments: str) -> list[dict]:
    return [json.loads(line) for line in parse(*arguments, "--json").stdout.splitlines()]


def test_a_mail_becomes_one_json_line_with_stable_keys():
    path = str(SAMPLES / "163-new.eml")
    (value,) = lines(path)
    assert list(value) == KEYS.split()
    assert value["path"] == path
    assert value["message_id"] == "<6f1a2b3c.1a2b.18c0d5e6f70.Coremail.chenjianguo@163.example>"
    assert value["date"] == "2026-11-23T07:30:00Z"
    assert value["from"] == {"name": "陈建国", "address": "chenjianguo@163.example"}
    assert value["to"] == [{"name": "认证管理办公室", "address": "support@chinamiec.example"}]
    (attachment,) = value["attachments"]
    assert set(attachment) == {"name", "content_type", "size", "sha256", "inline"}
    assert attachment["size"] == 69


def test_what_is_missing_is_null_or_empty():
    (value,) = lines(str(SAMPLES / "header-missing-message-id.eml"))
    assert value["message_id"] is None
    assert value["in_reply_to"] is None
    assert value["html"] is None
    assert value["auto"] is None
    assert value["references"] == value["cc"] == value["attachments"] == []


def test_a_mail_that_cannot_be_read_is_reported_and_the_next_one_goes_on():
    """BEHAVIOURS 25."""
    found = lines(str(SAMPLES / "unreadable" / "empty.eml"), str(SAMPLES / "qq-new.eml"))
    assert set(found[0]) == {"path", "error"}
    assert found[0]["error"] == "The mail is empty."
    assert found[1]["subject"] == "关于12月中级认证考试报名的咨询"


def test_a_path_that_does_not_exist_ends_with_one_sentence_after_the_others():
    result = parse("nowhere.eml", str(SAMPLES / "qq-new.eml"), "--json")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == "Error: There is no file or folder nowhere.eml.\n"


def test_a_folder_gives_one_line_for_each_mail_in_it():
    assert [line["subject"] for line in lines(str(SAMPLES / "mailboxes"))] == [
        f"mail {number}" for number in (1, 2, 3, 7, 5, 6, 4)
    ]


def test_without_json_people_get_a_summary():
    result = parse(str(SAMPLES / "163-new.eml"), str(SAMPLES / "unreadable" / "empty.eml"))
    assert result.exit_code == 0
    assert "From:    陈建国 <chenjianguo@163.example>" in result.stdout
    assert "Attached: 揭牌仪式方案（终稿）.pdf (69 bytes)" in result.stdout
    assert "cannot be read: The mail is empty." in result.stdout
