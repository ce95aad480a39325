"""The pages of centers in a real browser: for everybody, at every width, in both themes."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Application, Center, Login, Person, Remittance
from helpdesk.services.certification import applications
from tests.services.certification.applying import filled_in, submitted
from tests.services.certification.center_life_help import agreement, center_in, paper, provide
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

NOW = at("23 10:00")
PARTS = (
    "overview", "facts", "people", "teaching", "assessment", "agreements", "reviews",
    "fees", "documents", "requests", "tickets", "calls", "visits", "history",
)  # fmt: skip
PORTAL = ("", "new", "visits/new", "record", "people", "fees", "requests")
STEPS = ("person", "organisation", "facilities", "teachers", "business", "photographs")


@pytest.fixture
def full(desk) -> str:
    """Have an applicant, and a serving center with a record, whose lead is 周敏."""
    session = db.session()
    submitted(session, NOW)
    number = center_in(session, "authorized", now=NOW, code="CD017")
    with transaction():
        for need in ("qualification", "opinions", "lecturer_certificate", "review"):
            provide(session, number, need, now=NOW)
        for kind in ("licence", "visit_report"):
            paper(session, number, kind, now=NOW).shared = True
        session.add(agreement(number, now=NOW, taken_up=True))
        exam = {"center_id": number, "by": "周敏", "created_at": NOW}
        session.add(Remittance(**exam, exam_on=date(2026, 11, 14), intermediate=40, senior=6))
        login = session.scalars(select(Login).where(Login.email == "zhou@college.test")).one()
        person = session.get_one(Person, login.person_id)
        person.center_id, person.lead = number, True
    return "CD017"


def look(page: Page, path: str, size: str) -> None:
    """Open a page with all its forms, and let axe judge it."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('main details').forEach(d => (d.open = true))")
    assert_usable(page)


@in_every_look
def test_the_offices_pages_of_centers_can_be_used_by_everybody(visit, full, size, theme):
    page = visit("/centers", size=size, theme=theme, language="zh")

    for path in ("/centers", "/centers/board", "/centers/notices"):
        look(page, path, size)
    for part in PARTS:
        look(page, f"/centers/{full}" + ("" if part == "overview" else f"/{part}"), size)
    applicant = db.session.scalars(select(Center.code).where(Center.state == "submitted")).one()
    look(page, f"/centers/{applicant}", size)
    look(page, f"/centers/{applicant}/facts", size)


@in_every_look
def test_the_portal_can_be_used_by_everybody(visit, full, size, theme):
    page = visit("/portal/", size=size, theme=theme, email="zhou@college.test")

    for path in PORTAL:
        look(page, f"/portal/{path}", size)


@in_every_look
def test_the_application_can_be_filled_in_by_everybody(visit, desk, size, theme):
    number = filled_in(db.session(), NOW)
    page = visit("/queue/open", size=size, theme=theme)
    look(page, "/apply/", size)
    page.goto(link_of(number))

    for step in STEPS:
        look(page, f"/apply/form/{step}", size)
    for path in ("/apply/review", "/apply/print"):
        look(page, path, size)
    page.goto("/apply/review")
    page.locator("[name=true]").check()
    page.locator("main form button.main").click()
    look(page, "/apply/status", size)


def link_of(number: int) -> str:
    """Return a link that opens an application, as its mail has it."""
    with transaction() as session:
        application = session.get_one(Application, number)
        application.token_hash = applications._digest("a-link")
    return "/apply/continue/a-link"
