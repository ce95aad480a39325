"""A mail becomes a ticket, is answered in the browser, and the conversation goes on by mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from helpdesk.models import Message, Notification, Target, Ticket
from tests.scenarios.conftest import Desk
from tests.scenarios.letters import answer, body, letter, received, send
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import reply_on_the_ticket, sign_in

pytestmark = pytest.mark.browser

QUESTION = "请问管理办公室是否派代表出席揭牌仪式？"
REPLY = "会派两位代表出席，请提前发送活动流程。"
THANKS = "好的，流程已附上，谢谢。"


def _write(desk: Desk, subject: str, text: str) -> None:
    sender = f"李建国 <{desk.contact.address}>"
    send(desk.smtp, letter(subject, text, sender=sender, to=desk.address, at=desk.clock()))


def _ticket(desk: Desk, subject: str) -> Ticket:
    wanted = select(Ticket).where(Ticket.subject == subject)
    return eventually(
        lambda: look(desk.app, lambda session: session.scalar(wanted)), f"the ticket {subject}"
    )


def test_a_mail_is_answered_in_the_browser_and_the_answer_comes_back(desk: Desk, page: Page):
    """BEHAVIOURS 19, 21, 30."""
    _write(desk, "揭牌仪式", QUESTION)
    number = _ticket(desk, "揭牌仪式").id
    [acknowledgement] = received(desk.contact, 1)
    assert "11月24日 周二 10:0" in body(acknowledgement)
    assert acknowledgement["Auto-Submitted"] == "auto-replied"

    sign_in(page, desk, desk.agent.address)
    row = page.get_by_role("link", name="揭牌仪式")
    expect(row).to_be_visible()
    expect(page.locator(".item", has=row)).to_contain_text("成都信息学院认证中心")
    row.click()
    expect(page.locator("main")).to_contain_text(QUESTION)
    reply_on_the_ticket(page, REPLY)
    expect(page.locator("main")).to_contain_text(REPLY)

    _, reply = received(desk.contact, 2)
    assert REPLY in body(reply)
    [question] = look(
        desk.app,
        lambda s: s.scalars(
            select(Message.identity).where(Message.ticket_id == number, Message.direction == "in")
        ).all(),
    )
    assert reply["In-Reply-To"] == acknowledgement["Message-ID"]
    assert reply["References"].split() == [question, acknowledgement["Message-ID"]]
    assert reply["Subject"] == f"Re: 揭牌仪式 [#{number}]"
    assert reply["From"].addresses[0].addr_spec == desk.address

    send(desk.smtp, answer(reply, THANKS, sender=desk.contact.address, at=desk.clock()))
    said = eventually(
        lambda: look(
            desk.app,
            lambda s: s.scalars(
                select(Message).where(
                    Message.ticket_id == number, Message.direction == "in", Message.text == THANKS
                )
            ).one_or_none(),
        ),
        "the answer on the same ticket",
    )
    assert REPLY in said.full_text  # the quoted history is folded, not lost
    assert len(look(desk.app, lambda s: s.scalars(select(Ticket)).all())) == 1
    page.goto(f"{desk.url}/tickets/{number}")
    expect(page.locator("main")).to_contain_text(THANKS)


def test_a_mail_that_nobody_answers_is_warned_and_breached(desk: Desk, page: Page):
    """BEHAVIOURS 18."""
    _write(desk, "教材什么时候寄出", "上月订购的教材还没有收到。")
    ticket = _ticket(desk, "教材什么时候寄出")
    target = look(
        desk.app, lambda s: s.scalars(select(Target).where(Target.ticket_id == ticket.id)).one()
    )

    desk.clock.set(target.risk_at)
    _told(desk, "warning")
    [warning] = received(desk.agent, 1)
    assert warning["Subject"].startswith(f"即将超时：#{ticket.id}")
    sign_in(page, desk, desk.agent.address)
    page.goto(f"{desk.url}/?view=due")
    row = page.locator(".item", has=page.get_by_role("link", name="教材什么时候寄出"))
    expect(row.locator(".promise")).to_contain_text("还剩")

    desk.clock.set(target.due_at + timedelta(minutes=20))
    _told(desk, "breach")
    received(desk.agent, 2)
    page.reload()
    expect(row.locator(".promise")).to_contain_text("已超时 20分")
    breached = look(desk.app, lambda s: s.get_one(Target, target.id))
    assert (breached.state, breached.breached_at) == ("breached", target.due_at)


def _told(desk: Desk, kind: str) -> None:
    wanted = select(Notification).where(Notification.kind == kind)
    eventually(lambda: look(desk.app, lambda s: s.scalar(wanted)), f"a notice of the {kind}")
