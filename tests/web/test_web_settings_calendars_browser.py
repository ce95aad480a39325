"""Several calendars and policies' versions in a real browser: for everybody, without scripts too."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Agent, Center
from helpdesk.services.hours import calendar_changes, calendar_list, calendars
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def settings(visit, desk):
    """Visit as an administrator of a desk with a second calendar, open later in the day."""
    with transaction() as session:
        session.scalars(select(Agent).where(Agent.email == "wu@office.test")).one().role = "admin"
        session.add(Center(code="CD01", name="成都", region="四川", created_at=at("2 9:00")))
        default = calendars.default_calendar(session)
        made = calendar_list.add(
            session, name="西部服务时间", tz="Asia/Shanghai", copy_of=default, now=at("2 9:00")
        )
        late = dict.fromkeys(range(5), ((720, 1170),))
        change = calendar_changes.hours(late, makeup_days_open=True)
        calendar_changes.make(session, made, change, now=at("2 9:00"))
    return visit


def promise_two_hours(page):
    page.goto("/settings/promises/1")
    page.fill("#f-amount_first_reply", "120")
    page.select_option("#f-unit_first_reply", "minutes")
    page.click("form.stack button.main")


@in_every_look
def test_the_pages_can_be_used_by_everybody(settings, open_ticket, size, theme):
    number = open_ticket("考试报名系统无法上传学员名单", "23 7:00")
    page = settings("/settings/hours", size=size, theme=theme, language="zh")

    def look():
        assert_usable(page)

    look()
    for path in ("hours/new", "hours/2", "groups/1", "holidays?calendar=2", "promises/1"):
        page.goto(f"/settings/{path}")
        look()
    promise_two_hours(page)
    expect(page.locator("h1")).to_contain_text("保存前请确认")
    look()
    page.click("button[value=keep]")
    for path in ("promises/1/versions", "promises/1/versions/1"):
        page.goto(f"/settings/{path}")
        look()
    page.goto(f"/tickets/{number}")
    expect(page.locator(".judged-by a")).to_have_text("标准，第 1 版")


def test_without_scripts_a_group_is_given_a_calendar_after_its_preview(settings, open_ticket):
    number = open_ticket("Early", "23 7:00")
    page = settings("/settings/groups/1", script=False)

    page.select_option("#f-calendar", "2")
    page.click("form.card button.main")
    row = page.locator("tr", has_text=f"#{number} Early")
    expect(row).to_contain_text("18:00 today")
    expect(row).to_contain_text("19:30 today")
    page.click("button[value=confirm]")

    expect(page.locator(".notice.success")).to_contain_text("1 open deadline was recomputed.")


def test_without_scripts_open_tickets_follow_a_policy_because_somebody_said_so(
    settings, open_ticket
):
    number = open_ticket("Asked", "23 10:00")
    page = settings("/settings/promises", script=False)

    promise_two_hours(page)
    expect(page.locator("tr", has_text=f"#{number} Asked")).to_contain_text("moves earlier")
    page.click("button[value=apply]")

    expect(page.locator(".notice.success")).to_contain_text("Saved, and 1 open ticket follows.")
    page.goto(f"/tickets/{number}")
    page.click(".judged-by a")
    expect(page.locator("h1")).to_have_text("Standard, version 2")
    expect(page.locator("tr", has_text=f"#{number} Asked")).to_have_count(1)
