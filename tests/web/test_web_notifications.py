"""Notifications and the profile: one's own, and nobody else's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Login, Notification, Target
from tests.web.pages import PASSWORD, at, post

BREACH = {"kind": "breach", "text": "无法上传名单"}


@pytest.fixture
def told(open_ticket):
    """Tell the agent three things and the manager one."""
    number = open_ticket()
    with transaction() as session:
        agents = {row.email: row.id for row in session.scalars(select(Agent))}
        rows = [
            Notification(
                agent_id=agents[email],
                occasion=f"test.{n}",
                ticket_id=number if kind != "calendar" else None,
                kind=kind,
                text="<b>无法上传名单</b>",
                created_at=at("23 10:00"),
            )
            for n, (email, kind) in enumerate(
                [
                    ("chen@office.test", "breach"),
                    ("chen@office.test", "assigned"),
                    ("chen@office.test", "calendar"),
                    ("wu@office.test", "breach"),
                ]
            )
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def unread(client) -> int:
    return client.get("/notifications/").text.count("told-row unread")


@pytest.mark.parametrize(
    ("language", "kind", "said"),
    [
        ("en", "warning", "First reply · by 10:00 tomorrow · 7 h 30 min were left · 无法上传名单"),
        ("zh", "warning", "首次回复 · 明天 10:00 前 · 当时还剩 7小时30分 · 无法上传名单"),
        ("en", "breach", "First reply · was due 10:00 tomorrow · 无法上传名单"),
    ],
)
def test_a_promise_is_told_in_the_language_of_who_reads(sign_in, open_ticket, language, kind, said):
    number = open_ticket()
    with transaction() as session:
        agent = session.scalars(select(Agent.id).filter_by(email="chen@office.test")).one()
        target = session.scalars(select(Target.id).filter_by(ticket_id=number)).one()
        told = {"agent_id": agent, "ticket_id": number, "text": "无法上传名单"}
        key = f"{kind}.{target}.1"
        session.add(Notification(kind=kind, occasion=key, created_at=at("23 10:00"), **told))
    browser = sign_in()
    browser.set_cookie("lang", language)

    assert said in " ".join(browser.get("/notifications/").text.split())


def test_the_list_tells_what_happened_in_words(sign_in, told):
    page = sign_in().get("/notifications/").text

    assert "A promise is overdue" in page
    assert "You were given a ticket" in page
    assert "<b>无法上传名单</b>" not in page


def test_the_bell_shows_how_many_and_its_menu_the_first_few(sign_in, told):
    client = sign_in()

    menu = client.get("/notifications/", headers={"HX-Request": "true"}).text

    assert menu.count("told-row") == 3
    assert "<html" not in menu
    assert '<b aria-hidden="true">3</b>' in client.get("/queue/mine").text


def test_following_one_reads_it_and_leads_to_the_ticket(sign_in, told):
    client = sign_in()

    answer = client.get(f"/notifications/{told[0]}")

    assert answer.location.startswith("/tickets/")
    assert unread(client) == 2


def test_all_are_read_up_to_the_newest_that_was_on_the_page(sign_in, told):
    client = sign_in()

    post(client, "/notifications/reading", {"newest": told[1]})

    assert unread(client) == 1


def test_somebody_elses_is_not_there(sign_in, told):
    client = sign_in()

    assert client.get(f"/notifications/{told[3]}").status_code == 404
    post(client, "/notifications/reading", {"newest": told[3]})
    db.session.rollback()
    assert db.session.get_one(Notification, told[3]).read_at is None


def test_without_any_it_says_what_will_appear(sign_in):
    assert "Nothing new" in sign_in().get("/notifications/").text


def test_centers_have_no_notifications(sign_in):
    client = sign_in("zhou@college.test")

    assert client.get("/notifications/").status_code == 403
    assert "bell-menu" not in client.get("/portal/").text


def test_a_person_changes_name_and_language(sign_in):
    client = sign_in()

    post(client, "/profile/", {"name": "陈静静", "locale": "en", "theme": "dark"})

    db.session.rollback()
    agent = db.session.scalars(select(Agent).where(Agent.email == "chen@office.test")).one()
    assert (agent.name, agent.notify_by_mail) == ("陈静静", False)
    assert 'data-theme="dark"' in client.get("/profile/").text


def test_a_profile_changes_no_role(sign_in):
    post(sign_in(), "/profile/", {"name": "陈静", "role": "admin", "active": "1"})

    db.session.rollback()
    agent = db.session.scalars(select(Agent).where(Agent.email == "chen@office.test")).one()
    assert agent.role == "agent"


def password(**changes: str) -> dict[str, object]:
    usual = {"current_password": PASSWORD, "password": "a new sentence", "again": "a new sentence"}
    return {**usual, **changes}


def test_a_new_password_ends_the_other_sessions(sign_in):
    here, elsewhere = sign_in(), sign_in()

    post(here, "/profile/password", password())

    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"current_password": "wrong"}, "This is not your present password."),
        ({"again": "another"}, "The two are not the same."),
        ({"password": "short", "again": "short"}, "Use at least 8 characters."),
    ],
)
def test_a_password_is_not_changed_by_mistake(sign_in, change, sentence):
    answer = post(sign_in(), "/profile/password", password(**change))

    assert answer.status_code == 400
    assert sentence in answer.text
    assert "a new sentence" not in answer.text


def test_guessing_the_present_password_has_an_end(sign_in):
    client = sign_in()
    answers = [
        post(client, "/profile/password", password(current_password=f"guess {n}")).status_code
        for n in range(11)
    ]

    assert answers[-1] == 429


def test_a_contact_has_a_profile_too(sign_in):
    client = sign_in("zhou@college.test")

    post(client, "/profile/", {"name": "周敏敏", "locale": "zh"})

    db.session.rollback()
    login = db.session.scalars(select(Login).where(Login.email == "zhou@college.test")).one()
    assert login.person is not None
    assert login.person.name == "周敏敏"
