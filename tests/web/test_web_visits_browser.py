"""The pages of visits in a real browser: for everybody, at every width, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Agent, Login, Ticket, Visit
from helpdesk.services.access import viewer_of
from helpdesk.services.onsite import visits
from tests.services.onsite.visiting import span
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def proposed(desk, open_ticket) -> int:
    """Propose two dates on a ticket, the agent travelling the day before; return its number."""
    number = open_ticket("考场验收")
    with transaction() as session:
        chen = viewer_of(
            session.scalars(select(Login).where(Login.email == "chen@office.test")).one()
        )
        visit = visits.plan(
            session,
            session.get_one(Ticket, number),
            place="成都市武侯区 3 号楼",
            purpose="请来看看新的考场。",
            contact="周敏",
            phone="13800138000",
            by=chen.actor,
            now=at("23 10:00"),
        )
        sent = session.scalars(select(Agent).where(Agent.name == "陈静")).one()
        visits.assign(session, chen, visit, sent, days_before=1, seen=1, now=at("23 10:00"))
        dates = [span("26 9:00-12:00"), span("27 14:00-16:00")]
        visits.propose(session, chen, visit, dates, seen=2, now=at("23 10:00"))
    return number


@in_every_look
def test_pages_of_visits_can_be_used_by_everybody(visit, proposed, size, theme):
    page = visit("/visits/", size=size, theme=theme, language="zh")

    for path in (
        "/visits/",
        "/visits/?view=week&day=2026-11-26",
        "/visits/?view=list",
        f"/tickets/{proposed}/visit",
        "/profile/",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details.step').forEach(d => (d.open = true))")
        assert_usable(page)


def test_a_narrow_screen_shows_an_agenda_of_the_days_on_which_something_is(visit, proposed):
    page = visit("/visits/", size="phone")

    expect(page.locator(".board td:visible")).to_have_count(3)  # today and the two dates
    expect(page.locator(".board")).to_contain_text("Thu 26 Nov")


def test_every_step_works_without_scripts(visit, proposed):
    page = visit(f"/tickets/{proposed}/visit", script=False)

    page.locator("#agree summary").click()
    page.locator("#agree label", has_text="Fri 27 Nov 14:00–16:00").click()
    page.locator("#agree [name=note]").fill("By telephone")
    page.locator("#agree button.main").click()

    expect(page.locator("main header")).to_contain_text("Agreed")
    with transaction() as session:
        assert session.scalars(select(Visit)).one().starts_at == at("27 14:00")
