"""What applicants, the office and centers do on the pages of a center's life."""

from __future__ import annotations

import re
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import FilePayload, Locator, Page, expect
from sqlalchemy import select

from helpdesk.models import Center
from helpdesk.models.center_record import BODIES
from helpdesk.services.certification import application_form
from tests.scenarios.conftest import Desk
from tests.scenarios.letters import body, received
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import sign_in
from tests.servers.dovecot import Mailbox
from tests.services.certification.applying import TYPED, picture

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHOSEN = ("choice", "yes_no")
SCAN: FilePayload = {
    "name": "扫描件.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7 signed and sealed",
}
PHOTOGRAPH: FilePayload = {"name": "机房.jpg", "mimeType": "image/jpeg", "buffer": picture()}


def day(text: str, hour: int = 10) -> datetime:
    """Return an hour in Shanghai on a day, written as ``2026-11-26``."""
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=SHANGHAI)


def only_center(desk: Desk, name: str) -> Center:
    """Return the center with this name as the database has it now."""
    return look(desk.app, lambda s: s.scalars(select(Center).where(Center.name == name)).one())


def link_of_the_mail(mailbox: Mailbox, desk: Desk, path: str) -> str:
    """Wait for a mail that links to a path of the desk and return the link."""
    wanted = re.compile(rf"{re.escape(desk.url)}{path}\S+")
    return eventually(
        lambda: next(
            (hit[0] for mail in received(mailbox, 1) if (hit := wanted.search(body(mail)))), None
        ),
        f"a mail with a link to {path}",
    )


def begin_an_application(page: Page, desk: Desk, address: str) -> None:
    """Begin in the public form, coming from the help centre's own navigation."""
    page.goto(f"{desk.url}/help")
    page.get_by_role("link", name="申请成为中心").first.click()
    page.locator("[name=email]").fill(address)
    page.get_by_role("button", name="开始填写").click()
    page.wait_for_url("**/apply/form/person")


def fill_in_every_part(page: Page) -> None:
    """Fill in the six parts one after the other, with the files that they ask for."""
    for part in application_form.PARTS:
        kinds = {question.name: question.kind for question in part.fields}
        for name, text in TYPED.get(part.name, {}).items():
            field = page.locator(f'[name="{name}"]')
            if kinds.get(name) in CHOSEN:
                field.select_option(text)
            else:
                field.fill(text)
        for files in part.files:
            sent = PHOTOGRAPH if files.pictures else SCAN
            page.locator(f"input[name={files.kind}]").set_input_files(sent)
        page.get_by_role("button", name="保存并继续").click()
        page.wait_for_url(lambda url, here=part.name: not urlsplit(url).path.endswith(here))


def send_the_application(page: Page) -> None:
    """Declare that everything is true, and send it."""
    page.get_by_label("以上所填内容真实、完整").check()
    page.get_by_role("button", name="提交申请表").click()
    page.wait_for_url("**/apply/status")


def write_about_the_application(page: Page, text: str) -> None:
    """Write to the office on the page on which the applicant follows the application."""
    page.goto(f"{urlsplit(page.url).scheme}://{urlsplit(page.url).netloc}/apply/status")
    page.get_by_label("您的消息").fill(text)
    page.locator("main form button.main").click()
    expect(page.locator(".thread")).to_contain_text(text)


def change_seats(page: Page, desk: Desk, address: str) -> None:
    """Sign out, let another of the office sit down, and sign in."""
    page.context.clear_cookies()
    sign_in(page, desk, address)


def open_the_part(page: Page, desk: Desk, code: str, part: str) -> None:
    """Open a part of a center's record."""
    page.goto(f"{desk.url}/centers/{code}" + (f"/{part}" if part else ""))


def send_the_form(form: Locator, said: dict[str, str], *files: FilePayload) -> None:
    """Fill a form's fields, attach its files and press its main button."""
    for name, text in said.items():
        form.locator(f"[name={name}]").fill(text)
    if files:
        form.locator("[name=files]").set_input_files(list(files))
    with form.page.expect_navigation():
        form.locator(".actions button").first.click()


def unfold(page: Page, name: str) -> Locator:
    """Open a folded form by its id and return it."""
    folded = page.locator(f"details#{name}")
    if folded.get_attribute("open") is None:
        folded.locator("summary").first.click()
    return folded


def take_the_step(
    page: Page, desk: Desk, code: str, step: str, /, *files: FilePayload, **said: str
) -> None:
    """Take a step of the center's life on its record."""
    open_the_part(page, desk, code, "")
    send_the_form(unfold(page, step), said, *files)
    expect(page.locator(".toasts")).to_contain_text("步骤已完成")


def confirm_every_criterion(page: Page, desk: Desk, code: str) -> None:
    """Confirm the checklist as it was judged from the form."""
    open_the_part(page, desk, code, "assessment")
    for name in page.locator("details.criterion").evaluate_all("all => all.map(one => one.id)"):
        send_the_form(unfold(page, name), {})


def visit_the_college(page: Page, desk: Desk, ticket: int, on: str) -> None:
    """Plan a visit on a ticket, agree on its date by telephone, and report it afterwards."""
    page.goto(f"{desk.url}/tickets/{ticket}/visit")
    send_the_form(
        page.locator("#plan"), {"place": "成都市武侯区 3 号", "purpose": "申请的实地考察"}
    )
    unfold(page, "assign").locator("select").select_option(label="陈静")
    send_the_form(page.locator("#assign"), {})
    send_the_form(unfold(page, "propose"), {"day1": on, "from1": "09:00", "to1": "11:30"})
    send_the_form(unfold(page, "agree"), {"note": "电话与周敏约定"})
    desk.clock.set(day(on, 11))
    change_seats(page, desk, desk.agent.address)
    page.goto(f"{desk.url}/tickets/{ticket}/visit")
    said = {"done": "查看了机房与四间教室。", "findings": "符合要求。", "signed_by": "周敏"}
    send_the_form(unfold(page, "report"), said)
    expect(page.locator("main")).to_contain_text("查看了机房与四间教室。")


def write_down_both_opinions(page: Page, desk: Desk, code: str, on: str) -> None:
    """Write down that both reviewing bodies are in favour, each with its paper."""
    for body_of_review in BODIES:
        open_the_part(page, desk, code, "assessment")
        place = page.locator(f"#{body_of_review}")
        place.locator("summary").click()
        place.locator("[name=favourable][value=yes]").check()
        send_the_form(place, {"text": "同意。", "given_on": on}, SCAN)


def conclude_an_agreement(
    page: Page, desk: Desk, code: str, number: str, *, begins: date, ends: date, on: date
) -> None:
    """Draft an agreement, then write down that both sides have signed it."""
    open_the_part(page, desk, code, "agreements")
    said = {"number": number, "region": "四川"}
    said |= {"valid_from": begins.isoformat(), "valid_to": ends.isoformat()}
    send_the_form(unfold(page, "draft"), said)
    card = page.locator("section.card", has=page.get_by_role("heading", name=number, exact=True))
    card.locator("summary").click()
    signed = {"office_representative": "李晓红", "center_representative": "王芳"}
    send_the_form(card, {**signed, "signed_on": on.isoformat()}, SCAN)
    expect(card).to_contain_text("双方已签署")


def add_a_senior_lecturer(page: Page, desk: Desk, code: str, name: str, number: str) -> None:
    """Add a lecturer whom the office has trained."""
    open_the_part(page, desk, code, "teaching")
    send_the_form(unfold(page, "lecturer"), {"name": name, "certificate_no": number})


def review_the_year(page: Page, desk: Desk, code: str, year: int) -> None:
    """Set a year's task and write down what the review of it found."""
    open_the_part(page, desk, code, "reviews")
    send_the_form(unfold(page, "task"), {"year": str(year), "target": "120", "task": "培训学员"})
    place = page.locator(f"#review{year}")
    place.locator("summary").click()
    send_the_form(place, {"done": "136", "findings": "任务完成，质量良好。"})


def set_a_password(page: Page, link: str, password: str) -> None:
    """Open the link of an invitation and choose a password."""
    page.goto(link)
    page.locator("[name=password]").fill(password)
    page.locator("[name=again]").fill(password)
    page.locator("main form button").click()
    page.wait_for_url("**/portal/")


def ask_to_leave(page: Page, desk: Desk, reason: str) -> None:
    """Ask in the portal to leave, with the written application."""
    page.goto(f"{desk.url}/portal/requests")
    form = page.locator("form", has=page.locator("[name=files]"))
    send_the_form(form, {"reason": reason}, SCAN)
    expect(page.locator("main")).to_contain_text(reason)


def publish_the_notice(page: Page, desk: Desk, code: str) -> str:
    """Publish the notice that the exit has drafted, on both; return its public address."""
    open_the_part(page, desk, code, "")
    page.locator("#closing .duties a").first.click()
    form = page.locator("form", has=page.locator("[name=account]"))
    send_the_form(form, {})
    address = page.locator("main header a", has_text="/notices/").get_attribute("href")
    return f"{desk.url}{address}"


def note_what_was_returned(page: Page, desk: Desk, code: str, on: str) -> None:
    """Note that plaque and documents came back, with the receipt."""
    open_the_part(page, desk, code, "")
    said = {"plaque_returned_on": on, "documents_returned_on": on}
    send_the_form(page.locator("form.returns"), said, SCAN)


def expect_only_to_read(page: Page, desk: Desk) -> None:
    """Expect of the portal that it shows everything and offers nothing to be written."""
    for path in ("", "record", "people", "requests", "fees"):
        page.goto(f"{desk.url}/portal/{path}")
        expect(page.locator("main form[method=post]")).to_have_count(0)
        expect(page.get_by_role("link", name="咨询")).to_have_count(0)
    page.goto(f"{desk.url}/portal/record")
    expect(page.locator("main")).to_contain_text("已退出")
    page.goto(f"{desk.url}/portal/new")
    expect(page.locator("main form[method=post]")).to_have_count(0)
