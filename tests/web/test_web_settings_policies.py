"""Promises in the settings: policies in order, each with its conditions, and a try of them."""

from __future__ import annotations

from html import unescape

import pytest

from helpdesk.extensions import db, transaction
from helpdesk.models import Group, PolicyRecord
from helpdesk.services.promises import policies
from tests.web.pages import at, post, ticket_of


def filled(**changes: object) -> dict[str, object]:
    usual = {
        "name": "default",
        "on_first_reply": "1",
        "amount_first_reply": "1",
        "unit_first_reply": "workdays",
        "mode_first_reply": "service_minutes",
        "warn_first_reply": "50%, 80%",
    }
    return {**usual, **changes}


def default_policy() -> PolicyRecord:
    db.session.remove()
    return policies.default(db.session())


def address() -> str:
    return f"/settings/promises/{default_policy().id}"


def promised(metric="first_reply"):
    return policies.as_value(default_policy()).promise(metric)


def names() -> list[str]:
    db.session.remove()
    return [row.name for row in policies.listing(db.session())]


COMPLAINTS = filled(
    name="投诉", if_request_type=["complaint"], amount_first_reply="120", unit_first_reply="minutes"
)


def test_a_new_promise_holds_for_new_tickets_alone(admin, open_ticket):
    before = open_ticket()

    changed = filled(
        amount_first_reply="120", unit_first_reply="minutes", warn_first_reply="80％, 60 30"
    )
    post(admin(), address(), {**changed, "then": "keep"})

    after = open_ticket()
    assert promised().minutes == 120
    assert (promised().warn_minutes, promised().warn_percent) == ((60, 30), (80,))
    assert ticket_of(before).targets[0].due_at == at("24 10:00")
    assert ticket_of(after).targets[0].due_at == at("23 12:00")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount_first_reply": "0"}, "“0” cannot be promised; write a whole number from 1 up."),
        ({"amount_first_reply": "-1"}, "“-1” cannot be promised"),
        ({"amount_first_reply": "1.5"}, "“1.5” cannot be promised"),
        ({"amount_first_reply": ""}, "Please fill this in."),
        ({"amount_first_reply": "999999999"}, "That is longer than a year."),
        ({"warn_first_reply": "soon"}, "Write shares and minutes such as 50%, 80%, 60."),
        ({"warn_first_reply": "100%"}, "Warn before all of the time is used"),
        (
            {"amount_first_reply": "30", "unit_first_reply": "minutes", "warn_first_reply": "30"},
            "This warning would come at once",
        ),
        (
            {
                "mode_first_reply": "end_of_next_workday",
                "unit_first_reply": "minutes",
                "amount_first_reply": "90",
            },
            "workdays are count",
        ),
        ({"mode_first_reply": "whenever"}, "Please choose one of these."),
        ({"on_first_reply": ""}, "Promise at least one thing."),
        ({"name": ""}, "Please fill this in."),
        (
            {"when0_first_reply": "90%", "do0_first_reply": "notify", "to0_first_reply": "holder"},
            "Nothing is warned at then",
        ),
        ({"when0_first_reply": "noon", "do0_first_reply": "notify"}, "Write when"),
        (
            {"when0_first_reply": "breach", "do0_first_reply": "group", "to0_first_reply": "空"},
            "“空” is not there any more",
        ),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(admin, change, sentence):
    answer = post(admin(), address(), filled(**change))

    assert answer.status_code in (400, 422)
    assert sentence in answer.text
    assert promised().workdays == 1


def test_a_policy_for_some_tickets_comes_before_the_default(admin, open_ticket):
    post(admin(), "/settings/promises/new", COMPLAINTS)

    complaint = open_ticket(request_type="complaint")
    assert names() == ["投诉", "default"]
    assert ticket_of(complaint).targets[0].due_at == at("23 12:00")
    assert ticket_of(complaint).targets[0].policy_name == "投诉"
    assert ticket_of(open_ticket()).targets[0].policy_name == "default"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"if_request_type": []}, "without a condition it would hold for none"),
        ({"name": "default"}, "Another policy has this name."),
    ],
)
def test_a_policy_that_would_confuse_is_refused_and_nothing_is_kept(admin, change, sentence):
    answer = post(admin(), "/settings/promises/new", COMPLAINTS | change)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert names() == ["default"]


def test_groups_that_would_hand_tickets_round_are_refused_and_nothing_is_kept(admin):
    client = admin()
    with transaction() as session:
        session.add_all([Group(name="一线"), Group(name="二线")])
    onward = {"when0_first_reply": "breach", "do0_first_reply": "group"}
    for held, to in (("一线", "二线"), ("二线", "一线")):
        change = {"name": held, "if_request_type": [], "if_group": [held], "to0_first_reply": to}
        answer = post(client, "/settings/promises/new", COMPLAINTS | onward | change)

    assert answer.status_code == 400
    assert "until they come back there; let one of the moves go." in answer.text
    assert "“一线” moves tickets to “二线”" in unescape(answer.text)
    assert names() == ["一线", "default"]


def test_the_order_can_be_changed_and_the_default_stays_last(admin):
    client = admin()
    for name, topic in (("甲", "exam"), ("乙", "other")):
        post(client, "/settings/promises/new", COMPLAINTS | {"name": name, "if_topic": [topic]})
    [_, second, last] = policies.listing(db.session())
    numbers = second.id, last.id

    post(client, f"/settings/promises/{numbers[0]}/move", {"to": "up"})
    refused = post(client, f"/settings/promises/{numbers[1]}/move", {"to": "up"})

    assert names() == ["乙", "甲", "default"]
    assert refused.status_code == 400


def test_a_retired_policy_holds_no_longer_but_its_promises_stay(admin, open_ticket):
    client = admin()
    post(client, "/settings/promises/new", COMPLAINTS)
    before = open_ticket(request_type="complaint")
    number = policies.listing(db.session())[0].id

    post(client, f"/settings/promises/{number}/retire", {"then": "keep"})

    assert names() == ["default"]
    assert ticket_of(before).targets[0].policy_name == "投诉"
    assert ticket_of(open_ticket(request_type="complaint")).targets[0].policy_name == "default"
    assert client.get(f"/settings/promises/{number}").status_code == 404
    assert post(client, f"{address()}/retire", {}).status_code == 400


def test_a_ticket_tells_which_policy_it_gets_and_why_not_the_others(admin, open_ticket):
    client = admin()
    post(client, "/settings/promises/new", COMPLAINTS)
    number = open_ticket()

    page = client.get(f"/settings/promises?ticket={number}").text
    imagined = client.get("/settings/promises?request_type=complaint").text
    unknown = client.get("/settings/promises?ticket=999").text

    assert "nothing above it does" in page
    assert "Type: —" in page
    assert "every condition is met" in imagined
    assert 'class="error"' in unknown
    assert 'value="999" aria-invalid="true"' in unknown


def test_each_version_of_a_policy_is_kept_with_who_saved_it(admin, open_ticket):
    client = admin()
    first = open_ticket()
    post(client, address(), filled(amount_first_reply="2", then="keep"))
    post(client, address(), filled(amount_first_reply="2", then="keep"))
    second = open_ticket()

    versions = default_policy().versions
    assert [version.number for version in versions] == [1, 2]
    assert versions[1].promises[0]["workdays"] == 2
    assert versions[1].by == "管理员"
    targets = [ticket_of(number).targets[0] for number in (first, second)]
    assert [target.policy_version_id for target in targets] == [v.id for v in versions]
    assert "No. 2" in client.get(address()).text


def test_agents_and_managers_do_not_change_promises(sign_in):
    client = sign_in()

    assert client.get("/settings/promises").status_code in (403, 404)
    assert post(client, "/settings/promises/new", COMPLAINTS).status_code in (403, 404)
    assert names() == ["default"]
