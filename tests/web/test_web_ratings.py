"""Ratings: asked by a link in the mail or in the portal, recorded only when sent (BEHAVIOURS 34)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Event, Notification, Outbox, Rating, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import ratings, replies, tickets
from helpdesk.services.identity import accounts
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at, post

CHEN = Viewer(99, "agent", "陈静", "chen@office.test", agent_id=1)


@pytest.fixture
def answered(open_ticket) -> int:
    """Answer and resolve a ticket of the college; return its number."""
    number = open_ticket()
    answer(number, status="resolved")
    return number


def answer(number: int, **more: object) -> None:
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        replies.reply(session, ticket, CHEN, "名单已经收到。", now=at("23 10:20"), **more)


def mail_of(number: int) -> str:
    db.session.rollback()
    found = select(Outbox).where(Outbox.ticket_id == number, Outbox.kind == "reply")
    return db.session.scalars(found.order_by(Outbox.id.desc())).first().mail["text"]


def link_in(text: str) -> str:
    return re.search(r"http://helpdesk\.test(/rate/\S+)", text)[1]


def rating_of(number: int) -> Rating | None:
    db.session.rollback()
    return db.session.get(Rating, number)


def test_a_mail_that_settles_a_matter_asks_how_the_answer_was(answered):
    assert "这次答复对您有帮助吗" in mail_of(answered)
    assert mail_of(answered).rstrip().endswith("]")  # the marker stays last


def test_a_mail_that_settles_nothing_asks_nothing(open_ticket):
    number = open_ticket()
    answer(number)
    assert "/rate/" not in mail_of(number)


def test_a_desk_can_do_without_ratings(desk, open_ticket, monkeypatch):
    number = open_ticket()
    answer(number, status="resolved")
    path = link_in(mail_of(number))
    monkeypatch.setattr(
        "helpdesk.services.desk.ratings.current_config",
        lambda: type("C", (), {"ratings": "off", "secret_key": "a key that only tests use"}),
    )
    assert desk.test_client().get(path).status_code == 404


def test_opening_the_link_records_nothing(desk, answered):
    """BEHAVIOURS 34: programs that look through mails follow every link."""
    page = desk.test_client().get(link_in(mail_of(answered)))

    assert page.status_code == 200
    assert desk.test_client().head(link_in(mail_of(answered))).status_code == 200
    assert rating_of(answered) is None


def test_what_is_sent_from_the_page_is_recorded_with_its_event(desk, answered):
    client, path = desk.test_client(), link_in(mail_of(answered))

    told = post(client, path, {"score": "good", "comment": " 很快 "}, follow_redirects=True)

    assert told.status_code == 200
    found = rating_of(answered)
    assert (found.score, found.comment, found.agent_id) == ("good", "很快", 1)
    event = db.session.scalars(select(Event).where(Event.kind == "rating.given")).one()
    assert (event.ticket_id, event.data) == (answered, {"score": "good", "before": None})


def test_another_opinion_replaces_the_first_and_the_same_one_changes_nothing(desk, answered):
    client, path = desk.test_client(), link_in(mail_of(answered))
    for score in ("good", "fair", "fair"):
        post(client, path, {"score": score})

    assert rating_of(answered).score == "fair"
    kinds = db.session.scalars(select(Event.data).where(Event.kind == "rating.given")).all()
    assert [data["score"] for data in kinds] == ["good", "fair"]


def test_a_poor_opinion_is_told_to_who_holds_the_ticket_once(desk, answered):
    client, path = desk.test_client(), link_in(mail_of(answered))
    for comment in ("没有回答", "还是没有回答"):
        post(client, path, {"score": "poor", "comment": comment})

    db.session.rollback()
    told = db.session.scalars(select(Notification).where(Notification.kind == "rating")).all()
    assert [(row.agent_id, row.text) for row in told] == [(1, "没有回答")]


@pytest.mark.parametrize("token", ["", "x", "NDI.AAAA"])
def test_a_link_that_is_not_ours_is_refused(desk, answered, token):
    assert desk.test_client().get(f"/rate/{token}").status_code == 404


def test_nothing_chosen_is_refused_and_what_was_typed_is_kept(desk, answered):
    client, path = desk.test_client(), link_in(mail_of(answered))

    page = post(client, path, {"comment": "说不清"})

    assert page.status_code == 422
    assert "说不清" in page.text
    assert rating_of(answered) is None


def test_the_office_does_not_rate_its_own_answers(sign_in, answered):
    client = sign_in()
    assert post(client, link_in(mail_of(answered)), {"score": "good"}).status_code == 403
    assert rating_of(answered) is None


@pytest.mark.parametrize("status", ["open", "spam"])
def test_what_was_never_settled_or_is_spam_is_not_rated(desk, answered, open_ticket, status):
    number = open_ticket("另一件")
    path = link_in(mail_of(answered))
    with transaction() as session:
        ticket = session.get_one(Ticket, answered if status == "spam" else number)
        if status == "spam":
            tickets.set_status(session, ticket, "spam", now=at("23 10:30"), by=CHEN.actor)
        else:
            path = link_in(ratings.link(ticket))
    assert post(desk.test_client(), path, {"score": "good"}).status_code == 400


def test_a_merged_ticket_is_rated_where_it_went(desk, answered, open_ticket):
    """BEHAVIOURS 32."""
    path, target = link_in(mail_of(answered)), open_ticket("另一件")
    answer(target, status="resolved")
    with transaction() as session:
        session.get_one(Ticket, answered).merged_into_id = target

    post(desk.test_client(), path, {"score": "fair"})

    assert rating_of(answered) is None
    assert rating_of(target).score == "fair"


def test_opinions_of_one_place_are_counted(desk, answered, monkeypatch):
    monkeypatch.setattr("helpdesk.services.desk.ratings.TRIES_PER_PLACE", 2)
    client, path = desk.test_client(), link_in(mail_of(answered))
    answers = [
        post(client, path, {"score": score}).status_code for score in ("good", "fair", "poor")
    ]
    assert answers == [302, 302, 429]
    assert rating_of(answered).score == "fair"


def test_the_portal_asks_once_the_matter_is_settled(sign_in, answered, open_ticket):
    client, other = sign_in("zhou@college.test"), open_ticket("另一件")
    assert "How was the answer?" not in client.get(f"/portal/tickets/{other}").text
    assert "How was the answer?" in client.get(f"/portal/tickets/{answered}").text

    post(client, f"/portal/tickets/{answered}/rating", {"score": "good"})

    assert rating_of(answered).score == "good"
    assert "Change it" in client.get(f"/portal/tickets/{answered}").text


def test_nobody_rates_a_stranger_s_ticket_in_the_portal(desk, sign_in, answered):
    with transaction() as session:
        accounts.add_login(
            session,
            email="li@elsewhere.test",
            role="center",
            name="李",
            password="correct horse",
            now=at("2 9:00"),
        )
    client = sign_in("li@elsewhere.test")
    assert post(client, f"/portal/tickets/{answered}/rating", {"score": "good"}).status_code == 404
    assert rating_of(answered) is None


def test_the_ticket_shows_the_opinion_to_the_office(sign_in, desk, answered):
    post(desk.test_client(), link_in(mail_of(answered)), {"score": "poor", "comment": "太慢"})
    page = sign_in().get(f"/tickets/{answered}").text
    assert "太慢" in page
    assert "The requester rated the answer: Poor" in page


def test_each_figure_of_the_report_opens_as_many_opinions_as_it_says(sign_in, desk, open_ticket):
    for number, score in enumerate(("good", "good", "poor", "fair")):
        ticket = open_ticket(f"事项 {number}")
        answer(ticket, status="resolved")
        post(desk.test_client(), link_in(mail_of(ticket)), {"score": score})
    client = sign_in("wu@office.test")

    page = client.get("/reports/ratings").text
    figures = re.findall(r'<td class="n"><a class="link" href="([^"]+)">(\d+)</a>', page)

    assert [int(number) for _, number in figures] == [4, 2, 1, 1, 4, 2, 1, 1]
    for address, number in figures:
        listed = client.get(address.replace("&amp;", "&")).text
        assert listed.count("data-rating") == int(number)
    assert "50%" in page


def test_agents_do_not_see_the_report(sign_in):
    assert sign_in().get("/reports/ratings").status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@in_every_look
def test_the_pages_can_be_used_by_everybody(visit, answered, desk, size, theme):
    path = link_in(mail_of(answered))
    for email, where in (
        ("zhou@college.test", path),
        ("zhou@college.test", f"/portal/tickets/{answered}"),
        ("wu@office.test", "/reports/ratings"),
    ):
        page = visit(where, size=size, theme=theme, language="zh", email=email)
        assert_usable(page)
    post(desk.test_client(), path, {"score": "poor", "comment": "没有回答我的问题" * 30})
    page = visit("/reports/ratings", size=size, theme=theme, language="zh", email="wu@office.test")
    assert_usable(page)
    page.goto(f"/tickets/{answered}")
    assert_usable(page)
