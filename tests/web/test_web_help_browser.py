"""The help centre and its editor in a real browser: for everybody, live, and without scripts."""

import pytest
from playwright.sync_api import expect

from helpdesk.extensions import transaction
from helpdesk.services.access import Viewer
from helpdesk.services.help_center import articles
from tests.web.browsing import SIZES, assert_usable, in_every_look
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

WRITER = Viewer(login_id=1, role="manager", name="吴昊", email="wu@office.test", agent_id=2)
BODY = (
    "先**报名**，再上传 `名单.xlsx`。\n\n## 格式\n\n| 列 | 说明 |\n|---|---|\n| 姓名 | 与证件一致 |\n\n"
    "1. 填表\n   - 每行一人\n2. 上传\n\n> 名单考前交齐。\n\n```\n" + "长" * 300 + "\n```\n"
)


@pytest.fixture
def shelf(desk) -> int:
    """Put two articles on the shelf, one in both languages; return the first one's number."""
    with transaction() as session:
        for slug, topic, texts in (
            ("exam", "certification_exam", {"zh": "认证考试报名与名单上传", "en": "Registration"}),
            ("fees", "certification_exam", {"zh": "考试费标准"}),
        ):
            row = articles.create(session, WRITER, topic=topic, slug=slug, now=at("2 9:00"))
            for code, title in texts.items():
                text = articles.save(
                    session, WRITER, row, code, title=title, body=BODY, seen=0, now=at("2 9:00")
                )
                articles.publish(session, WRITER, text, seen=1, now=at("2 9:10"))
        return row.id - 1


@in_every_look
def test_every_page_can_be_used_by_everybody(visit, shelf, size, theme):
    language = "zh" if size == "wide" else "en"  # the longer words where there is less room
    page = visit("/help", size=size, theme=theme, language=language)

    for path in (
        "/help",
        "/help/certification_exam",
        "/help/articles/exam",
        "/help/search?q=名单",
        "/help/search?q=zzz",
        "/contact",
        "/ask",
        "/articles",
        "/articles/new",
        f"/articles/{shelf}/zh",
        f"/articles/{shelf}/zh/versions",
    ):
        page.goto(path)
        assert_usable(page)


def test_articles_appear_while_a_question_is_typed_and_sending_goes_on(visit, shelf):
    page = visit("/ask", language="zh")

    page.locator("#f-subject").press_sequentially("名单无法上传")

    expect(page.locator(".related a").first).to_contain_text("认证考试报名与名单上传")
    for field, text in (("name", "孙丽"), ("email", "sun@visitor.test"), ("text", "请问？")):
        page.fill(f"#f-{field}", text)
    page.click("#ask .actions button")
    page.wait_for_url("**/ask/filed")


def test_search_answers_while_one_types(visit, shelf):
    page = visit("/help/search", language="zh")

    page.locator("#seek").press_sequentially("考试费")

    expect(page.locator(".hits")).to_contain_text("考试费标准")
    expect(page.locator(".hits li")).to_have_count(1)


def test_a_vote_is_thanked_for_in_its_place(visit, shelf):
    page = visit("/help/articles/exam")

    page.click("#vote button[value=yes]")

    expect(page.locator("#vote")).to_contain_text("Thank you")
    expect(page.locator("#vote button")).to_have_count(0)


def test_the_preview_follows_and_what_is_typed_survives_a_reload(visit, shelf):
    page = visit(f"/articles/{shelf}/zh")

    page.fill("#f-body", "## 新的\n\n**粗体** <b>不是</b>")
    expect(page.locator("#preview strong")).to_have_text("粗体")
    expect(page.locator("#preview")).to_contain_text("<b>不是</b>")
    expect(page.locator("[data-saved]")).to_contain_text("Kept for you")

    page.reload()
    expect(page.locator("#f-body")).to_have_value("## 新的\n\n**粗体** <b>不是</b>")
    page.click("text=Drop it")
    expect(page.locator("#f-body")).to_have_value(BODY.rstrip())


def test_without_scripts_an_article_is_previewed_saved_and_published(visit, shelf):
    page = visit(f"/articles/{shelf}/en", script=False)

    page.fill("#f-body", "Quite **new**")
    page.click("button:has-text('Preview')")
    expect(page.locator("#preview strong")).to_have_text("new")
    page.click("button:has-text('Save and publish')")
    page.click("text=As the public sees it")

    expect(page.locator(".prose strong")).to_have_text("new")


def test_an_agent_puts_an_article_into_the_reply_where_the_cursor_is(visit, shelf, open_ticket):
    number = open_ticket("名单无法上传")
    page = visit(f"/tickets/{number}", language="zh")
    page.fill("#compose-text", "您好：")

    page.click(".article-menu summary")
    page.locator(".offer", has_text="名单上传").get_by_role("button", name="链接").click()

    expect(page.locator("#compose-text")).to_have_value(
        "您好：\n\n认证考试报名与名单上传\nhttp://helpdesk.test/help/articles/exam?lang=zh\n"
    )
    expect(page.locator(".article-menu .pop")).to_be_hidden()


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_the_menu_of_articles_can_be_used_by_everybody(visit, shelf, open_ticket, size):
    page = visit(f"/tickets/{open_ticket('名单无法上传')}", size=size, language="zh")

    page.focus("#compose-text")
    page.click(".article-menu summary")
    page.locator(".offer").first.wait_for()

    assert_usable(page)
    box = page.locator(".article-menu .pop").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= SIZES[size][0]
