"""A center's whole life through the pages: applied, judged, authorised, reviewed, gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Outbox, PublicNotice
from helpdesk.services.identity import accounts
from tests.scenarios import center_pages as pages
from tests.scenarios.center_pages import SCAN, day, take_the_step
from tests.scenarios.conftest import Desk
from tests.scenarios.letters import body, received
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import reply_on_the_ticket, sign_in
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.microblog import MicroblogServer
from tests.services.microblog.microblogs import add_account, set_secrets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

COLLEGE = "新星学院"
QUESTION = "请说明 96 台计算机是否都能用于考试。"
ANSWER = "其中 90 台可用于考试。"
PLAQUE, CERTIFICATE = "MIEC-SC-018", "SQ-2026-018"


@pytest.fixture
def network(
    desk: Desk, microblog_server: MicroblogServer, monkeypatch: pytest.MonkeyPatch
) -> MicroblogServer:
    """Put the desk on Weibo, as an app whose registered domain is the desk's own."""
    set_secrets(monkeypatch)
    with desk.app.app_context():
        add_account(db.session(), microblog_server, now=desk.clock(), safe_domain="127.0.0.1")
    return microblog_server


@pytest.fixture
def manager(desk: Desk) -> str:
    """Let the agent receive applications; return the address of a manager, who decides."""
    address = desk.agent.address.replace("chenjing", "lixiaohong")
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(Agent)).one().channel_manager = True
        accounts.add_login(
            session,
            email=address,
            role="manager",
            name="李晓红",
            password=desk.password,
            now=desk.clock(),
        )
    return address


@pytest.fixture
def office(chromium: Browser) -> Iterator[Page]:
    """Return a second browser: that of the office."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context.new_page()
    context.close()


@pytest.fixture
def applicant(dovecot: Dovecot, desk: Desk) -> Mailbox:
    """Return the mailbox of who applies for a college."""
    return dovecot.mailbox(desk.contact.address.replace("lijianguo@", "zhoumin@new"))


def test_a_college_applies_is_authorised_passes_its_review_and_leaves(  # noqa: PLR0915 - a whole life
    *,
    desk: Desk,
    manager: str,
    network: MicroblogServer,
    applicant: Mailbox,
    office: Page,
    page: Page,
):
    pages.begin_an_application(page, desk, applicant.address)
    pages.fill_in_every_part(page)
    page.goto(pages.link_of_the_mail(applicant, desk, "/apply/continue/"))
    pages.send_the_application(page)
    expect(page.locator("main")).to_contain_text("已提交")
    code = pages.only_center(desk, COLLEGE).code

    sign_in(office, desk, desk.agent.address)
    office.goto(f"{desk.url}/centers/board")
    office.get_by_role("link", name=COLLEGE).click()
    office.get_by_role("link", name="工单", exact=True).click()
    office.get_by_role("link", name=f"{COLLEGE}的认证中心申请").click()
    ticket = int(office.url.rpartition("/")[2])
    reply_on_the_ticket(office, QUESTION)
    *_, asked = received(applicant, 3)  # after the link and the acknowledgement
    assert QUESTION in body(asked)
    pages.write_about_the_application(page, ANSWER)
    office.reload()
    expect(office.locator(".talk")).to_contain_text(ANSWER)

    pages.confirm_every_criterion(office, desk, code)
    take_the_step(office, desk, code, "pass_preliminary")
    pages.visit_the_college(office, desk, ticket, on="2026-11-26")
    take_the_step(office, desk, code, "pass_site_visit")

    desk.clock.set(day("2026-12-07"))
    pages.change_seats(office, desk, manager)
    take_the_step(office, desk, code, "forward")
    pages.write_down_both_opinions(office, desk, code, on="2026-12-07")
    take_the_step(office, desk, code, "decide")
    term = {"begins": date(2026, 12, 8), "ends": date(2027, 12, 8), "on": date(2026, 12, 7)}
    pages.conclude_an_agreement(office, desk, code, "MIEC-2026-018", **term)
    take_the_step(office, desk, code, "sign", SCAN)
    pages.add_a_senior_lecturer(office, desk, code, "周博", "GJ-0042")
    take_the_step(office, desk, code, "pass_training")
    take_the_step(
        office, desk, code, "grant", plaque_no=PLAQUE, certificate_no=CERTIFICATE, code="SC018"
    )

    page.goto(f"{desk.url}/apply/status")
    expect(page.locator("main .promise-large")).to_have_text("已授权")
    invitation = pages.link_of_the_mail(applicant, desk, "/password/")
    pages.set_a_password(page, invitation, desk.password)
    page.get_by_role("link", name="本中心档案").click()
    for words in ("已授权", "SC018", PLAQUE, CERTIFICATE, "四川", "周博", "张强"):
        expect(page.locator("main")).to_contain_text(words)

    desk.clock.set(day("2027-12-06"))
    pages.change_seats(office, desk, manager)
    pages.review_the_year(office, desk, "SC018", 2027)
    term = {"begins": date(2027, 12, 8), "ends": date(2028, 12, 8), "on": date(2027, 12, 6)}
    pages.conclude_an_agreement(office, desk, "SC018", "MIEC-2027-018", **term)
    take_the_step(office, desk, "SC018", "pass_annual_review")
    pages.change_seats(page, desk, applicant.address)
    page.goto(f"{desk.url}/portal/record")
    expect(page.locator("main")).to_contain_text("MIEC-2027-018")

    desk.clock.set(day("2028-03-06"))
    pages.change_seats(page, desk, applicant.address)
    pages.ask_to_leave(page, desk, "学院调整专业方向。")
    pages.change_seats(office, desk, manager)
    take_the_step(office, desk, "SC018", "approve_exit", reason="同意退出。")

    pages.unfold(office, "complete_exit").locator("button.danger").click()
    for missing in ("网站", "微博", "铜牌", "授权文件"):
        expect(office.locator("#complete_exit .lacking")).to_contain_text(missing)
    notice = pages.publish_the_notice(office, desk, "SC018")
    [post] = eventually(lambda: network.wrote("statuses/share"), "the notice on Weibo")
    assert notice in post["status"]
    sent = select(PublicNotice).join(PublicNotice.post).where(Outbox.state == "sent")
    eventually(lambda: look(desk.app, lambda s: s.scalar(sent)), "the post marked as sent")
    pages.note_what_was_returned(office, desk, "SC018", on="2028-03-06")
    take_the_step(office, desk, "SC018", "complete_exit")
    expect(office.locator("main")).to_contain_text("此档案已关闭")

    page.goto(notice)
    expect(page.locator("main")).to_contain_text(f"取消{COLLEGE}")
    pages.change_seats(page, desk, applicant.address)
    pages.expect_only_to_read(page, desk)
