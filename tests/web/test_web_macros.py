"""Macros: written in the settings, filled in for a ticket, put where one writes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Macro, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import macros, replies
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at, post

CHEN = Viewer(1, "agent", "陈静", "chen@office.test", agent_id=1)
GREETING = "{name}，您好！工单 {number}（{subject}）我们会在 {due} 前答复。{agent} · {office}"


def written(name="收到", zh=GREETING, en="", topic=None) -> int:
    with transaction() as session:
        texts = {"zh": zh, "en": en}
        row = macros.save(
            session, None, name=name, topic=topic, texts=texts, by="管理员", now=at("2 9:00")
        )
        return row.id


def filled(row, number) -> str:
    with transaction() as session:
        return macros.filled(
            session,
            session.get_one(Macro, row),
            session.get_one(Ticket, number),
            CHEN,
            now=at("23 10:40"),
        )


def test_words_in_braces_become_what_they_stand_for(open_ticket):
    number = open_ticket()
    assert filled(written(), number) == (
        f"周敏，您好！工单 #{number}（无法上传名单）我们会在 11月24日 周二 10:00 前答复。"
        "陈静 · 认证管理办公室"
    )


def test_nobody_is_promised_an_answer_by_a_time_that_is_over(open_ticket):
    number = open_ticket("晚了的", "18 10:00")

    assert filled(written(zh="我们会在 {due} 前答复。"), number) == "我们会在 ____ 前答复。"


def test_what_a_ticket_does_not_have_is_left_out(open_ticket):
    number = open_ticket()
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        replies.reply(session, ticket, CHEN, "好", now=at("23 10:30"))
    assert filled(written(zh="[{center}][{due}]"), number) == "[][]"


def test_a_center_is_named(open_ticket):
    number = open_ticket()
    with transaction() as session:
        center = Center(code="CD017", name="成都认证中心", created_at=at("2 9:00"))
        session.get_one(Ticket, number).center = center
    assert filled(written(zh="{ center }"), number) == "成都认证中心"


@pytest.mark.parametrize(("locale", "told"), [("zh", "中文"), ("en", "English"), (None, "中文")])
def test_the_requester_s_language_is_chosen(open_ticket, locale, told):
    number = open_ticket()
    with transaction() as session:
        session.get_one(Ticket, number).requester.locale = locale
    assert filled(written(zh="中文", en="English"), number) == told


def test_a_text_in_one_language_alone_is_taken_for_everybody(open_ticket):
    assert filled(written(zh="", en="English"), open_ticket()) == "English"


@pytest.mark.parametrize(
    ("text", "told"),
    [("{}", "{}"), ("{ }", "{ }"), ("{not closed", "{not closed"), ("{{name}", "{周敏")],
)
def test_other_braces_stay_as_they_are(open_ticket, text, told):
    assert filled(written(zh=f"a {text} b"), open_ticket()) == f"a {told} b"


def test_a_word_that_means_nothing_is_refused_and_named(desk):
    with pytest.raises(Refusal) as refused:
        written(zh="{nmae}，您好")
    assert (refused.value.code, refused.value.field) == ("unknown_word", "zh")
    assert "{nmae}" in refused.value.sentence


def test_a_requester_cannot_smuggle_words_in(open_ticket):
    """What stands in a subject is not filled in a second time."""
    number = open_ticket(subject="{agent}")
    assert filled(written(zh="{subject}"), number) == "{agent}"


def test_those_of_the_topic_come_first(open_ticket):
    written("一般")
    written("考试", topic="certification_exam")
    with transaction() as session:
        names = [row.name for row in macros.listing(session, "certification_exam")]
    assert names == ["考试", "一般"]


def test_an_administrator_writes_changes_and_deletes_one(admin):
    client = admin()
    post(client, "/settings/macros/new", {"name": "收到", "zh": "收到。"})
    post(client, "/settings/macros/1", {"name": "已收到", "zh": "已收到。"})
    assert "已收到" in client.get("/settings/macros").text

    post(client, "/settings/macros/1/deletion", {})
    db.session.rollback()
    assert db.session.scalars(select(Macro)).all() == []


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "zh": "收到。"},
        {"name": "新的", "zh": "", "en": ""},
        {"name": "新的", "zh": "{wrong} 很长的一段话"},
        {"name": "已有", "zh": "重名"},
        {"name": "新的", "zh": "收到", "topic": "nonsense"},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(admin, form):
    written("已有")
    answer = post(admin(), "/settings/macros/new", form)
    assert answer.status_code in (400, 422)
    assert form["zh"] in answer.text


def test_without_scripts_one_is_put_below_what_was_typed(sign_in, open_ticket):
    number, row = open_ticket(), written(zh="{name}，您好！")
    client = sign_in()
    listed = post(client, f"/tickets/{number}/macros", {"kind": "reply", "text": "先写"})
    assert "收到" in listed.text

    told = post(
        client,
        f"/tickets/{number}/macros",
        {"kind": "reply", "text": "先写", "macro": str(row)},
    )
    assert "先写\n\n周敏，您好！" in told.text


def test_one_that_is_gone_is_refused(sign_in, open_ticket):
    path = f"/tickets/{open_ticket()}/macros"
    assert post(sign_in(), path, {"macro": "7"}).status_code == 404


def test_centers_do_not_see_them(sign_in, open_ticket):
    number = open_ticket()
    assert sign_in("zhou@college.test").get(f"/tickets/{number}/macros").status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_clicks_put_one_where_one_writes(visit, open_ticket):
    number = open_ticket()
    written(zh="{name}，您好！")
    page = visit(f"/tickets/{number}", language="zh", email="chen@office.test")

    page.click(".macro-menu summary")
    page.click(".macro")

    expect(page.locator("#compose-text")).to_have_value("周敏，您好！\n")


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@in_every_look
def test_the_pages_can_be_used_by_everybody(visit, admin, open_ticket, size, theme):
    admin()
    number = open_ticket()
    written("很长的名字" * 18, zh="很长的一段话。" * 200, topic="certification_exam")
    look = {"size": size, "theme": theme, "language": "zh"}
    for path in ("macros", "macros/new", "macros/1"):
        assert_usable(visit(f"/settings/{path}", email="admin@office.test", **look))
    page = visit(f"/tickets/{number}", email="chen@office.test", **look)
    page.locator("#compose-text").focus()  # where room is scarce the rest of the form comes then
    page.click(".macro-menu summary")
    page.wait_for_selector(".macro")
    assert_usable(page)
