"""The pages of saved reports, and the reports in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from helpdesk.extensions import db
from helpdesk.models import Agent, ReportSchedule
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import post

MANAGER = "wu@office.test"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _manager():
    return db.session.query(Agent).filter_by(role="manager").one().id


def _fields(**changes):
    return {
        "name": "每周渠道",
        "by": "topic",
        "when": "week-1",
        "recipients": [_manager()],
        **changes,
    }


def _only():
    db.session.remove()
    return db.session.query(ReportSchedule).one()


def test_a_report_is_saved_with_the_filters_that_were_looked_at(sign_in):
    client = sign_in(MANAGER)
    form = client.get("/reports/schedules/new?by=topic&channel=email").text
    assert "Channel: Mail" in form

    answer = post(client, "/reports/schedules/", _fields(channel="email"))

    assert answer.status_code == 302
    row = _only()
    assert (row.breakdown, row.filters, row.recipients) == (
        "topic",
        [["channel", "email"]],
        [_manager()],
    )
    listed = client.get("/reports/schedules/").text
    assert "每周渠道" in listed
    assert "every Monday" in listed


def test_it_is_changed_put_to_rest_and_removed(sign_in):
    client = sign_in(MANAGER)
    post(client, "/reports/schedules/", _fields())
    number = _only().id

    post(client, f"/reports/schedules/{number}", _fields(when="month-5", rests="1"))
    assert (_only().every, _only().on_day, _only().next_at) == ("month", 5, None)
    assert "rests" in client.get("/reports/schedules/").text
    assert "checked" in client.get(f"/reports/schedules/{number}").text
    post(client, f"/reports/schedules/{number}/removal", {})

    db.session.remove()
    assert db.session.query(ReportSchedule).count() == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"when": "week-9"}, "Please choose one of these."),
        ({"recipients": []}, "Choose who gets the report"),
        ({"recipients": ["x", "77"]}, "Choose who gets the report"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(sign_in, changes, said):
    answer = post(sign_in(MANAGER), "/reports/schedules/", _fields(**changes))

    assert answer.status_code == 422
    assert said in answer.text
    assert changes.get("name") == "" or "每周渠道" in answer.text
    db.session.remove()
    assert db.session.query(ReportSchedule).count() == 0


def test_agents_change_nothing(sign_in):
    client = sign_in()

    for path in ("", "1", "1/removal"):
        assert post(client, f"/reports/schedules/{path}", _fields()).status_code == 403
    assert sign_in(MANAGER).get("/reports/schedules/77").status_code == 404


@pytest.mark.browser
@ON_SQLITE
@in_every_look
def test_reports_can_be_used_by_everybody(visit, open_ticket, size, theme):
    for n in range(3):
        open_ticket(f"{n}" * 80, f"{10 + n} 9:00")
    page = visit("/reports/?period=month&by=day", size=size, theme=theme, language="zh")
    expect(page.locator("canvas")).to_be_visible()

    for path in (
        "/reports/?period=month&by=day",
        "/reports/?period=month&by=center",
        "/reports/calls",
        "/reports/schedules/",
        "/reports/schedules/new?channel=email",
        "/reports/tickets?figure=open",
    ):
        page.goto(path)
        assert_usable(page)


@pytest.mark.browser
@ON_SQLITE
def test_without_scripts_the_table_says_it_all_and_opens_its_tickets(visit, open_ticket):
    open_ticket("只此一张", "20 9:00")
    page = visit("/reports/?period=month&by=channel", script=False)
    expect(page.locator(".chart-card")).to_be_hidden()

    page.click("tfoot td >> nth=0 >> a")

    expect(page.locator("h1")).to_have_text("Came in")
    expect(page.locator(".item")).to_have_count(1)
    page.click("[aria-label='Back to the report']")
    assert re.search(r"/reports/\?period=month&by=channel", page.url)


@pytest.mark.browser
@ON_SQLITE
def test_choosing_a_day_chooses_days_of_ones_own(visit, open_ticket):
    open_ticket("x", "20 9:00")
    page = visit("/reports/?period=month&by=day")

    page.fill("[name=first]", "2026-11-20")
    page.fill("[name=last]", "2026-11-20")
    page.click("[data-report-form] button")

    expect(page.locator("[name=period]")).to_have_value("days")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.browser
@ON_SQLITE
def test_on_paper_stand_the_figures_alone(visit, open_ticket):
    open_ticket("x", "20 9:00")
    page = visit("/reports/?period=month&by=week")
    page.emulate_media(media="print")

    expect(page.locator(".nav")).to_be_hidden()
    expect(page.locator("[data-report-form]")).to_be_hidden()
    expect(page.locator(".report-table")).to_be_visible()
