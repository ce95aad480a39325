"""Being away and automatic assignment on the pages: one click, said where people are chosen."""

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Event, Group
from helpdesk.services.desk import auto_assignment
from helpdesk.web import requests
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import at, post, ticket_of

in_the_browser = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def agent_of(email: str = "chen@office.test") -> Agent:
    db.session.rollback()
    return db.session.scalars(select(Agent).where(Agent.email == email)).one()


def group_form(**changes: object) -> dict[str, object]:
    members = [agent_of("chen@office.test").id, agent_of("wu@office.test").id]
    return {"name": "客服组", "is_default": "1", "members": members, **changes}


def default_group() -> Group:
    db.session.rollback()
    return db.session.scalars(select(Group).where(Group.is_default)).one()


def test_one_click_in_the_menu_says_that_somebody_is_away_and_comes_back_here(sign_in):
    client, number = sign_in(), agent_of().id
    assert "I am away" in client.get("/queue/open").text

    answer = post(client, f"/absences/{number}", {"next": "/queue/open"})

    assert (answer.status_code, answer.location) == (302, "/queue/open")
    assert agent_of().is_away(at("30 12:00"))
    shown = client.get("/queue/open").text
    assert "You are away." in shown
    assert "I am back" in shown
    assert "is-away" in shown


def test_one_click_in_the_menu_says_that_they_are_back(sign_in):
    client, number = sign_in(), agent_of().id
    post(client, f"/absences/{number}", {})

    post(client, f"/absences/{number}/end", {"next": "/queue/open"})

    assert not agent_of().away
    assert "is-away" not in client.get("/queue/open").text


def test_the_profile_asks_until_when_in_the_desks_own_time(sign_in, monkeypatch):
    client, number = sign_in(), agent_of().id
    assert f'action="/absences/{number}"' in client.get("/profile/").text

    post(client, f"/absences/{number}", {"until": "2026-11-24T09:30", "next": "/profile/"})

    assert agent_of().away_until == at("24 9:30")
    assert "away until 09:30 tomorrow" in client.get("/profile/").text
    monkeypatch.setattr(requests, "_clock", lambda: at("24 9:30"))
    assert "I am back" not in client.get("/profile/").text


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("2026-11-23T10:40", "Choose a time that is still to come."),
        ("2028-11-23T10:40", "Choose a time within a year."),
        ("soon", "Please write a date and a time"),
        ("0001-01-01T00:00", "Choose a time that is still to come."),
        ("9999-12-31T23:59", "Choose a time within a year."),
    ],
)
def test_a_time_that_makes_no_sense_comes_back_with_what_is_wrong(sign_in, until, sentence):
    answer = post(sign_in(), f"/absences/{agent_of().id}", {"until": until})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{until}"' in answer.text
    assert not agent_of().away


def test_a_manager_does_it_for_others_and_an_agent_does_not(sign_in):
    chen, wu = agent_of().id, agent_of("wu@office.test").id
    agents, managers = sign_in(), sign_in("wu@office.test")

    assert agents.get(f"/absences/{wu}").status_code == 403
    assert post(agents, f"/absences/{wu}", {}).status_code == 403
    assert post(agents, f"/absences/{wu}/end", {}).status_code == 403
    assert post(managers, f"/absences/{chen}", {}).status_code == 302

    assert agent_of().away
    assert not agent_of("wu@office.test").away
    assert "陈静 is away." in managers.get(f"/absences/{chen}").text


def test_centers_know_nothing_of_who_is_away(sign_in):
    client, number = sign_in("zhou@college.test"), agent_of().id

    assert client.get(f"/absences/{number}").status_code == 403
    assert post(client, f"/absences/{number}", {}).status_code == 403
    assert "I am away" not in client.get("/portal/").text


def test_nobody_is_away_who_is_not_there(sign_in):
    assert post(sign_in("wu@office.test"), "/absences/99", {}).status_code == 404


def test_lists_of_people_say_who_is_away_and_until_when(admin, sign_in, open_ticket):
    number = open_ticket()
    post(sign_in(), f"/absences/{agent_of().id}", {"until": "2026-11-23T17:10"})
    client = admin()

    assert "away until 17:10 today" in client.get("/settings/people").text
    assert "away until 17:10 today" in client.get("/dashboard/").text
    assert "陈静 · away until 17:10 today" in client.get(f"/tickets/{number}").text
    assert "陈静 · away until 17:10 today" in client.get("/tickets/new").text


def properties(number: int, **changes: object) -> dict[str, object]:
    ticket = ticket_of(number)
    held = str(ticket.assignee_id or "")
    found = {"assignee": held, "group": str(ticket.group_id), "priority": ticket.priority}
    was = {f"was_{name}": value for name, value in found.items()}
    return {**found, **was, "status": ticket.status, "subject": ticket.subject, **changes}


def test_whoever_is_away_can_be_picked_by_hand_and_the_page_says_so(sign_in, open_ticket):
    """BEHAVIOURS 33."""
    number, chen = open_ticket(), agent_of().id
    client = sign_in("wu@office.test")
    post(client, f"/absences/{chen}", {"until": "2026-11-23T17:10"})

    form = properties(number, assignee=str(chen))
    post(client, f"/tickets/{number}/properties", form)

    said = client.get(f"/tickets/{number}").text
    assert ticket_of(number).assignee_id == chen
    assert "陈静 is away until 17:10 today; it waits for them." in said
    bulk = {"ticket": [number], "assignee": str(chen), "next": "/queue/open"}
    post(client, "/queue/open/changes", bulk)
    assert "陈静 is away until 17:10 today" in client.get("/queue/open").text


def test_saving_a_page_that_was_opened_before_leaves_who_was_handed_the_ticket(
    sign_in, open_ticket
):
    """BEHAVIOURS 33: an old page does not take back what the group has assigned since."""
    number = open_ticket()
    seen = properties(number, topic="certification_exam")
    with transaction():
        default_group().auto_assign = "turns"
    auto_assignment.assign_due(at("23 10:40"))
    holder = ticket_of(number).assignee_id

    post(sign_in(), f"/tickets/{number}/properties", seen)

    assert holder is not None
    assert (ticket_of(number).assignee_id, ticket_of(number).topic) == (
        holder,
        "certification_exam",
    )


def test_the_settings_say_how_a_group_assigns_its_tickets(admin):
    client, number = admin(), default_group().id
    assert "Assign new tickets automatically" in client.get(f"/settings/groups/{number}").text

    form = group_form(auto_assign="load", most_open="15")
    assert post(client, f"/settings/groups/{number}", form).status_code == 302

    assert (default_group().auto_assign, default_group().most_open) == ("load", 15)
    assert "To whoever has the fewest open · at most 15 open" in client.get("/settings/groups").text


@pytest.mark.parametrize("change", [{"auto_assign": "lottery"}, {"most_open": "0"}])
def test_settings_that_make_no_sense_change_nothing(admin, change):
    number = default_group().id

    form = group_form(**{"auto_assign": "turns", **change})
    assert post(admin(), f"/settings/groups/{number}", form).status_code == 422

    assert default_group().auto_assign == "off"


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("turns", "assigned to 陈静 automatically, by turns"),
        ("load", "assigned to 陈静 automatically, who had the fewest open"),
    ],
)
def test_the_timeline_tells_to_whom_and_how_it_was_assigned(sign_in, open_ticket, way, told):
    """BEHAVIOURS 33."""
    number = open_ticket()
    with transaction():
        default_group().auto_assign = way
    auto_assignment.assign_due(at("23 10:40"))

    assert told in sign_in().get(f"/tickets/{number}").text


def test_each_change_is_written_down_with_who_made_it(sign_in):
    number = agent_of().id
    post(sign_in("wu@office.test"), f"/absences/{number}", {})
    post(sign_in(), f"/absences/{number}/end", {})

    db.session.rollback()
    rows = db.session.scalars(select(Event).where(Event.kind.startswith("agent.")))
    assert [(row.kind, row.by) for row in rows] == [("agent.away", "吴昊"), ("agent.back", "陈静")]


@pytest.mark.browser
@in_the_browser
@in_every_look
def test_the_pages_can_be_used_by_everybody(visit, admin, open_ticket, size, theme):
    """BEHAVIOURS 33."""
    admin()
    number, chen = open_ticket(), agent_of().id
    with transaction():
        agent_of().away, agent_of().away_until = True, at("24 9:30")
        default_group().auto_assign, default_group().most_open = "turns", 20
    auto_assignment.assign_due(at("23 10:40"))
    page = visit(
        f"/absences/{chen}", size=size, theme=theme, language="zh", email="admin@office.test"
    )

    for path in (
        f"/absences/{chen}",
        "/profile/",
        "/settings/groups",
        f"/settings/groups/{default_group().id}",
        "/settings/people",
        f"/settings/people/{chen}",
        "/dashboard/",
        f"/tickets/{number}",
    ):
        page.goto(path)
        assert_usable(page)


@pytest.mark.browser
@in_the_browser
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_somebody_leaves_and_comes_back_from_the_menu(visit, size):
    page = visit("/queue/open", email="chen@office.test", size=size)

    page.locator(".top .menu > summary").last.click()
    assert_usable(page)
    page.get_by_role("button", name="I am away").click()

    page.wait_for_url("**/queue/open*")
    assert agent_of().away
    page.goto("/queue/open")
    page.locator(".top .menu > summary").last.click()
    assert_usable(page)
    page.get_by_role("button", name="I am back").click()
    page.wait_for_url("**/queue/open*")
    assert not agent_of().away
