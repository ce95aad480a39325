"""The microblog's pages in a real browser: for everybody, and counting like the server."""

import pytest
from playwright.sync_api import expect

from channels.microblog.length import weibo_length, x_length
from helpdesk.extensions import db, transaction
from helpdesk.models import Login
from tests.services.microblog.microblogs import Blog, add_account, set_secrets
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

NOW = at("23 10:40")
SAID = [
    "您好，下周一截止。",
    "abc",
    "见 https://miec.example.cn/a?x=1，谢谢",
    "see example.com/x now",
    "👩‍💻👍🏽🇨🇳1️⃣ ok → “done”",
    "字" * 150,
]


@pytest.fixture
def blog(desk, microblog_server, monkeypatch):
    """Return a way to have an account that brought one ticket, and the ticket's number."""
    set_secrets(monkeypatch)

    def connect(network):
        number = add_account(db.session(), microblog_server, network, now=NOW)
        blog = Blog(db.session(), microblog_server, number, NOW)
        if network == "x":
            microblog_server.tweet("@miec how do I register?", at=at("23 10:00"))
        else:
            microblog_server.mention("@认证办 什么时候报名？", at=at("23 10:00"))
        blog.read()
        return number, blog.tickets()[0].id

    with transaction() as session:  # the browser signs in as the manager
        login = session.query(Login).filter_by(email="wu@office.test").one()
        login.role = login.agent.role = "admin"
    return connect


@in_every_look
def test_pages_can_be_used_by_everybody(visit, blog, size, theme):
    account, ticket = blog("weibo")
    page = visit("/settings/microblogs", size=size, theme=theme, language="zh")

    for path in (
        "/settings/microblogs",
        f"/settings/microblogs/{account}",
        f"/tickets/{ticket}",
        "preview",
    ):
        if path == "preview":
            page.locator("#compose-text").fill("您好，下周一截止。")
            page.locator("#via-public").check()
            page.locator("[data-main-send]").click()
            expect(page.locator("[data-preview]")).to_be_visible()
        else:
            page.goto(path)
        assert_usable(page)


@pytest.mark.parametrize(("network", "count"), [("weibo", weibo_length), ("x", x_length)])
def test_the_page_counts_as_the_server_does(visit, blog, network, count):
    _, ticket = blog(network)
    page = visit(f"/tickets/{ticket}")
    page.locator("#via-public").check()

    for text in SAID:
        page.locator("#compose-text").fill(text)
        shown = page.locator("[data-post-count]").inner_text()
        assert shown.split()[0].rstrip(",") == str(count(text)), text


def test_without_scripts_an_answer_is_previewed_and_sent(visit, blog):
    _, ticket = blog("weibo")
    page = visit(f"/tickets/{ticket}", script=False)

    page.locator("#compose-text").fill("您好，下周一截止。")
    page.get_by_text("Public: everybody").click()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Send and wait for them").click()

    expect(page.locator(".talk")).to_contain_text("您好，下周一截止。")
