"""A comment on Weibo becomes a ticket, is answered in the browser, and the answer stands there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from helpdesk import create_app
from helpdesk.extensions import db, transaction
from helpdesk.models import ChannelAccount, Notification, Target, Ticket
from helpdesk.services.identity import accounts
from helpdesk.web import requests
from tests.desk import NOW, dispose, make_config
from tests.scenarios import running
from tests.scenarios.running import MovedClock, eventually, look
from tests.servers.microblog import MicroblogServer
from tests.servers.pages import serving
from tests.servers.process import LOOPBACK, free_port
from tests.services.microblog.microblogs import add_account, set_secrets

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
QUESTION = "中级考试什么时候截止报名？"
REPLY = "您好，报名到下周一 17:00 截止，请登录官网报名。"


class BlogDesk:
    """A running desk with one agent and an account on Weibo."""

    def __init__(self, app: Flask, url: str, clock: MovedClock, network: MicroblogServer) -> None:
        self.app, self.url, self.clock, self.network = app, url, clock, network

    def look_now(self) -> None:
        """Let the worker look at the account at once, not when its day's plan says."""
        resting = select(ChannelAccount.id).where(ChannelAccount.next_try_at.is_not(None))
        eventually(lambda: look(self.app, lambda s: s.scalar(resting)), "the look before")
        with self.app.app_context(), transaction() as session:
            session.scalars(
                select(ChannelAccount).where(ChannelAccount.channel == "microblog")
            ).one().next_try_at = None

    def ticket(self, subject: str) -> Ticket:
        self.look_now()
        wanted = select(Ticket).where(Ticket.subject == subject)
        return eventually(lambda: look(self.app, lambda s: s.scalar(wanted)), subject)


@pytest.fixture
def desk(
    *, database_url: str, tmp_path, microblog_server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BlogDesk]:
    """Run a desk on Monday 2026-11-23 from 10:00 in Shanghai on."""
    set_secrets(monkeypatch)
    clock = MovedClock(NOW)
    monkeypatch.setattr(requests, "_clock", clock)
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    app = create_app(make_config(database_url, tmp_path / "data", base_url=url))
    with app.app_context():
        add_account(db.session(), microblog_server, now=clock())
        with transaction() as session:
            accounts.add_login(
                session,
                email="chen@office.test",
                role="agent",
                name="陈静",
                password=PASSWORD,
                now=clock(),
            )
    with running.working(app, clock), serving(app, port):
        yield BlogDesk(app, url, clock, microblog_server)
    dispose(app)


def _sign_in(page: Page, desk: BlogDesk) -> None:
    page.goto(f"{desk.url}/sign-in")
    page.get_by_label("邮箱").fill("chen@office.test")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_a_comment_is_answered_from_the_ticket_and_the_answer_stands_under_it(
    desk: BlogDesk, page: Page
):
    """BEHAVIOURS 7, 30."""
    comment = desk.network.comment(f"@认证办 {QUESTION}", at=desk.clock())
    under = str(desk.network.lists["comments/to_me"][0]["status"]["id"])
    ticket = desk.ticket(QUESTION)

    _sign_in(page, desk)
    row = page.get_by_role("link", name=QUESTION)
    expect(row).to_be_visible()
    row.click()
    expect(page.locator("main")).to_contain_text("安卓新手村")
    page.locator("#compose-text").fill(REPLY)
    expect(page.locator("[data-post-count]")).to_be_empty()  # nothing is chosen yet
    page.locator("#via-public").check()
    expect(page.locator("[data-post-count]")).to_have_text("24 / 140")
    page.get_by_role("button", name="预览").click()
    expect(page.locator("[data-preview]")).to_contain_text("所有人可见")
    expect(page.locator("[data-preview]")).to_contain_text(REPLY)
    assert desk.network.written == []
    page.locator("[data-main-send]").click()
    page.wait_for_load_state()
    expect(page.locator(".talk")).to_contain_text(REPLY)

    [sent] = eventually(lambda: desk.network.wrote("comments/reply"), "the answer on Weibo")
    assert (sent["id"], sent["cid"], sent["comment"]) == (under, comment, REPLY)
    target = look(
        desk.app, lambda s: s.scalars(select(Target).where(Target.ticket_id == ticket.id)).one()
    )
    assert target.state == "met"

    ours = str(desk.network.last_id)
    desk.network.comment("谢谢！", at=desk.clock(), under=under, reply_to=ours)
    desk.look_now()
    answered = select(Ticket).where(Ticket.id == ticket.id, Ticket.awaiting_reply)
    eventually(lambda: look(desk.app, lambda s: s.scalar(answered)), "the thanks on the ticket")
    page.goto(f"{desk.url}/tickets/{ticket.id}")
    expect(page.locator(".talk")).to_contain_text("谢谢！")
    assert len(look(desk.app, lambda s: s.scalars(select(Ticket)).all())) == 1


def test_a_comment_that_nobody_answers_is_breached(desk: BlogDesk, page: Page):
    """BEHAVIOURS 18."""
    desk.network.mention("@认证办 教材什么时候寄出", at=desk.clock())
    ticket = desk.ticket("教材什么时候寄出")
    target = look(
        desk.app, lambda s: s.scalars(select(Target).where(Target.ticket_id == ticket.id)).one()
    )

    desk.clock.set(target.due_at + timedelta(minutes=20))
    wanted = select(Notification).where(Notification.kind == "breach")
    eventually(lambda: look(desk.app, lambda s: s.scalar(wanted)), "a notice of the breach")

    breached = look(desk.app, lambda s: s.get_one(Target, target.id))
    assert (breached.state, breached.breached_at) == ("breached", target.due_at)
    _sign_in(page, desk)
    page.goto(f"{desk.url}/?view=due")
    row = page.locator(".item", has=page.get_by_role("link", name="教材什么时候寄出"))
    expect(row.locator(".promise")).to_contain_text("已超时")
