"""What people do on the pages, by what they see there."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.scenarios.conftest import Desk


def sign_in(page: Page, desk: Desk, address: str) -> None:
    """Sign in through the form."""
    page.goto(f"{desk.url}/sign-in")
    page.get_by_label("邮箱").fill(address)
    page.get_by_label("密码").fill(desk.password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def reply_on_the_ticket(page: Page, text: str) -> None:
    """Write a reply on the open ticket and send it."""
    page.locator("#compose-text").fill(text)
    page.locator("[data-main-send]").click()
    page.wait_for_load_state()


def file_a_ticket(page: Page, desk: Desk, subject: str, text: str) -> None:
    """File a ticket in the portal, about the certification exam."""
    page.goto(f"{desk.url}/portal/new")
    page.locator("[name=topic]").select_option("certification_exam")
    page.locator("[name=subject]").fill(subject)
    page.locator("[name=text]").fill(text)
    page.locator("main form button.main").click()
    page.wait_for_url("**/filed")
