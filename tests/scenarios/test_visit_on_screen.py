"""A center asks for a visit in its browser, both agree on a date, and the report comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from helpdesk.models import Inbound, Message, Notification, Target, Visit
from tests.scenarios.conftest import Desk
from tests.scenarios.letters import body, received
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import sign_in
from tests.web.pages import at

pytestmark = pytest.mark.browser

PURPOSE = "新考场已布置完毕，请上门查看是否合格。"
PLACE = "成都市武侯区科园二路 3 号楼 201"


def ask_for_a_visit(page: Page, desk: Desk, subject: str) -> None:
    page.goto(f"{desk.url}/portal/")
    page.get_by_role("link", name="申请上门指导").click()
    page.locator("[name=topic]").select_option("venue_decoration")
    page.get_by_label("主题").fill(subject)
    page.get_by_label("事由").fill(PURPOSE)
    page.get_by_label("地点").fill(PLACE)
    page.locator("[name=phone]").fill("13800138000")
    page.locator("[name=day1]").fill("2026-11-25")
    page.locator("[name=from1]").fill("09:00")
    page.locator("[name=to1]").fill("12:00")
    page.locator("main form button.main").click()
    page.wait_for_url("**/filed")


def propose(page: Page, *dates: tuple[str, str, str]) -> None:
    form = page.locator("#propose")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    for n, (day, begins, ends) in enumerate(dates, start=1):
        form.locator(f"[name=day{n}]").fill(day)
        form.locator(f"[name=from{n}]").fill(begins)
        form.locator(f"[name=to{n}]").fill(ends)
    form.locator("button.main").click()


def write_the_report(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}/tickets/1/visit")
    form = page.locator("#report")
    form.locator("[name=done]").fill("检查了两个考场的网络与电源。")
    form.locator("[name=findings]").fill("考场二缺挂钟。")
    form.locator("[name=signed_by]").fill("李建国")
    form.locator("[name=files]").set_input_files(
        {"name": "考场二.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"}
    )
    form.locator("button.main").click()
    expect(page.locator("main")).to_contain_text("已完成")


def only_visit(desk: Desk) -> Visit:
    return look(desk.app, lambda s: s.scalars(select(Visit)).one())


def test_a_visit_goes_from_the_portals_form_to_the_report_in_the_centers_mail(
    desk: Desk, page: Page, chromium: Browser
):
    sign_in(page, desk, desk.contact.address)
    ask_for_a_visit(page, desk, "新考场验收")
    expect(page.locator("main")).to_contain_text("11月24日")
    assert only_visit(desk).state == "requested"
    assert look(desk.app, lambda s: s.scalars(select(Inbound.state)).all()) == ["done"]
    [acknowledgement] = received(desk.contact, 1)
    assert "新考场验收" in body(acknowledgement)

    agents = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    office = agents.new_page()
    sign_in(office, desk, desk.agent.address)
    office.get_by_role("link", name="新考场验收").click()
    for words in (PURPOSE, PLACE, "首次回复"):
        expect(office.locator("main")).to_contain_text(words)
    office.locator("#visit a.link").click()
    propose(office, ("2026-11-26", "09:00", "12:00"), ("2026-11-27", "14:00", "16:00"))
    expect(office.locator("main")).to_contain_text("等待中心答复")
    assert look(desk.app, lambda s: s.scalars(select(Target)).one().met_at) is not None

    _, proposal = received(desk.contact, 2)
    assert "11月27日 周五 14:00–16:00" in body(proposal)
    assert proposal["In-Reply-To"] == acknowledgement["Message-ID"]
    page.goto(f"{desk.url}/portal/tickets/1")
    page.get_by_text("11月27日 周五 14:00–16:00", exact=True).click()
    page.get_by_role("button", name="这个时间合适").click()
    expect(page.locator("#visit")).to_contain_text("已约定")

    office.goto(f"{desk.url}/tickets/1/visit")
    office.locator("#assign select").select_option(label="陈静")
    office.locator("#assign [name=days_before]").fill("1")
    office.locator("#assign button.main").click()
    office.goto(f"{desk.url}/visits/")
    expect(office.locator(".board .slot:not(.travel)")).to_contain_text("14:00")
    expect(office.locator(".board .slot.travel")).to_contain_text("在途")

    desk.clock.set(at("26 9:00"))
    eventually(
        lambda: look(
            desk.app,
            lambda s: s.scalar(select(Notification).where(Notification.kind == "visit_before")),
        ),
        "the reminder",
    )
    *_, reminder = received(desk.contact, 3)
    assert "上门指导即将到来" in str(reminder["Subject"])

    desk.clock.set(at("27 16:05"))
    agents.clear_cookies()
    sign_in(office, desk, desk.agent.address)
    write_the_report(office, desk)

    *_, report = received(desk.contact, 4)
    assert "考场二缺挂钟。" in body(report)
    assert [part.get_filename() for part in report.iter_attachments()] == ["考场二.png"]
    page.context.clear_cookies()
    sign_in(page, desk, desk.contact.address)
    page.goto(f"{desk.url}/portal/tickets/1")
    expect(page.locator("main")).to_contain_text("检查了两个考场的网络与电源。")
    agents.close()


def test_a_visit_request_that_nobody_answers_is_warned_and_breached(desk: Desk, page: Page):
    """BEHAVIOURS 3, 18: an acknowledgement is no reply."""
    sign_in(page, desk, desk.contact.address)
    ask_for_a_visit(page, desk, "揭牌仪式前请来看看")
    target = look(desk.app, lambda s: s.scalars(select(Target)).one())
    said = select(Message).where(Message.direction == "out", Message.automatic)
    assert look(desk.app, lambda s: s.scalar(said)) is not None

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
        row = page.locator(".item", has=page.get_by_role("link", name="揭牌仪式前请来看看"))
        expect(row.locator(".promise")).to_contain_text(words)
    broken = look(desk.app, lambda s: s.scalars(select(Target)).one())
    assert broken.breached_at == broken.due_at
