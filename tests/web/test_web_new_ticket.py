"""A ticket on behalf of somebody: who asked, when it happened, and what is kept when refused."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Notification, Person, Ticket
from tests.web.pages import at, post, ticket_of

CALL = {
    "submission": "a form of its own",
    "channel": "hotline",
    "happened": "2026-11-23T10:30",
    "name": "何雪梅",
    "phone": "+86 138-0028-0017",
    "subject": "考场监控录像保存多久",
    "text": "对方来电询问录像保存期限。",
    "priority": "normal",
    "status": "open",
}


@pytest.fixture
def enter(sign_in) -> Callable[..., TestResponse]:
    """Return a way to send the form, changed here and there."""
    client = sign_in()
    return lambda **changes: post(client, "/tickets/new", {**CALL, **changes})


def number_of(answer: TestResponse) -> int:
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)
    return int(answer.location.rpartition("/")[2])


def center(code: str = "CD017") -> None:
    with transaction() as session:
        session.add(Center(code=code, name="成都锦江学院认证中心", created_at=at("2 9:00")))


def test_a_call_of_somebody_new_becomes_a_ticket_of_theirs(enter):
    ticket = ticket_of(number_of(enter()))

    assert (ticket.channel, ticket.requester.name) == ("hotline", "何雪梅")
    assert [a.value for a in ticket.requester.addresses] == ["13800280017"]
    assert ticket.messages[0].author_address == "13800280017"


def test_a_backdated_call_starts_its_promise_when_it_happened(enter):
    """BEHAVIOURS 17"""
    ticket = ticket_of(number_of(enter(happened="2026-11-20T17:00")))

    assert ticket.started_at == at("20 17:00")
    assert ticket.targets[0].due_at == at("23 17:00")
    assert ticket.messages[0].at == at("20 17:00")


def test_an_answer_during_the_call_is_the_first_reply(enter):
    """BEHAVIOURS 3"""
    ticket = ticket_of(number_of(enter(answered="1", answer="保存三个月。", status="resolved")))

    assert ticket.targets[0].met_at == at("23 10:30")
    assert (ticket.messages[1].direction, ticket.messages[1].text) == ("out", "保存三个月。")
    assert (ticket.status, ticket.awaiting_reply) == ("resolved", False)


def test_a_call_that_is_solved_without_an_answer_still_owes_one(enter):
    """BEHAVIOURS 5"""
    assert ticket_of(number_of(enter(status="resolved"))).targets[0].met_at is None


def test_a_mail_cannot_be_answered_while_it_lasts(enter):
    ticket = ticket_of(number_of(enter(channel="email", answered="1")))

    assert ticket.targets[0].met_at is None


def test_the_future_is_refused_and_everything_typed_is_kept(enter):
    answer = enter(happened="2026-11-23T10:41", answer="保存三个月。")

    assert answer.status_code == 400
    assert "This is still to come" in answer.text
    for typed in (
        "何雪梅",
        "+86 138-0028-0017",
        "对方来电询问录像保存期限。",
        "保存三个月。",
        "2026-11-23T10:41",
    ):
        assert typed in answer.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"happened": "2019-11-23T10:30"}, "more than a year ago"),
        ({"happened": "0001-01-01T00:00"}, "more than a year ago"),
        ({"happened": "9999-12-31T23:59"}, "This is still to come"),
        ({"happened": "gestern"}, "Please write a date and a time"),
        ({"phone": "12345"}, "Write a telephone number like"),
        ({"email": "nobody"}, "Write a mail address like"),
        ({"center": "NOWHERE"}, "There is no center with this code."),
        ({"name": "", "phone": ""}, "Pick who asked"),
        ({"subject": " "}, "Please fill this in."),
        ({"channel": "telex"}, "Please choose one of these."),
        ({"person": "4711"}, "Pick one of the people found."),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_and_nothing_is_opened(enter, changes, sentence):
    answer = enter(**changes)

    assert answer.status_code in (400, 422)
    assert sentence in answer.text
    assert db.session.scalar(select(Ticket.id)) is None
    assert db.session.scalar(select(Person.id).where(Person.name == "何雪梅")) is None


def test_sending_the_form_twice_opens_one_ticket(enter):
    assert number_of(enter()) == number_of(enter())


def test_an_old_form_that_comes_back_with_other_words_is_another_ticket(enter):
    assert number_of(enter()) != number_of(enter(text="另一件事。"))


def test_a_number_that_is_known_leads_to_its_person(enter):
    first = ticket_of(number_of(enter())).requester_id

    again = ticket_of(number_of(enter(name="", phone="13800280017", text="再次来电。")))

    assert again.requester_id == first


def test_a_new_number_is_added_to_the_person_who_was_picked(enter, open_ticket):
    person = ticket_of(open_ticket()).requester_id

    ticket = ticket_of(number_of(enter(person=str(person), name="")))

    assert ticket.requester_id == person
    assert {a.value for a in ticket.requester.addresses} == {"zhou@college.test", "13800280017"}


def test_somebody_elses_number_is_refused(enter, open_ticket):
    person = ticket_of(open_ticket()).requester_id
    enter()

    answer = enter(person=str(person), text="另一件事。")

    assert answer.status_code == 409
    assert "13800280017 belongs to 何雪梅." in answer.text


def test_a_search_that_found_nobody_names_somebody_new(enter):
    ticket = ticket_of(number_of(enter(name="", phone="", who="010-6200 1234")))

    assert ticket.requester.display_name == "01062001234"


def test_a_search_that_found_people_asks_to_pick_one(enter, open_ticket):
    open_ticket()

    answer = enter(name="", phone="", who="周敏")

    assert "Pick who asked" in answer.text
    assert "zhou@college.test" in answer.text


def test_a_new_person_joins_the_center_that_was_named(enter):
    center()

    ticket = ticket_of(number_of(enter(center="CD017 · 成都锦江学院认证中心")))

    assert ticket.center.code == ticket.requester.center.code == "CD017"


@pytest.mark.parametrize("query", ["周", "zhou@", "COLLEGE.test", "%E5%91%A8%E6%95%8F"])
def test_people_are_found_by_part_of_a_name_or_an_address(sign_in, open_ticket, query):
    open_ticket()

    found = sign_in().get(f"/tickets/new/people?who={query}", headers={"HX-Request": "true"}).text

    assert "周敏" in found
    assert "<html" not in found


def test_a_percent_sign_finds_nobody(sign_in, open_ticket):
    open_ticket()

    assert "周敏" not in sign_in().get("/tickets/new/people?who=%25").text


def test_people_are_found_without_scripts_too(sign_in, open_ticket):
    open_ticket()

    answer = post(sign_in(), "/tickets/new", {**CALL, "who": "周敏", "find": "1"})

    assert answer.status_code == 200
    assert "zhou@college.test" in answer.text
    assert "对方来电询问录像保存期限。" in answer.text


def test_a_colleague_who_is_given_the_ticket_is_told(enter):
    number = number_of(enter(assignee="2"))

    assert db.session.scalars(select(Notification.agent_id)).all() == [2]
    assert ticket_of(number).assignee.name == "吴昊"


def test_files_come_along(enter):
    ticket = ticket_of(number_of(enter(files=(BytesIO(b"photo"), "现场.jpg"))))

    assert ticket.messages[0].attachments[0].name == "现场.jpg"


def test_the_form_is_for_the_office(sign_in: Callable[..., FlaskClient]):
    contact = sign_in("zhou@college.test")

    assert contact.get("/tickets/new").status_code == 403
    assert post(contact, "/tickets/new", CALL).status_code == 403


def test_a_reply_that_bounces_leaves_the_answer_given_in_the_call(enter):
    """BEHAVIOURS 23"""
    from helpdesk.services.access import Viewer
    from helpdesk.services.arrivals import bounces
    from helpdesk.services.desk import replies

    number = number_of(enter(answered="1", email="he@college.test"))
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        agent = Viewer(1, "agent", "陈静", "chen@office.test", agent_id=1)
        sent = replies.reply(session, ticket, agent, "补充说明", now=at("23 10:45"))
        bounces.mark_failed(session, sent, "no such user", now=at("23 10:46"))

    assert ticket_of(number).targets[0].met_at == at("23 10:30")


def test_the_suggestions_opened_as_a_page_are_the_whole_form(sign_in):
    client = sign_in()

    for path in ("/tickets/new/people?who=x", "/tickets/new/centers?center=x"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "<form" in answer.text
