"""Who else has a ticket before them, and who is typing there (BEHAVIOURS 31)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from helpdesk.extensions import db, transaction
from helpdesk.models import Presence, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import presence
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at, post, token_of

CHEN = Viewer(1, "agent", "陈静", "chen@office.test", agent_id=1)
WU = Viewer(2, "manager", "吴昊", "wu@office.test", agent_id=2)


def sees(number, viewer, when, *, typing=False):
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        presence.note(session, ticket, viewer, typing=typing, now=at(when))


def others(number, viewer, when, seconds=0):
    with transaction() as session:
        moment = at(when).replace(second=seconds)
        found = presence.others(session, session.get_one(Ticket, number), viewer, now=moment)
    return [(one.name, one.typing) for one in found]


def test_colleagues_are_shown_and_oneself_is_not(open_ticket):
    """BEHAVIOURS 31."""
    number, another = open_ticket(), open_ticket("另一件")
    sees(number, CHEN, "23 10:40")
    sees(number, WU, "23 10:40", typing=True)

    assert others(number, CHEN, "23 10:40") == [("吴昊", True)]
    assert others(number, WU, "23 10:40") == [("陈静", False)]
    assert others(another, WU, "23 10:40") == []


def test_whoever_is_silent_is_gone_and_stops_typing_sooner(open_ticket):
    """BEHAVIOURS 31: it expires."""
    number = open_ticket()
    sees(number, WU, "23 10:40", typing=True)

    assert others(number, CHEN, "23 10:40", 20) == [("吴昊", True)]
    assert others(number, CHEN, "23 10:40", 30) == [("吴昊", False)]
    assert others(number, CHEN, "23 10:40", 41) == []


def test_looking_on_does_not_stop_the_typing(open_ticket):
    number = open_ticket()
    sees(number, WU, "23 10:40", typing=True)
    with transaction() as session:
        ticket = session.get_one(Ticket, number)
        presence.note(session, ticket, WU, typing=False, now=at("23 10:40").replace(second=10))

    assert others(number, CHEN, "23 10:40", 15) == [("吴昊", True)]


def test_what_is_long_ago_is_forgotten(open_ticket):
    number = open_ticket()
    sees(number, WU, "23 10:40")
    with transaction() as session:
        presence.forget_old(session, now=at("23 11:41"))
    assert db.session.scalar(select(func.count()).select_from(Presence)) == 0


def test_a_page_says_that_it_is_in_sight_and_hears_who_else_is_there(sign_in, open_ticket):
    number = open_ticket()
    chen, wu = sign_in(), sign_in("wu@office.test")

    post(wu, f"/tickets/{number}/presence", {"typing": "1"})
    answer = post(chen, f"/tickets/{number}/presence", {"typing": ""})

    assert "吴昊 is typing" in answer.text
    assert "陈静" not in answer.text
    assert "吴昊 is typing" in chen.get(f"/tickets/{number}").text


def test_who_has_sent_is_no_longer_typing(sign_in, open_ticket):
    number = open_ticket()
    wu = sign_in("wu@office.test")
    post(wu, f"/tickets/{number}/presence", {"typing": "1"})
    post(wu, f"/tickets/{number}/messages", {"kind": "note", "text": "记一下"})

    assert others(number, CHEN, "23 10:40") == []


@pytest.mark.parametrize("email", ["zhou@college.test"])
def test_centers_neither_see_nor_tell_it(sign_in, open_ticket, email):
    number = open_ticket()
    sees(number, WU, "23 10:40")
    client = sign_in(email)
    assert post(client, f"/tickets/{number}/presence", {}).status_code == 403
    assert "吴昊" not in client.get(f"/portal/tickets/{number}").text


def test_a_ticket_that_is_not_there_has_nobody_before_it(sign_in, desk):
    assert post(sign_in(), "/tickets/999/presence", {}).status_code == 404


def test_a_forged_word_is_refused(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()
    assert token_of(client)
    assert client.post(f"/tickets/{number}/presence", data={}).status_code == 400


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_typing_is_seen_by_a_colleague(visit, open_ticket):
    """BEHAVIOURS 31: live, in two browsers."""
    number = open_ticket()
    hers = visit(f"/tickets/{number}", language="zh", email="chen@office.test")
    his = visit(f"/tickets/{number}", language="zh", email="wu@office.test")
    expect(his.locator("#presence")).to_contain_text("陈静 也在查看")

    hers.locator("#compose-text").press_sequentially("正在")
    his.reload()

    expect(his.locator("#presence")).to_contain_text("陈静 正在输入")


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@in_every_look
def test_the_page_with_many_colleagues_can_be_used_by_everybody(visit, open_ticket, size, theme):
    number = open_ticket()
    sees(number, WU, "23 10:40", typing=True)
    page = visit(
        f"/tickets/{number}", size=size, theme=theme, language="zh", email="chen@office.test"
    )
    expect(page.locator("#presence")).to_contain_text("吴昊 正在输入")
    assert_usable(page)
