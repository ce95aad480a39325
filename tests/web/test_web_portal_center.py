"""The portal's pages of the center itself: what its lead may do there, and others may not."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from channels.message import Handle
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    Center,
    CenterRequest,
    Document,
    Login,
    Outbox,
    Remittance,
    Ticket,
)
from helpdesk.services.access import SYSTEM
from helpdesk.services.certification import center_life
from helpdesk.services.identity import accounts, people
from tests.web.pages import PASSWORD, at, post

LEAD, COLLEAGUE = "lead@college.test", "staff@college.test"


@pytest.fixture
def center(desk):
    """Return a desk with an authorised center, its lead and a colleague."""
    with transaction() as session:
        row = Center(
            code="CD017", name="成都认证中心", phone="02885551234", created_at=at("2 9:00")
        )
        session.add(row)
        center_life.enter_as_it_stands(session, row, by=SYSTEM, now=at("2 9:00"))
        for email, name, lead in ((LEAD, "王芳", True), (COLLEAGUE, "刘洋", False)):
            login = accounts.add_login(
                session,
                email=email,
                role="center",
                name=name,
                password=PASSWORD,
                center_code="CD017",
                now=at("2 9:00"),
            )
            login.person.lead = lead
    return row.id


def state(center: int) -> str:
    db.session.rollback()
    return db.session.get_one(Center, center).state


def test_a_contact_reads_the_record_of_the_center(center, sign_in):
    page = sign_in(COLLEAGUE).get("/portal/record").text

    assert "CD017" in page
    assert "Authorised" in page


def test_the_lead_invites_a_colleague_who_gets_a_link(center, sign_in):
    client = sign_in(LEAD)

    answer = post(client, "/portal/people", {"name": "赵敏", "email": "zhao@college.test"})

    assert answer.status_code == 302
    db.session.rollback()
    login = db.session.scalars(select(Login).where(Login.email == "zhao@college.test")).one()
    assert (login.person.center_id, login.person.lead) == (center, False)
    assert db.session.scalars(select(Outbox.recipients)).all() == [["zhao@college.test"]]


def test_the_lead_takes_nobody_away_from_another_center(center, sign_in):
    """What somebody asks is shown to their center: who could move them would read it."""
    with transaction() as session:
        other = Center(code="BJ001", name="北京认证中心", created_at=at("2 9:00"))
        session.add(other)
        session.flush()
        handle = Handle("email", "wang@bjxx.test", "王小明")
        people.person_for(session, handle, now=at("2 9:00")).center = other
        theirs = other.id

    answer = post(sign_in(LEAD), "/portal/people", {"name": "别人", "email": "Wang@bjxx.test"})

    assert answer.status_code == 400
    assert "another center" in answer.text
    db.session.rollback()
    known = people.find_person(db.session(), handle)
    assert (known.center_id, known.name) == (theirs, "王小明")


def test_a_colleague_invites_closes_and_asks_for_nothing(center, sign_in):
    client = sign_in(COLLEAGUE)
    before = db.session.scalars(select(Login.id)).all()

    for path, form in (
        ("/portal/people", {"name": "x", "email": "x@college.test"}),
        ("/portal/requests", {"phone": "13800138000"}),
        ("/portal/requests/exit", {"version": "1"}),
        ("/portal/fees", {"exam_on": "2026-12-01", "intermediate": "10"}),
    ):
        assert post(client, path, form).status_code in (400, 403), path

    db.session.rollback()
    assert db.session.scalars(select(Login.id)).all() == before
    assert not db.session.scalars(select(CenterRequest)).all()
    assert state(center) == "authorized"


def test_a_change_is_asked_as_a_ticket_and_taken_over_by_the_office(center, sign_in, admin):
    post(sign_in(LEAD), "/portal/requests", {"phone": "138 0013 8000", "reason": "换了号码"})

    db.session.rollback()
    request = db.session.scalars(select(CenterRequest)).one()
    ticket = db.session.get_one(Ticket, request.ticket_id)
    assert (request.proposed, ticket.center_id) == ({"phone": "13800138000"}, center)
    assert db.session.get_one(Center, center).phone == "02885551234"

    path = f"/centers/CD017/requests/{request.id}/decision"
    assert post(admin(), path, {"accept": "0"}).status_code == 400
    assert post(admin(), path, {"accept": "1"}).status_code == 302

    db.session.rollback()
    assert db.session.get_one(Center, center).phone == "13800138000"
    assert db.session.scalars(select(CenterRequest.state)).one() == "accepted"


def test_a_wrong_value_is_told_at_its_field_and_asks_for_nothing(center, sign_in):
    answer = post(sign_in(LEAD), "/portal/requests", {"phone": "12"})

    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    db.session.rollback()
    assert not db.session.scalars(select(CenterRequest)).all()


def test_leaving_needs_the_written_application(center, sign_in, admin):
    client = sign_in(LEAD)
    version = {"version": "1", "reason": "专业调整"}

    assert post(client, "/portal/requests/exit", version).status_code == 400
    assert state(center) == "authorized"
    form = {**version, "files": (BytesIO(b"%PDF-1.7 we leave"), "退出申请.pdf")}
    assert post(client, "/portal/requests/exit", form).status_code == 302

    assert state(center) == "exit_requested"
    paper = db.session.scalars(select(Document)).one()
    assert (paper.kind, paper.shared) == ("exit_application", True)
    step = {"version": "2", "reason": "请留下"}
    assert post(admin(), "/centers/CD017/steps/refuse_exit", step).status_code == 302
    assert state(center) == "authorized"
    assert db.session.scalars(select(CenterRequest.state)).one() == "refused"


def test_fees_are_reported_at_the_rates_of_the_agreement(center, sign_in):
    form = {"exam_on": "2026-12-12", "intermediate": "10", "senior": "2"}

    assert post(sign_in(LEAD), "/portal/fees", form).status_code == 302

    db.session.rollback()
    assert db.session.scalars(select(Remittance)).one().owed == 10 * 400 + 2 * 800
    assert "5,600" in sign_in(LEAD).get("/portal/fees").text


def test_a_center_that_has_left_only_reads(center, sign_in):
    with transaction() as session:
        row = session.get_one(Center, center)
        row.state, row.exit_by = "exited", "breach"
    client = sign_in(LEAD)

    for path in ("", "record", "people", "requests", "fees"):
        page = client.get(f"/portal/{path}")
        assert page.status_code == 200, path
        for asking in ("/portal/new", "/portal/visits/new", 'action="/portal/'):
            assert asking not in page.text.replace('action="/portal/" role="search"', ""), path
    for path, form in (
        ("/portal/people", {"name": "x", "email": "x@college.test"}),
        ("/portal/requests", {"phone": "13800138000"}),
        ("/portal/fees", {"exam_on": "2026-12-01", "intermediate": "10"}),
        ("/portal/new", {"submission": "a" * 32, "subject": "问题", "text": "还能问吗"}),
    ):
        assert post(client, path, form).status_code == 403, path


def test_the_navigation_marks_one_place_on_every_page(center, sign_in):
    client = sign_in(LEAD)
    asked = {"submission": "a" * 32, "subject": "名单", "text": "如何上传？"}
    ticket = post(client, "/portal/new", asked).location.removeprefix("/portal/")

    for path in ("", "new", "visits/new", "record", "people", "fees", "requests", ticket):
        [nav] = re.findall(
            r'<nav class="nav".*?</nav>', client.get(f"/portal/{path}").text, re.DOTALL
        )
        assert nav.count('aria-current="page"') == 1, path
    refused = post(client, "/portal/new", {"subject": ""}).text
    [marked] = re.findall(r'<a href="([^"]+)"[^>]*aria-current="page"', refused)
    assert marked == "/portal/new"
