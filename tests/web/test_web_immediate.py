"""当即: what can be answered at once is marked, told beside the ticket, and counted."""

import re

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Event, Ticket
from helpdesk.services.desk import replies
from helpdesk.services.reports import folding
from tests.web.pages import at, post, ticket_of
from tests.web.test_web_reports import CHEN, MANAGER, links, shown


def _marked(number):
    events = select(Event.data).where(Event.kind == "ticket.immediate", Event.ticket_id == number)
    return [data["to"] for data in db.session.scalars(events.order_by(Event.id))]


def test_an_agent_marks_a_ticket_and_takes_the_mark_off(sign_in, open_ticket):
    client, number = sign_in(), open_ticket()
    form = {"status": "open", "priority": "normal", "subject": "无法上传名单"}

    post(client, f"/tickets/{number}/properties", {**form, "immediate": ["1", ""]})
    assert ticket_of(number).immediate
    page = client.get(f"/tickets/{number}").text
    assert "marked it as answerable at once" in page
    assert "later is no breach" in page

    post(client, f"/tickets/{number}/properties", {**form, "immediate": ""})
    assert not ticket_of(number).immediate
    assert _marked(number) == [True, False]


def test_saving_other_properties_leaves_the_mark_alone(sign_in, open_ticket):
    client, number = sign_in(), open_ticket()
    with transaction() as session:
        session.get_one(Ticket, number).immediate = True

    post(client, f"/tickets/{number}/assignment", {})

    assert ticket_of(number).immediate
    assert _marked(number) == []


def test_a_late_answer_is_told_and_is_no_breach(sign_in, open_ticket):
    number = open_ticket(when="23 9:00")
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        ticket.immediate = True
        replies.reply(session, ticket, CHEN, "您好", now=at("23 10:00"))

    page = sign_in().get(f"/tickets/{number}").text

    assert "answered after 1 h" in page
    assert ticket_of(number).targets[0].state == "met"


def test_a_contact_cannot_mark_anything(sign_in, open_ticket):
    number = open_ticket()

    answer = post(sign_in("zhou@college.test"), f"/tickets/{number}/properties", {"immediate": "1"})

    assert answer.status_code == 403
    assert not ticket_of(number).immediate


def test_a_new_ticket_may_be_marked_at_once(sign_in, desk):
    form = {
        "submission": "a" * 32,
        "channel": "hotline",
        "happened": "2026-11-23T10:30",
        "name": "李敏",
        "phone": "13800138000",
        "subject": "查询成绩",
        "text": "成绩什么时候公布？",
        "priority": "normal",
        "status": "open",
        "immediate": "1",
    }

    answer = post(sign_in(), "/tickets/new", form)

    assert answer.status_code == 302
    [number] = db.session.scalars(select(Ticket.id))
    assert ticket_of(number).immediate
    assert _marked(number) == [True]


@pytest.mark.parametrize("folded", [True, False])
def test_the_share_answered_at_once_opens_its_tickets(sign_in, open_ticket, folded):
    numbers = [open_ticket(str(n), "16 9:30") for n in range(4)]
    with transaction() as session:
        for place, number in enumerate(numbers):
            ticket = session.get_one(Ticket, number)
            ticket.immediate = place < 3
            when = at("16 9:40") if place != 1 else at("16 11:00")
            replies.reply(session, ticket, CHEN, "您好", now=when)
    if folded:
        folding.fold_all()
    db.session.rollback()
    client = sign_in(MANAGER)
    page = client.get("/reports/?period=month&by=channel").text

    found = {re.search(r"figure=(\w+)", href)[1]: (href, text) for href, text in links(page)}

    assert found["prompt"][1] == "2"
    assert found["immediate"][1] == "3"
    for name in ("prompt", "immediate", "at_once"):
        href, text = found[name]
        assert shown(client, href) == int(text)
