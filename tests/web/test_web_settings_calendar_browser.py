"""The year calendar and its previews in a real browser: by keys, without scripts, for everybody."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Agent
from tests.web.browsing import assert_usable, in_every_look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def settings(visit, desk):
    """Visit as the manager, who has become an administrator."""
    with transaction() as session:
        session.scalars(select(Agent).where(Agent.email == "wu@office.test")).one().role = "admin"
    return visit


def enter(page, first, **more):
    page.fill("#f-first", first)
    for name, value in more.items():
        page.fill(f"#f-{name}", value)
    page.click("#add button.main")


@in_every_look
def test_the_calendars_pages_can_be_used_by_everybody(settings, open_ticket, size, theme):
    open_ticket("考试报名系统无法上传学员名单", "20 17:30")
    page = settings("/settings/holidays?year=2027", size=size, theme=theme, language="zh")

    def look():
        assert_usable(page)

    look()
    page.goto("/settings/hours/1")
    look()
    page.goto("/settings/holidays?day=2026-11-23")
    look()
    enter(page, "2026-11-23", name="停电")
    expect(page.locator("h1")).to_contain_text("保存前请确认")
    look()


def test_arrow_keys_walk_the_year_which_is_one_stop_of_tab(settings):
    page = settings("/settings/holidays?year=2026")
    stops = page.locator("[data-year] [data-day][tabindex='0']")
    expect(stops).to_have_attribute("data-day", "2026-11-23")

    stops.focus()
    for key, day in [
        ("ArrowRight", "2026-11-24"),
        ("ArrowDown", "2026-12-01"),
        ("ArrowUp", "2026-11-24"),
        ("PageUp", "2026-10-24"),
        ("End", "2026-10-31"),
        ("PageUp", "2026-09-30"),
        ("Home", "2026-09-01"),
        ("ArrowLeft", "2026-08-31"),
    ]:
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_attribute("data-day", day)
        expect(stops).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/holidays?day=2026-08-31#add")

    expect(page.locator("#f-first")).to_have_value("2026-08-31")


def test_the_year_says_without_colour_what_each_day_is(settings):
    page = settings("/settings/holidays?year=2026", language="zh")

    expect(page.locator("[data-day='2026-10-01']")).to_have_text("1休")
    expect(page.locator("[data-day='2026-10-10']")).to_have_text("10班")
    expect(page.locator("[data-day='2026-11-23']")).to_have_attribute("aria-current", "date")
    expect(page.get_by_role("link", name="2026年10月1日 周四: 国庆节")).to_have_count(1)


def test_without_scripts_a_day_is_entered_after_its_preview(settings, open_ticket):
    number = open_ticket("Before the power cut", "23 10:00")
    page = settings("/settings/holidays?day=2026-11-24", script=False)

    enter(page, "2026-11-24", name="停电")
    row = page.locator("tr", has_text=f"#{number} Before the power cut")
    expect(row).to_contain_text("10:00 tomorrow")
    expect(row).to_contain_text("Wed 25 Nov 10:00")
    page.click("button[value=confirm]")

    page.wait_for_url("**/settings/holidays?year=2026")
    expect(page.locator(".notice.success")).to_contain_text("1 open deadline was recomputed.")
    expect(page.locator("[data-day='2026-11-24']")).to_have_text("24off")
