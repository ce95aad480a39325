"""Automations in the settings: written, tried, put in order, and seen at work on a ticket."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Automation, Event, SettingChange
from helpdesk.services.identity import accounts, staff
from tests.services.automations.automating import automation
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import PASSWORD, at, post

FORM = {"name": "投诉转组长", "occasion": "arrival", "active": "1"}


@pytest.fixture
def admin(desk, sign_in):
    with transaction() as session:
        accounts.add_login(
            session,
            email="admin@office.test",
            role="admin",
            name="管理员",
            password=PASSWORD,
            now=at("2 9:00"),
        )
    return sign_in("admin@office.test")


@pytest.fixture
def group(desk) -> int:
    with transaction() as session:
        return staff.save_group(
            session,
            None,
            name="投诉组",
            members=(),
            is_default=False,
            by="test",
            now=at("23 10:00"),
        ).id


def rows() -> list[Automation]:
    db.session.rollback()
    return list(db.session.scalars(select(Automation).order_by(Automation.position)))


def test_one_is_written_and_told_in_a_sentence(admin, group):
    answer = post(
        admin,
        "/settings/automations/new",
        {
            **FORM,
            "if_request_type": "complaint",
            "if_words": "投诉， 差评",
            "group": group,
            "priority": "high",
        },
    )
    assert answer.status_code == 302

    page = admin.get("/settings/automations").text
    assert "投诉转组长" in page
    assert "Type: Complaint" in page
    assert "Keywords: 投诉, 差评" in page
    assert "group: 投诉组 · priority: High" in page
    assert [row.conditions for row in rows()] == [
        {"request_type": ["complaint"], "words": ["投诉", "差评"]}
    ]


def test_a_phrase_keeps_its_spaces(admin):
    post(
        admin,
        "/settings/automations/new",
        {**FORM, "if_words": "not paid, tax", "priority": "high"},
    )

    assert rows()[0].conditions == {"words": ["not paid", "tax"]}


def test_it_is_shown_again_as_it_was_written(admin, group):
    number = automation(
        db.session(), conditions={"requester": ["@a.cn", "b@c.cn"]}, group_id=group, tell=(1,)
    )

    page = admin.get(f"/settings/automations/{number}").text

    assert 'value="@a.cn, b@c.cn"' in page
    assert f'<option value="{group}" selected>' in page
    assert 'name="tell" value="1" checked' in page


def test_one_that_does_nothing_comes_back_with_what_was_typed(admin):
    answer = post(admin, "/settings/automations/new", {**FORM, "if_words": "投诉"})

    assert answer.status_code == 400
    assert "Say what it does." in answer.text
    assert 'value="投诉"' in answer.text
    assert rows() == []


@pytest.mark.parametrize("wrong", [{"occasion": "never"}, {"name": ""}, {"priority": "huge"}])
def test_what_is_not_offered_is_refused(admin, wrong):
    answer = post(admin, "/settings/automations/new", {**FORM, "priority": "high", **wrong})

    assert answer.status_code == 422
    assert rows() == []


def test_it_is_switched_off_and_taken_away(admin):
    number = automation(db.session(), priority="high")
    off = {"name": "Sort", "occasion": "arrival", "priority": "high"}
    post(admin, f"/settings/automations/{number}", off)
    assert [row.active for row in rows()] == [False]
    assert "switched off" in admin.get("/settings/automations").text

    post(admin, f"/settings/automations/{number}/deletion", {})
    assert rows() == []
    assert "No automations yet" in admin.get("/settings/automations").text


def test_they_are_put_in_another_order(admin):
    first, second = (automation(db.session(), name, priority="high") for name in ("a", "b"))

    post(admin, f"/settings/automations/{second}/move", {"to": "up"})
    assert [row.id for row in rows()] == [second, first]
    post(admin, f"/settings/automations/{second}/move", {"to": "up"})
    assert [row.id for row in rows()] == [second, first]
    post(admin, f"/settings/automations/{second}/move", {"to": "down"})
    assert [row.id for row in rows()] == [first, second]


def test_a_try_says_which_would_apply_and_why_others_would_not(admin, open_ticket):
    automation(db.session(), "名单", conditions={"words": ["名单"]}, topic="exam")
    automation(db.session(), "网上", conditions={"channel": ["web"]}, topic="exam")
    number = open_ticket("无法上传名单")

    page = admin.get(f"/settings/automations?ticket={number}").text
    tried = page[page.index('id="try"') :]

    assert tried.index("promise kept") < tried.index("promise none")
    assert "Channel: Mail, needs Website" in " ".join(tried.split())


def test_a_try_of_no_ticket_says_so(admin):
    automation(db.session(), priority="high")
    assert (
        "There is no ticket with this number." in admin.get("/settings/automations?ticket=999").text
    )


def test_the_ticket_tells_which_automation_applied(desk, sign_in, group, open_ticket):
    automation(db.session(), "转组", group_id=group, priority="high", tell=(1,))
    number = open_ticket()

    page = sign_in("chen@office.test").get(f"/tickets/{number}").text

    assert "Automation “转组” — group: 投诉组, priority: High, notice to 陈静" in page
    assert (
        "A ticket arrived that you are to be told of"
        in sign_in("chen@office.test").get("/notifications/").text
    )


def test_every_change_is_in_the_audit_log(admin, group):
    post(admin, "/settings/automations/new", {**FORM, "group": group, "tell": "1"})

    entry = db.session.scalars(select(SettingChange)).one()
    assert (entry.kind, entry.act, entry.by) == ("automation", "added", "管理员")
    assert entry.changes["group_id"] == [None, "投诉组"]
    assert entry.changes["tell"] == [[], ["陈静"]]
    assert "Automation" in admin.get("/settings/audit").text


@pytest.mark.parametrize("who", ["chen@office.test", "wu@office.test", "zhou@college.test"])
def test_only_administrators_come_here(desk, sign_in, who):
    browser = sign_in(who)
    assert browser.get("/settings/automations").status_code in (403, 404)
    assert post(browser, "/settings/automations/new", FORM).status_code in (403, 404)


def test_its_acts_are_nobody_s_reply(desk, open_ticket):
    """BEHAVIOURS 3"""
    automation(db.session(), priority="high")
    number = open_ticket()

    kinds = db.session.scalars(select(Event.kind).where(Event.ticket_id == number)).all()
    assert "automation.applied" in kinds
    assert "clock.meet" not in kinds


@pytest.mark.browser
@in_every_look
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_can_be_used_by_everybody(admin, visit, open_ticket, size, theme):
    """BEHAVIOURS 32"""
    page = visit(
        "/settings/automations", size=size, theme=theme, language="zh", email="admin@office.test"
    )
    assert_usable(page)
    conditions = {"words": ["投诉"], "channel": ["web"]}
    number = automation(db.session(), "投诉", conditions=conditions, tell=(1,))
    automation(db.session(), "无回音", "waiting", workdays=5, status="resolved")
    page.goto(f"/settings/automations?ticket={open_ticket()}")
    assert_usable(page)
    page.goto(f"/settings/automations/{number}")
    assert_usable(page)
    assert page.get_by_label("满多少个工作日无动静").is_hidden()
    page.get_by_label("等待对方，久无动静时").check()
    assert page.get_by_label("满多少个工作日无动静").is_visible()
    assert_usable(page)
