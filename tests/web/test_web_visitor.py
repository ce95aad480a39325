"""Asking without an account: when the desk is open, a form, and what keeps machines out."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.models import Inbound, Outbox, Ticket
from helpdesk.web import requests
from tests.web.pages import at, post, ticket_of


def question(**changes: object) -> dict[str, object]:
    """Return a filled-in form."""
    return {
        "submission": "v" * 32,
        "name": "孙丽",
        "email": "Sun@visitor.test",
        "subject": "如何成为认证中心",
        "text": "请问需要哪些条件？",
        **changes,
    }


@pytest.fixture
def visitor(desk):
    client = desk.test_client()
    client.set_cookie("lang", "en")
    return client


def tickets() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Ticket.id))) or 0


def test_a_visitor_files_a_ticket_and_continues_by_mail(visitor):
    answer = post(visitor, "/ask", question(), follow_redirects=True)

    assert "We will reply by Tue 24 Nov 10:40" in answer.text
    assert "sun@visitor.test" in answer.text
    ticket = ticket_of(1)
    assert ticket.requester.email == "sun@visitor.test"
    mail = db.session.scalars(select(Outbox)).one()
    assert (mail.kind, mail.recipients) == ("acknowledgement", ["sun@visitor.test"])


def test_the_page_tells_the_hours_and_that_the_desk_is_open(visitor):
    page = visitor.get("/ask").text

    assert "Open now" in page
    assert "Monday to Friday" in page
    assert "09:00–12:00 · 13:30–18:00" in page


def test_on_a_holiday_the_page_says_which(visitor, monkeypatch):
    monkeypatch.setattr(requests, "_clock", lambda: at("1 10:00").replace(month=10, day=1))

    page = visitor.get("/ask").text

    assert "Closed now" in page
    assert "Today is a day off: 国庆节" in page


def test_the_field_that_people_do_not_see_stops_machines(visitor):
    answer = post(visitor, "/ask", question(website="https://spam.test"))

    assert answer.status_code == 422
    assert "请问需要哪些条件？" in answer.text
    assert "https://spam.test" not in answer.text
    assert tickets() == 0


def test_so_many_questions_in_an_hour_from_one_address_are_enough(desk, visitor):
    limit = desk.extensions["helpdesk.config"].visitor_tickets_per_hour
    for number in range(limit):
        asked = post(visitor, "/ask", question(text=f"问题 {number}"))
        assert asked.status_code == 302

    answer = post(visitor, "/ask", question(text="再来一个"))

    assert answer.status_code == 429
    assert "再来一个" in answer.text
    assert tickets() == limit


def test_other_addresses_from_the_same_place_are_counted_together(desk, visitor):
    limit = desk.extensions["helpdesk.config"].visitor_tickets_per_hour
    for number in range(limit):
        post(visitor, "/ask", question(email=f"a{number}@visitor.test"))

    assert post(visitor, "/ask", question(email="b@visitor.test")).status_code == 429


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["2001:db8:0:7::{:x}", "2001:db8:0:7:a::{:x}"], 429),
        (["2001:db8:0:7::{:x}", "2001:db8:0:8::{:x}"], 302),
        (["::ffff:192.0.2.7", "192.0.2.7"], 429),
        (["192.0.2.7", "192.0.2.8"], 302),
    ],
)
def test_a_network_of_ipv6_is_one_place(desk, visitor, addresses, expected):
    """Whoever has one address of it has 2**64, and counting each would count nothing."""
    limit = desk.extensions["helpdesk.config"].visitor_tickets_per_hour
    places = [*(addresses[0].format(number + 1) for number in range(limit)), addresses[1].format(1)]
    answers = [
        post(
            visitor,
            "/ask",
            question(email=f"a{number}@visitor.test"),
            environ_overrides={"REMOTE_ADDR": place},
        )
        for number, place in enumerate(places)
    ]

    assert [answer.status_code for answer in answers] == [302] * limit + [expected]


def test_an_hour_later_it_is_open_again(desk, visitor, monkeypatch):
    for number in range(6):
        post(visitor, "/ask", question(text=f"问题 {number}"))
    monkeypatch.setattr(requests, "_clock", lambda: at("23 11:41"))

    assert post(visitor, "/ask", question(text="下一小时")).status_code == 302


def test_sending_the_same_form_twice_opens_one_ticket(visitor):
    for _ in range(2):
        post(visitor, "/ask", question())

    assert tickets() == 1


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a b@c.test", "a@c.test\nBcc: x@y.test", "a@c.test,b@c.test", "x" * 300],
)
def test_what_is_no_mail_address_is_refused_and_the_text_kept(visitor, address):
    answer = post(visitor, "/ask", question(email=address))

    assert answer.status_code in (400, 422)
    assert "请问需要哪些条件？" in answer.text
    assert tickets() == 0


def test_another_persons_ticket_cannot_be_written_on_by_its_number(visitor, open_ticket):
    """BEHAVIOURS 20"""
    number = open_ticket()

    post(visitor, "/ask", question(email="zhou@college.test", subject=f"Re: [#{number}]"))

    assert len(ticket_of(number).messages) == 1
    assert tickets() == 2


def test_a_form_without_its_token_is_refused_and_kept(visitor):
    answer = visitor.post("/ask", data=question())

    assert answer.status_code == 400
    assert "请问需要哪些条件？" in answer.text
    assert tickets() == 0


def test_too_large_files_are_refused_and_the_text_kept(desk, visitor):
    config = desk.extensions["helpdesk.config"]
    desk.extensions["helpdesk.config"] = replace(config, max_upload=1000)

    answer = post(visitor, "/ask", question(files=(BytesIO(b"x" * 2000), "a.bin")))

    assert answer.status_code == 413
    assert "请问需要哪些条件？" in answer.text
    assert db.session.scalar(select(func.count(Inbound.id))) == 0


def test_a_desk_that_takes_no_visitors_shows_no_form(desk, visitor):
    config = desk.extensions["helpdesk.config"]
    desk.extensions["helpdesk.config"] = replace(config, visitor_tickets_per_hour=0)

    assert "The form is switched off" in visitor.get("/ask").text
    assert post(visitor, "/ask", question()).status_code == 429


def test_the_confirmation_shows_only_what_this_browser_filed(desk, visitor):
    post(visitor, "/ask", question())
    other = desk.test_client()

    assert "#1" in visitor.get("/ask/filed").text
    assert other.get("/ask/filed").status_code == 302
