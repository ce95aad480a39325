"""When something cannot be done: what happened is said, and what was typed is given back."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import exc
from werkzeug import formparser

from helpdesk import extensions
from helpdesk.extensions import db
from helpdesk.services.desk import replies
from helpdesk.web.ticket import LONGEST_MESSAGE
from tests.web.pages import post, ticket_of

TEXT = "很长的回复，\n写了一个上午。"


def reply(client, number, **more):
    data = {"kind": "reply", "text": TEXT, "then": "waiting", "seen": 99, **more}
    return post(client, f"/tickets/{number}/messages", data, content_type="multipart/form-data")


def given_back(answer) -> bool:
    """Say whether the page holds a form that sends the same words again."""
    again = answer.text.split('<form class="card form"')[1]
    return TEXT in again.replace("\r\n", "\n") and 'name="then" value="waiting"' in again


def test_files_above_the_limit_are_refused_on_the_page_itself(desk, sign_in, open_ticket):
    number, client = open_ticket(), sign_in()
    config = desk.extensions["helpdesk.config"]
    desk.extensions["helpdesk.config"] = replace(config, max_upload=1000)

    answer = reply(client, number, files=(BytesIO(b"0" * 1001), "big.bin"))

    assert answer.status_code == 413
    assert TEXT in answer.text
    assert 'id="compose-text"' in answer.text


def test_a_request_too_large_to_be_read_gives_the_words_back(desk, sign_in, open_ticket):
    number, client = open_ticket(), sign_in()
    desk.config["MAX_CONTENT_LENGTH"] = 100_000

    answer = reply(client, number, files=(BytesIO(b"0" * 300_000), "huge.bin"))

    assert answer.status_code == 413
    assert given_back(answer)
    assert len(ticket_of(number).messages) == 1


@pytest.mark.parametrize("content_type", ["multipart/form-data", "text/plain", "multipart/x; a"])
def test_a_large_body_that_is_no_form_is_refused_all_the_same(desk, content_type):
    desk.config["MAX_CONTENT_LENGTH"] = 1000

    answer = desk.test_client().post("/sign-in", data=b"0" * 5000, content_type=content_type)

    assert answer.status_code == 413


@pytest.mark.parametrize("words", ["text=" + "%E6%97%A0" * 250_000, "a&" * 10_001])
def test_a_form_without_files_is_refused_before_it_takes_the_memory(desk, monkeypatch, words):
    monkeypatch.setattr(formparser, "parse_qsl", pytest.fail)

    answer = desk.test_client().post(
        "/sign-in", data=words, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 413


def test_the_longest_message_in_chinese_is_taken(sign_in, open_ticket):
    number = open_ticket()
    typed = {"kind": "note", "text": "长" * LONGEST_MESSAGE}

    assert post(sign_in(), f"/tickets/{number}/messages", typed).status_code == 302


@pytest.mark.parametrize(
    "trouble",
    [
        exc.OperationalError("INSERT", {}, Exception("server closed")),
        exc.TimeoutError("pool exhausted"),
    ],
)
def test_a_database_that_does_not_answer_gives_the_form_back(
    sign_in, open_ticket, monkeypatch, trouble
):
    number, client = open_ticket(), sign_in()

    def fail(*args, **options):
        raise trouble

    monkeypatch.setattr(replies, "reply", fail)
    answer = reply(client, number)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert given_back(answer)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_database_gives_the_form_back_and_takes_it_afterwards(
    sign_in, open_ticket, monkeypatch
):
    number, client = open_ticket(), sign_in()
    monkeypatch.setattr(extensions, "BUSY_MILLISECONDS", 50)
    db.session.remove()
    db.engine.dispose()

    with closing(sqlite3.connect(db.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = reply(client, number)
        other.execute("ROLLBACK")
    again = reply(client, number)

    assert locked.status_code == 503
    assert given_back(locked)
    assert again.status_code == 302
    assert ticket_of(number).messages[-1].text == TEXT


def test_an_expired_form_gives_its_words_back_and_no_password(desk):
    answer = desk.test_client().post(
        "/sign-in", data={"email": "chen@office.test", "password": "geheim-1", "again": "geheim-1"}
    )

    assert answer.status_code == 400
    assert 'value="chen@office.test"' in answer.text
    assert "geheim" not in answer.text
