"""A center files a ticket in the portal, the office answers, and both go on in their browsers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from helpdesk.models import Message, Notification, Target, Ticket
from tests.scenarios.conftest import Desk
from tests.scenarios.letters import answer, body, received, send
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import file_a_ticket, reply_on_the_ticket, sign_in

pytestmark = pytest.mark.browser

QUESTION = "考试报名名单无法上传，提示格式错误。"
REPLY = "请另存为 UTF-8 编码的 CSV 再上传。"


def _only_ticket(desk: Desk) -> Ticket:
    return look(desk.app, lambda s: s.scalars(select(Ticket)).one())


def test_a_ticket_of_the_portal_is_answered_and_goes_on_by_mail_and_portal(
    desk: Desk, page: Page, chromium: Browser
):
    """BEHAVIOURS 7."""
    sign_in(page, desk, desk.contact.address)
    file_a_ticket(page, desk, "无法上传名单", QUESTION)
    expect(page.locator("main")).to_contain_text("11月24日")
    ticket = _only_ticket(desk)
    assert (ticket.channel, ticket.topic) == ("web", "certification_exam")
    [acknowledgement] = received(desk.contact, 1)
    assert "11月24日 周二 10:0" in body(acknowledgement)

    agents = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    office = agents.new_page()
    sign_in(office, desk, desk.agent.address)
    office.get_by_role("link", name="无法上传名单").click()
    expect(office.locator("main")).to_contain_text(QUESTION)
    reply_on_the_ticket(office, REPLY)

    _, reply = received(desk.contact, 2)
    assert REPLY in body(reply)
    assert reply["In-Reply-To"] == acknowledgement["Message-ID"]
    page.goto(f"{desk.url}/portal/tickets/{ticket.id}")
    expect(page.locator("main")).to_contain_text(REPLY)

    page.locator("[name=text]").fill("已上传成功。")
    page.locator("main form button.main").click()
    expect(page.locator("main")).to_contain_text("已上传成功。")
    sender = desk.contact.address
    send(desk.smtp, answer(reply, "再次感谢！", sender=sender, at=desk.clock()))
    said = select(Message.text).where(Message.ticket_id == ticket.id, Message.direction == "in")
    eventually(
        lambda: "再次感谢！" in look(desk.app, lambda s: s.scalars(said).all()), "the mail's answer"
    )
    office.goto(f"{desk.url}/tickets/{ticket.id}")
    for words in (QUESTION, REPLY, "已上传成功。", "再次感谢！"):
        expect(office.locator("main")).to_contain_text(words)
    agents.close()
    assert _only_ticket(desk).id == ticket.id


def test_a_ticket_of_the_portal_that_nobody_answers_is_warned_and_breached(desk: Desk, page: Page):
    """BEHAVIOURS 7, 18."""
    sign_in(page, desk, desk.contact.address)
    file_a_ticket(page, desk, "铜牌何时寄出", QUESTION)
    page.context.clear_cookies()
    target = look(desk.app, lambda s: s.scalars(select(Target)).one())

    for instant, kind, words in (
        (target.risk_at, "warning", "还剩"),
        (target.due_at + timedelta(minutes=20), "breach", "已超时"),
    ):
        desk.clock.set(instant)
        told = select(Notification).where(Notification.kind == kind)
        eventually(lambda told=told: look(desk.app, lambda s: s.scalar(told)), f"the {kind}")
        page.context.clear_cookies()
        sign_in(page, desk, desk.agent.address)
        page.goto(f"{desk.url}/queue/due")
        row = page.locator(".item", has=page.get_by_role("link", name="铜牌何时寄出"))
        expect(row.locator(".promise")).to_contain_text(words)
