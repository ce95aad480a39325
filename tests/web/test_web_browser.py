"""The pages in a real browser: keys, countdown, drafts, without scripts, and for everybody."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from helpdesk.extensions import transaction
from helpdesk.models import Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies
from helpdesk.services.promises import enforcement
from helpdesk.web import requests
from tests.web.browsing import SIZES, assert_usable, in_every_look
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

CHEN = Viewer(99, "agent", "陈静", "chen@office.test", agent_id=1)


@in_every_look
def test_pages_can_be_used_by_everybody(visit, open_ticket, size, theme):
    number = open_ticket("考试报名系统无法上传学员名单", "20 9:55")
    page = visit("/queue/first_reply", size=size, theme=theme, language="zh")

    for path in ("/queue/first_reply", f"/tickets/{number}?view=first_reply", "/queue/resolved"):
        page.goto(path)
        assert_usable(page)


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


def test_a_ticket_leads_back_to_the_search_that_found_it(visit, open_ticket):
    open_ticket("考试报名系统")
    page = visit("/search?q=报名")

    page.locator(".item .open").click()
    page.locator("#ticket-heading .back").click()

    expect(page.locator("#list-title")).to_have_text("Search: 报名")


def test_escape_leaves_the_reply_so_that_the_keys_work_again(visit, open_ticket):
    page = visit(f"/tickets/{open_ticket()}")

    page.keyboard.press("r")
    page.keyboard.type("now")
    page.keyboard.press("Escape")
    page.keyboard.press("a")

    expect(page.locator("#f-property-assignee")).to_be_focused()
    expect(page.locator("#compose-text")).to_have_value("now")


def test_what_was_picked_stays_picked_when_no_change_was_chosen(visit, open_ticket):
    open_ticket()
    page = visit("/queue/open")

    page.locator(".pick").check()
    page.locator(".bulk button.main").click()

    expect(page.locator(".toasts")).to_contain_text("Choose whom to assign them to")
    assert_usable(page)  # a message stands in a landmark of its own
    expect(page.locator(".pick")).to_be_checked()


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


def test_on_a_phone_the_menu_says_before_it_is_opened_what_is_overdue(visit, open_ticket):
    open_ticket("考试报名系统无法上传学员名单", "20 9:55")
    enforcement.enforce_due(at("23 10:40"))
    page = visit("/queue/first_reply", size="phone", language="zh")

    expect(page.locator(".burger b")).to_have_text("1")
    expect(page.locator(".burger")).to_have_attribute("aria-label", "菜单 · 临期与超时: 1")
    assert_usable(page)


def test_the_language_is_switched_by_one_click_and_stays(visit, desk):
    page = visit("/queue/first_reply")

    page.click("summary[aria-label^='Account']")
    page.click("text=简体中文")

    expect(page.locator("h1")).to_have_text("待首次回复")


def test_a_saved_property_leaves_alone_what_is_being_written(visit, open_ticket):
    number = open_ticket()
    page = visit(f"/tickets/{number}?view=open")
    page.fill("#compose-text", "Half a sentence")

    page.select_option("#f-property-topic", "certification_exam")
    page.click("#save-properties")

    expect(page.locator(".toasts")).to_contain_text("Saved.")
    expect(page.locator(".ticket > header")).to_contain_text("Certification exam")
    expect(page.locator("#compose-text")).to_have_value("Half a sentence")
    expect(page.locator("#save-properties")).to_be_focused()


def test_a_caller_is_found_while_typing_and_their_ticket_opened_by_key(visit, open_ticket):
    open_ticket()
    page = visit("/queue/first_reply")

    page.keyboard.press("c")
    page.wait_for_url("**/tickets/new")
    page.locator("#f-who").press_sequentially("zhou")
    page.locator(".person", has_text="周敏").click()
    page.fill("#f-subject", "Second call")
    page.fill("#f-text", "Asks again.")
    page.check("#f-answered")
    page.fill("#f-answer", "Explained.")
    page.click(".entry .actions button.main")

    expect(page.locator(".msg.ours")).to_contain_text("Explained.")
    expect(page.locator(".ticket > header")).to_contain_text("replied in time")


def test_a_new_ticket_survives_a_reload_and_is_gone_once_sent(visit, desk):
    page = visit("/tickets/new")
    page.get_by_text("Visit", exact=True).click()
    for field, text in (("name", "何雪梅"), ("subject", "Second call"), ("text", "Asks again.")):
        page.fill(f"#f-{field}", text)

    page.reload()
    expect(page.locator("#f-text")).to_have_value("Asks again.")
    expect(page.locator("[value=onsite]")).to_be_checked()
    page.click(".entry .actions button.main")
    expect(page.locator(".msg")).to_contain_text("Asks again.")
    page.goto("/tickets/new")

    expect(page.locator("#f-text")).to_have_value("")


def test_files_that_are_too_large_are_refused_before_they_are_sent(visit, desk, open_ticket):
    config = desk.extensions["helpdesk.config"]
    desk.extensions["helpdesk.config"] = replace(config, max_upload=1000)
    number = open_ticket()
    page = visit(f"/tickets/{number}")
    page.fill("#compose-text", "See the file")

    page.set_input_files(
        "#f-files", {"name": "big.bin", "mimeType": "text/plain", "buffer": b"0" * 2000}
    )
    page.click("[data-main-send]")

    expect(page.locator("[data-files-error]")).to_contain_text("up to 1000 B can be sent")
    assert page.url.endswith(f"/tickets/{number}")


def test_a_file_that_was_chosen_can_be_taken_back(visit, open_ticket):
    page = visit(f"/tickets/{open_ticket()}")
    page.set_input_files(
        "#f-files",
        [{"name": name, "mimeType": "text/plain", "buffer": b"0"} for name in ("a.txt", "b.txt")],
    )

    page.get_by_role("button", name="Remove a.txt").click()

    expect(page.locator("[data-files]")).to_contain_text("b.txt")
    names = page.locator("#f-files").evaluate("field => [...field.files].map(file => file.name)")
    assert names == ["b.txt"]


def test_what_was_refused_goes_on_in_the_field_that_is_wrong(visit, open_ticket):
    page = visit(f"/tickets/{open_ticket()}")
    page.fill("#compose-text", "As agreed")
    page.fill("#f-cc", "nobody")
    page.set_input_files("#f-files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"0"})

    with page.expect_navigation():
        page.evaluate("document.querySelector('[data-main-send]').click()")

    expect(page.locator("#f-cc")).to_be_focused()
    expect(page.locator("#compose")).to_contain_text("Choose these files again: a.txt")


def test_a_second_click_on_taking_a_ticket_does_nothing_else(visit, desk, open_ticket):
    number = open_ticket()
    page = visit(f"/tickets/{number}")
    place = page.locator("#take").bounding_box()

    page.mouse.click(place["x"] + 5, place["y"] + 5)
    expect(page.get_by_role("button", name="Yours")).to_be_visible()
    page.mouse.click(place["x"] + 5, place["y"] + 5)

    with desk.app_context(), transaction() as session:
        assert session.get(Ticket, number).status == "open"


@in_every_look
def test_entering_a_ticket_can_be_used_by_everybody(visit, open_ticket, size, theme):
    open_ticket()
    page = visit("/tickets/new", size=size, theme=theme, language="zh")

    page.locator("#f-who").press_sequentially("周敏")
    page.locator(".person").first.wait_for()
    page.check("#f-answered")

    assert_usable(page)


HOSTILE = ("W" * 500, "\u202e从右到左 gnp.exe", "<script>alert(1)</script>" * 20, "🔥" * 200)


@pytest.mark.parametrize("size", SIZES)
def test_no_subject_breaks_the_page(visit, open_ticket, size):
    numbers = [open_ticket(subject) for subject in HOSTILE]
    page = visit("/queue/first_reply", size=size)

    for path in ("/queue/first_reply", *(f"/tickets/{n}?view=open" for n in numbers)):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
        for part in (".stage", ".talk", ".side", ".list .scroll"):
            for box in page.locator(part).all():
                assert box.evaluate("e => e.scrollWidth <= e.clientWidth"), (path, part)


def test_on_a_phone_the_form_of_the_portal_covers_nothing_that_was_said(visit, open_ticket):
    number = open_ticket()
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        replies.reply(session, ticket, CHEN, "很长的答复\n" * 60, now=at("23 10:20"))

    page = visit(f"/portal/tickets/{number}", size="phone", email="zhou@college.test")

    thread, form = (page.locator(css).bounding_box() for css in (".thread", "#answer"))
    assert form["y"] >= thread["y"] + thread["height"]
