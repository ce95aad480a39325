"""Whatever an address or a form names, there is an answer: nothing odd breaks a page."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from werkzeug.routing import IntegerConverter

from tests.web.pages import post

HUGE = 2**31
LONG = "1" * 5000
NUL = "a\0b"


def written(rule, *, number: int, text: str) -> str:
    """Return the address of a rule with these in the place of its numbers and its texts."""
    parts = rule.rule.split("<")
    address = parts[0]
    for part in parts[1:]:
        name, _, rest = part.partition(">")
        converter = rule._converters[name.rpartition(":")[2]]
        is_number = isinstance(converter, IntegerConverter)
        address += quote(str(number) if is_number else text, safe="") + rest
    return address


@pytest.mark.parametrize("number", [HUGE, 2**63, 10**40])
def test_a_number_that_no_row_can_have_leads_nowhere(desk, admin, number):
    client = admin()
    rules = [rule for rule in desk.url_map.iter_rules() if "GET" in rule.methods]
    named = [rule for rule in rules if "<int" in rule.rule]
    assert len(named) > 30

    for rule in named:
        assert client.get(written(rule, number=number, text="x")).status_code == 404, rule


def test_a_nul_in_an_address_leads_nowhere(desk, admin):
    client = admin()
    rules = [rule for rule in desk.url_map.iter_rules() if "GET" in rule.methods]

    for rule in (rule for rule in rules if rule.arguments and rule.endpoint != "asset"):
        answer = client.get(written(rule, number=1, text=NUL))
        assert answer.status_code < 500, rule


@pytest.mark.parametrize("number", [str(HUGE), str(2**63), LONG, "²", "٣"])
def test_a_form_or_a_query_that_names_such_a_number_is_refused(admin, open_ticket, number):
    client, ticket = admin(), str(open_ticket())

    for path, typed in (
        ("/queue/open/changes", {"ticket": number, "status": "open"}),
        ("/queue/open/changes", {"ticket": ticket, "assignee": number}),
        (f"/tickets/{ticket}/properties", {"assignee": number, "group": number}),
        (f"/tickets/{ticket}/properties", {"center": NUL}),
        ("/mergers/", {"ticket": number, "into": ticket}),
        ("/reports/schedules/", {"recipients": number, "agent": number, "name": "每周"}),
        ("/settings/groups/new", {"name": "二线", "members": number}),
        ("/settings/people/new", {"name": "王", "email": "w@x.test", "groups": number}),
        ("/settings/hours/regions", {"region": "四川", "calendar": number}),
    ):
        assert post(client, path, typed).status_code < 500, path
    for path in (
        f"/tickets/new?call={number}",
        f"/reports/?by=agent&agent={number}",
        f"/reports/ratings?after={number}",
        f"/reports/promises/behind?figure=kept&after={number}",
        f"/queue/open?center={number}",
    ):
        assert client.get(path).status_code < 500, path


LISTS = [
    "/visits/?view=list&agent={}",
    "/visits/?view=list&before={}",
    "/tickets/{ticket}?before={}",
    "/tickets/{ticket}?original={}",
    "/search?q=名单&before={}",
    "/notices?before={}",
    "/calls/?before={}",
    "/notifications/?before={}",
    "/reports/calls/behind?figure=offered&first=2026-11-01&last=2026-11-30&before={}",
    "/reports/ratings?agent={}",
    "/settings/quarantine?before={}",
    "/settings/holidays?calendar={}",
    "/settings/promises/1/versions/1?after={}",
    "/settings/personal?before={}&agent={}",
    "/settings/audit?before={}&agent={}",
]


@pytest.mark.parametrize("number", [HUGE, 2**63, -1])
def test_a_list_that_goes_on_behind_such_a_number_has_an_answer(admin, open_ticket, number):
    client, ticket = admin(), open_ticket()

    for path in LISTS:
        answer = client.get(path.format(number, number, ticket=ticket))
        assert answer.status_code < 500, path


def test_a_search_in_the_portal_has_an_answer_too(sign_in, open_ticket):
    open_ticket()

    answer = sign_in("zhou@college.test").get(f"/portal/?q=名单&before={HUGE}")

    assert answer.status_code == 200


@pytest.mark.parametrize("typed", ["长" * 70_000, NUL])
def test_a_search_for_what_no_database_looks_for_finds_nothing(admin, typed):
    answer = post(admin(), "/tickets/new", {"find": "1", "who": typed, "center": typed})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/queue/open?topic={}",
        "/reports/?topic={}",
        "/reports/calls/behind?figure=offered&first=2026-11-01&last=2026-11-30&queue={}",
        "/reports/ratings?score={}",
        "/search?q={}",
    ],
)
def test_a_nul_in_a_query_is_not_there(admin, path):
    assert admin().get(path.format(quote(NUL))).status_code < 500


def test_a_nul_in_what_is_typed_is_left_out(sign_in, open_ticket):
    """Texts that are copied from some programs end with one, and a draft was lost by it."""
    client, number = sign_in(), open_ticket()

    kept = post(client, f"/tickets/{number}/draft", {"kind": "reply", "text": f"{NUL}的草稿"})

    assert kept.status_code == 204
    assert "ab的草稿" in client.get(f"/tickets/{number}").text


def test_a_number_with_many_zeros_before_it_is_read_whole(admin, open_ticket):
    """Once only its first digits were looked at, and all of it went to the database."""
    typed = {"ticket": str(open_ticket()), "into": f"{'0' * 11}1{'9' * 20}"}

    assert post(admin(), "/mergers/", typed).status_code == 422


@pytest.mark.parametrize("path", ["/calls/", "/callbacks/", "/notifications/", "/queue/open"])
def test_a_list_answers_a_script_too(admin, open_ticket, path):
    open_ticket()

    assert admin().get(path, headers={"HX-Request": "true"}).status_code == 200
