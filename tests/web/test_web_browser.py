"""The pages in a real browser: keys, countdown, drafts, without scripts, and for everybody."""

from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from helpdesk.web import requests
from tests.web.pages import PASSWORD, at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "phone": (390, 844)}
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*QUIET, "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def address(desk: Flask) -> Iterator[str]:
    """Serve the desk for the test and return where."""
    server = make_server("127.0.0.1", 0, desk, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Return a way to open a page signed in; nothing may be said on the console."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def enter(
        path: str, *, size: str = "wide", language: str = "en", theme: str = "light", script=True
    ) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            base_url=address,
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": address}
                for name, value in (("lang", language), ("theme", theme))
            ]
        )
        page = context.new_page()
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto("/sign-in")
        page.fill("#f-email", "wu@office.test")
        page.fill("#f-password", PASSWORD)
        page.click("main button.main")
        page.wait_for_url("**/queue/**")
        page.goto(path)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert said == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_can_be_used_by_everybody(visit, open_ticket, size, theme):
    number = open_ticket("考试报名系统无法上传学员名单", "20 9:55")
    page = visit("/queue/first_reply", size=size, theme=theme, language="zh")

    for path in ("/queue/first_reply", f"/tickets/{number}?view=first_reply", "/queue/resolved"):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def test_keys_walk_the_list_open_a_ticket_and_write_a_note(visit, open_ticket):
    open_ticket("First", "20 10:00")
    second = open_ticket("Second", "20 11:00")
    page = visit("/queue/first_reply")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{second}?view=first_reply")
    page.keyboard.press("n")

    expect(page.locator("#compose-text")).to_be_focused()
    expect(page.locator("button.note-only")).to_be_visible()


def test_a_promise_counts_down_and_stands_still_at_lunch(visit, open_ticket, monkeypatch):
    number = open_ticket("Before lunch", "20 15:40")  # due Monday 15:40
    monkeypatch.setattr(requests, "_clock", lambda: at("23 11:50"))
    page = visit(f"/tickets/{number}")
    promise = page.locator(".ticket [data-countdown]")
    expect(promise).to_contain_text("2 h 20 min left")

    page.clock.install()
    page.reload()
    page.clock.fast_forward("05:00")
    page.clock.run_for("00:06")
    expect(promise).to_contain_text("2 h 14 min left")
    page.clock.fast_forward("30:00")
    page.clock.run_for("00:06")
    expect(promise).to_contain_text("2 h 10 min left · Lunch break · resumes 13:30")
    expect(page.locator("[data-hours]")).to_contain_text("12:25 · Lunch break")


def test_a_draft_is_saved_while_typing_and_a_note_is_a_text_of_its_own(visit, open_ticket):
    number = open_ticket()
    page = visit(f"/tickets/{number}")

    page.fill("#compose-text", "For the college")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    page.keyboard.press("Escape")
    page.locator("label", has_text="Internal note").click()
    expect(page.locator("#compose-text")).to_have_value("")
    page.locator("label", has_text="Reply").first.click()
    expect(page.locator("#compose-text")).to_have_value("For the college")
    page.reload()
    expect(page.locator("#compose-text")).to_have_value("For the college")


def test_ctrl_enter_sends_and_waits(visit, open_ticket):
    number = open_ticket()
    page = visit(f"/tickets/{number}")

    page.fill("#compose-text", "We will come.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".toasts")).to_contain_text("Reply on its way.")
    expect(page.locator(".ticket > header")).to_contain_text("Waiting for them")
    expect(page.locator("#compose-text")).to_have_value("")


def test_without_scripts_a_reply_is_sent_all_the_same(visit, open_ticket):
    number = open_ticket()
    page = visit(f"/tickets/{number}", script=False)

    page.fill("#compose-text", "We will come.")
    page.click("[data-main-send]")

    expect(page.locator(".msg.ours")).to_contain_text("We will come.")


def test_the_menu_opens_on_a_phone_without_scripts(visit, open_ticket):
    page = visit("/queue/first_reply", size="phone", script=False)
    expect(page.locator("#menu")).to_be_hidden()

    page.click(".burger")

    expect(page.locator("#menu")).to_be_visible()


def test_the_language_is_switched_by_one_click_and_stays(visit, desk):
    page = visit("/queue/first_reply")

    page.click("summary[aria-label^='Account']")
    page.click("text=简体中文")

    expect(page.locator("h1")).to_have_text("待首次回复")
