"""The hotline's pages: the log of calls, and one agent at a time rings a number back."""

from __future__ import annotations

import pytest

from helpdesk.extensions import db, transaction
from helpdesk.models import Call, Callback, Ticket
from helpdesk.services.hotline import call_import, call_sources
from helpdesk.services.identity import accounts
from helpdesk.web import requests
from tests.web.pages import PASSWORD, at, post

T = 1795399200
"""Monday 2026-11-23 10:00 in Shanghai."""


def _line(after, call, event, *parameters, agent="NONE"):
    return "|".join([str(T + after), f"{T}.{call}", "600", agent, event, *map(str, parameters)])


LOG = [
    _line(0, 1, "ENTERQUEUE", "", "13800138000", 1),
    _line(9, 1, "CONNECT", 9, "x", 2, agent="王芳"),
    _line(74, 1, "COMPLETECALLER", 9, 65, 1, agent="王芳"),
    _line(600, 2, "ENTERQUEUE", "", "13900139000", 1),
    _line(630, 2, "ABANDON", 1, 1, 30),
]


@pytest.fixture
def number(desk):
    """Take over one answered and one missed call; return the callback's ticket."""
    with transaction() as session:
        source = call_sources.source_named(session, None, now=at("23 10:30")).id
        accounts.add_login(
            session,
            email="liu@office.test",
            role="agent",
            name="刘洋",
            password=PASSWORD,
            now=at("2 9:00"),
        )
    call_import.import_log(source, "queue_log", LOG, now=at("23 10:30"))
    return db.session.query(Callback).one().ticket_id


def _hold(client, number):
    return post(client, f"/callbacks/{number}/hold", {})


def _log(client, number, outcome, said=""):
    return post(client, f"/callbacks/{number}/outcome", {"outcome": outcome, "said": said})


def _ticket(number):
    db.session.remove()
    return db.session.get_one(Ticket, number)


def _waiting(number):
    db.session.remove()
    return db.session.get_one(Callback, number)


def test_the_log_shows_each_call_and_what_today_counts(sign_in, number):
    page = sign_in().get("/calls/").text

    assert "138****8000" in page
    assert "13800138000" not in page
    assert "1:05" in page
    assert "50%" in page
    assert f'href="/tickets/{number}"' in page


def test_missed_and_answered_calls_can_be_looked_at_alone(sign_in, number):
    client = sign_in()

    assert "138****8000" not in client.get("/calls/?which=missed").text
    assert "139****9000" not in client.get("/calls/?which=answered").text


def test_the_log_goes_on_where_a_page_ends(sign_in, number):
    client = sign_in()
    last = db.session.query(Call).order_by(Call.arrived_at.desc()).first().id

    page = client.get(f"/calls/?before={last}").text

    assert "139****9000" not in page
    assert "138****8000" in page


def test_without_calls_the_page_says_how_they_come(sign_in):
    assert "written down above" in sign_in().get("/calls/?language=en").text


def test_a_missed_call_waits_to_be_rung_back_on_a_ticket_of_its_own(sign_in, number):
    page = sign_in().get("/callbacks/").text

    assert 'href="tel:13900139000"' in page
    assert _ticket(number).started_at == at("23 10:10")
    assert db.session.query(Call).filter_by(number="13900139000").one().ticket_id == number


def test_only_one_agent_rings_at_a_time(sign_in, number):
    _hold(sign_in(), number)

    page = sign_in("liu@office.test").get("/callbacks/").text
    assert "陈静 rings them now" in page
    _hold(sign_in("liu@office.test"), number)
    assert _waiting(number).agent.name == "陈静"


def test_reaching_them_is_the_first_reply(sign_in, number):
    client = sign_in()
    _hold(client, number)

    _log(client, number, "reached", "已说明报名时间")

    ticket = _ticket(number)
    assert ticket.targets[0].met_at == at("23 10:40")
    assert ticket.messages[-1].text == "已说明报名时间"
    assert "tel:" not in client.get("/callbacks/").text
    assert "Rang back: reached" in client.get(f"/tickets/{number}").text


def test_no_answer_is_tried_again_and_is_no_reply(sign_in, number):
    client = sign_in()

    _log(client, number, "no_answer", "占线")

    waiting = _waiting(number)
    assert (waiting.open, waiting.tries, waiting.next_try_at) == (True, 1, at("23 11:40"))
    assert _ticket(number).targets[0].met_at is None
    assert _ticket(number).messages[-1].direction == "note"
    assert "1 try in vain" in client.get("/callbacks/").text


def test_a_wrong_number_is_not_tried_again_but_the_reply_stays_owed(sign_in, number):
    _log(sign_in(), number, "wrong_number")

    assert _waiting(number).open is False
    assert _ticket(number).targets[0].met_at is None


def test_what_somebody_else_dials_cannot_be_logged_over(sign_in, number):
    _hold(sign_in(), number)

    _log(sign_in("liu@office.test"), number, "reached")

    assert _ticket(number).targets[0].met_at is None


def test_a_ticket_that_does_not_exist_cannot_be_rung_back(sign_in, number):
    assert _hold(sign_in(), 4711).status_code == 404


def test_who_does_not_answer_is_tried_again_when_somebody_says_so(sign_in, number):
    client = sign_in()
    _hold(client, number)
    post(
        client,
        f"/callbacks/{number}/outcome",
        {"outcome": "no_answer", "again": "2026-11-24T09:30"},
    )
    assert _waiting(number).next_try_at == at("24 9:30")

    answer = post(
        client,
        f"/callbacks/{number}/outcome",
        {"outcome": "no_answer", "again": "2026-11-20T09:30"},
        follow_redirects=True,
    )
    assert "within the next two weeks" in answer.text
    assert _waiting(number).next_try_at == at("24 9:30")


def test_what_was_said_is_kept_where_the_time_to_try_again_is_refused(sign_in, number):
    client = sign_in()
    _hold(client, number)

    page = post(
        client,
        f"/callbacks/{number}/outcome",
        {"outcome": "no_answer", "again": "2026-11-20T09:30", "said": "没有人接"},
    ).text

    assert "within the next two weeks" in page
    assert "没有人接</textarea>" in page
    assert 'value="2026-11-20T09:30"' in page


def test_who_was_reached_is_not_asked_when_to_try_again(sign_in, number):
    client = sign_in()
    _hold(client, number)

    post(
        client,
        f"/callbacks/{number}/outcome",
        {"outcome": "reached", "again": "2026-11-20T09:30"},
    )

    assert not _waiting(number).open


@pytest.mark.parametrize(
    ("now", "proposed"), [("23 10:40", "2026-11-23T11:40"), ("23 17:40", "2026-11-24T09:00")]
)
def test_the_next_try_is_proposed_for_when_the_desk_is_open(
    sign_in, number, monkeypatch, now, proposed
):
    client = sign_in()
    monkeypatch.setattr(requests, "_clock", lambda: at(now))
    _hold(client, number)

    assert f'name="again" value="{proposed}"' in client.get("/callbacks/").text


def test_the_month_says_how_many_missed_callers_were_reached(sign_in, number):
    client = sign_in()
    _hold(client, number)
    _log(client, number, "reached")

    assert "1 missed caller was reached in this month" in client.get("/calls/rates").text


@pytest.mark.parametrize(
    ("after", "told"), [(700, True), (500, False)], ids=["called again", "called before"]
)
def test_who_was_spoken_with_since_is_told_to_whoever_would_ring_back(sign_in, number, after, told):
    again = [
        _line(after, 3, "ENTERQUEUE", "", "13900139000", 1),
        _line(after + 5, 3, "CONNECT", 5, "x", 2, agent="王芳"),
        _line(after + 65, 3, "COMPLETECALLER", 5, 60, 1, agent="王芳"),
    ]
    source = db.session.query(Call).first().account_id
    call_import.import_log(source, "queue_log", again, now=at("23 10:30"))

    page = sign_in().get("/callbacks/").text

    assert ("They called again and 王芳 answered" in page) is told
    assert _waiting(number).open


def test_an_unknown_outcome_is_refused(sign_in, number):
    assert _log(sign_in(), number, "perhaps").status_code == 400


@pytest.mark.parametrize("path", ["/calls/", "/callbacks/"])
def test_centers_see_no_calls(sign_in, number, path):
    assert sign_in("zhou@college.test").get(path).status_code == 403


def test_another_missed_call_of_the_number_joins_and_after_it_was_reached_opens_anew(
    sign_in, number
):
    source = db.session.query(Call).first().account_id
    again = [_line(900, 3, "ENTERQUEUE", "", "13900139000", 1), _line(930, 3, "ABANDON", 1, 1, 30)]
    call_import.import_log(source, "queue_log", again, now=at("23 10:31"))
    assert db.session.query(Ticket).count() == 1

    _log(sign_in(), number, "reached")
    later = [_line(999, 4, "ENTERQUEUE", "", "13900139000", 1), _line(1000, 4, "ABANDON", 1, 1, 1)]
    call_import.import_log(source, "queue_log", later, now=at("23 10:50"))

    assert db.session.query(Ticket).count() == 2
