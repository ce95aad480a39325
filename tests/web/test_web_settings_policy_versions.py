"""Saving a policy for open tickets too, and the versions that tickets are judged by."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpdesk.extensions import db
from helpdesk.services.promises import pending_judgements, policies, policy_versions
from helpdesk.services.promises.verification import verify_targets
from tests.web.pages import at, post, ticket_of
from tests.web.test_web_settings_policies import COMPLAINTS, address, default_policy, filled, names

TWO_HOURS = filled(amount_first_reply="120", unit_first_reply="minutes")


def choose(client: FlaskClient, shown: TestResponse, then: str) -> TestResponse:
    """Press one of the buttons of a preview."""
    assert shown.status_code == 200
    form = re.search(
        r'<form class="card form" method="post" action="([^"]+)">(.*?)</form>',
        shown.text,
        re.DOTALL,
    )
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2]):
        fields.setdefault(name, []).append(unescape(value))
    return post(client, form[1], {**fields, "then": then}, follow_redirects=True)


def test_saving_asks_first_and_shows_what_open_tickets_would_have_of_it(admin, open_ticket):
    number = open_ticket()

    shown = post(admin(), address(), TWO_HOURS)

    assert "1 open ticket would be judged otherwise." in shown.text
    assert "1 open deadline moves" in shown.text
    assert f"#{number} " in shown.text
    assert "Nothing is saved yet." in shown.text
    assert len(default_policy().versions) == 1


def test_open_tickets_follow_or_keep_as_is_chosen(admin, open_ticket):
    number, client = open_ticket(), admin()

    kept = choose(client, post(client, address(), TWO_HOURS), "keep")
    assert "Tickets keep the promise they were given" in kept.text
    assert ticket_of(number).targets[0].due_at == at("24 10:00")

    applied = choose(client, post(client, address(), TWO_HOURS), "apply")
    assert "Saved, and 1 open ticket follows." in applied.text
    assert ticket_of(number).targets[0].due_at == at("23 12:00")
    assert list(verify_targets()) == []


def test_a_policy_that_concerns_no_open_ticket_is_saved_without_asking(admin, open_ticket):
    open_ticket()

    answer = post(admin(), "/settings/promises/new", COMPLAINTS, follow_redirects=True)

    assert "Saved." in answer.text
    assert names() == ["投诉", "default"]


def test_what_appears_and_vanishes_is_shown_in_words(admin, open_ticket):
    open_ticket()
    resolution = {
        "on_first_reply": "",
        "on_resolution": "1",
        "amount_resolution": "10",
        "unit_resolution": "workdays",
        "mode_resolution": "service_minutes",
    }

    shown = post(admin(), address(), filled(**resolution))

    assert "newly promised" in shown.text
    assert "no longer promised" in shown.text


def test_moving_and_retiring_ask_as_well(admin, open_ticket):
    client = admin()
    post(client, "/settings/promises/new", COMPLAINTS)
    number = open_ticket(request_type="complaint")
    other = COMPLAINTS | {"name": "全部", "if_channel": ["email"], "if_request_type": []}
    post(client, "/settings/promises/new", other | {"amount_first_reply": "60"})
    last = policies.listing(db.session())[1].id

    shown = post(client, f"/settings/promises/{last}/move", {"to": "up"})
    assert "全部 asked earlier" in shown.text
    assert names() == ["投诉", "全部", "default"]
    choose(client, shown, "apply")
    assert names() == ["全部", "投诉", "default"]
    assert ticket_of(number).targets[0].due_at == at("23 11:00")

    choose(client, post(client, f"/settings/promises/{last}/retire", {}), "apply")
    assert names() == ["投诉", "default"]
    assert ticket_of(number).targets[0].due_at == at("23 12:00")
    assert list(verify_targets()) == []


def test_many_follow_in_the_background_and_the_page_says_so(admin, open_ticket, monkeypatch):
    monkeypatch.setattr(pending_judgements, "AT_ONCE", 1)
    numbers, client = [open_ticket(), open_ticket()], admin()

    answer = choose(client, post(client, address(), TWO_HOURS), "apply")

    assert "2 open tickets follow one after another" in answer.text
    assert "2 open tickets are still to follow the last change" in answer.text
    refused = post(client, address(), filled())
    assert refused.status_code == 409
    assert "still following the last change" in refused.text

    pending_judgements.judge_some(now=at("23 10:41"))
    assert {ticket_of(number).targets[0].due_at for number in numbers} == {at("23 12:00")}
    assert "still to follow" not in client.get("/settings/promises").text


def test_a_refused_policy_comes_back_as_it_was_typed(admin, open_ticket):
    open_ticket()

    answer = post(admin(), address(), TWO_HOURS | {"amount_first_reply": "0", "then": "apply"})

    assert answer.status_code == 422
    assert len(default_policy().versions) == 1


def test_the_ticket_says_by_which_version_each_promise_is_judged(admin, sign_in, open_ticket):
    client, number = admin(), open_ticket()
    choose(client, post(client, address(), TWO_HOURS), "keep")
    link = f'href="{address()}/versions/1">Standard, version 1</a>'

    assert link in client.get(f"/tickets/{number}").text
    agents = sign_in("chen@office.test").get(f"/tickets/{number}").text
    assert "Standard, version 1" in agents
    assert link not in agents


def test_a_version_is_read_as_it_was_with_the_tickets_that_it_still_judges(admin, open_ticket):
    client, number = admin(), open_ticket("Old promise")
    choose(client, post(client, address(), TWO_HOURS), "keep")
    younger = open_ticket("New promise")

    first = client.get(f"{address()}/versions/1").text
    second = client.get(f"{address()}/versions/2").text

    assert "one working day" in first
    assert "Version 2 holds now." in first
    assert f"#{number} Old promise" in first
    assert f"#{younger} " not in first
    assert "120 service minutes" in second
    assert f"#{younger} New promise" in second
    assert client.get(f"{address()}/versions/3").status_code == 404


def test_the_versions_are_listed_with_who_changed_what(admin, open_ticket):
    client = admin()
    open_ticket()
    choose(client, post(client, address(), TWO_HOURS), "keep")
    post(client, address(), TWO_HOURS | {"name": "基本", "then": "keep"})

    page = " ".join(client.get(f"{address()}/versions").text.split())

    assert re.search(r"No\. 3</a>.*?holds now.*?管理员</td> <td>Name</td>", page)
    assert re.search(r"No\. 2</a>.*?管理员</td> <td>First reply</td>", page)
    assert re.search(r'No\. 1</a>.*?the beginning</td> <td class="n"><a [^>]+>1</a>', page)
    assert "All versions" in client.get(address()).text


def test_the_tickets_of_a_version_are_paged(admin, open_ticket, monkeypatch):
    monkeypatch.setattr(policy_versions, "PAGE", 2)
    client = admin()
    numbers = [open_ticket(f"t{n}", f"23 {9 + n % 2}:0{n}") for n in range(5)]
    seen: list[int] = []
    path = f"{address()}/versions/1"

    while path:
        page = client.get(path).text
        seen += [int(n) for n in re.findall(r'href="/tickets/(\d+)">#', page)]
        more = re.search(r'class="btn" href="([^"#]+)[^"]*">More', page)
        path = unescape(more[1]) if more else ""

    assert sorted(seen) == numbers
    dues = [ticket_of(number).targets[0].due_at for number in seen]
    assert dues == sorted(dues)


def test_a_retired_policys_versions_can_still_be_read(admin, open_ticket):
    client = admin()
    post(client, "/settings/promises/new", COMPLAINTS)
    number = open_ticket(request_type="complaint")
    policy = policies.listing(db.session())[0].id
    post(client, f"/settings/promises/{policy}/retire", {"then": "keep"})

    page = client.get(f"/settings/promises/{policy}/versions/1").text

    assert "holds for no new ticket any more" in page
    assert f"#{number} " in page


@pytest.mark.parametrize("path", ["versions", "versions/1"])
def test_versions_are_the_administrators_alone(sign_in, path):
    assert sign_in("wu@office.test").get(f"{address()}/{path}").status_code == 403
