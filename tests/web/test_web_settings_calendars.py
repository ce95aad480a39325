"""Several calendars on the settings' pages: added, chosen, changed, refused, removed."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Group, Person, ServiceCalendar, Ticket
from helpdesk.services.hours import calendar_list, calendars
from tests.web.pages import at, post, ticket_of
from tests.web.test_web_settings_calendar import confirm, every_day, week

WEST: dict[str, object] = {"name": "西部", "tz": "Asia/Urumqi"}


@pytest.fixture
def west(admin) -> int:
    """Return the number of a second calendar, which an administrator added."""
    answer = post(admin(), "/settings/hours/new", WEST | {"copy_of": "1"})
    return int(answer.location.rsplit("/", 1)[1])


def calendar(number: int) -> ServiceCalendar:
    db.session.rollback()
    return calendar_list.calendar(db.session(), number)


def in_a_group() -> int:
    """Return the number of the one group that there is."""
    return db.session.scalars(select(Group.id).where(Group.is_default)).one()


def group_form(calendar: object) -> dict[str, object]:
    return {"name": "服务台", "is_default": "1", "calendar": str(calendar)}


def test_a_calendar_begins_as_a_copy_and_is_edited_alone(admin, west):
    client = admin()
    changed = week(**every_day([("10:00", "14:00")])) | WEST

    post(client, f"/settings/hours/{west}", changed)

    found = calendar(west)
    assert {(row.opens, row.closes) for row in found.hours} == {(600, 840)}
    assert found.tz == "Asia/Urumqi"
    assert {row.year for row in found.years} == {
        row.year for row in calendars.default_calendar(db.session()).years
    }
    page = client.get("/settings/hours").text
    assert "西部" in page
    assert "10:00–14:00" in page
    assert "09:00–12:00 · 13:30–18:00" in page


def test_a_calendar_is_renamed_and_nothing_moves(admin, open_ticket):
    open_ticket()

    answer = post(admin(), "/settings/hours/1", week() | {"name": "总部"}, follow_redirects=True)

    assert "No open deadline had to be recomputed." in answer.text
    assert calendar(1).name == "总部"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "西部"}, "Another calendar has this name."),
        ({"tz": "Mars/Olympus"}, "“Mars/Olympus” is no time zone; write one such as"),
    ],
)
def test_a_name_or_zone_that_cannot_be_is_refused_as_a_whole(admin, west, change, sentence):
    client = admin()
    wanted = week(mon=[("10:00", "11:00")]) | change

    answers = [
        post(client, "/settings/hours/1", wanted),
        post(client, "/settings/hours/new", {"name": "x", "tz": "UTC", "copy_of": "1"} | change),
    ]

    for answer in answers:
        assert answer.status_code in (400, 422)
        assert sentence in answer.text
    assert (calendar(1).name, calendar(1).tz) == ("default", "Asia/Shanghai")
    assert (540, 720) in {(row.opens, row.closes) for row in calendar(1).hours if not row.weekday}


def test_holidays_are_each_calendars_own(admin, west):
    client = admin()
    day = {"first": "2026-12-24", "kind": "holiday", "name": "停电"}

    answer = post(client, f"/settings/holidays/days?calendar={west}", day, follow_redirects=True)

    assert "停电" in answer.text
    assert "停电" not in client.get("/settings/holidays?year=2026").text
    assert 'aria-current="page">西部' in answer.text

    rows = "2027-01-01,off,元旦\n".encode()
    address = f"/settings/holidays/file?calendar={west}"
    shown = post(client, address, {"file": (BytesIO(rows), "2027.csv")})
    confirm(client, shown)
    assert 2027 in {row.year for row in calendar(west).years}
    assert 2027 not in {row.year for row in calendar(1).years}


def test_the_banner_names_the_calendar_that_lacks_a_year(admin, west):
    client = admin()
    post(client, "/settings/holidays/2027/mark", {"mark": "official"})

    page = client.get("/settings/groups").text

    words = "The days off of 2027 are not entered yet; deadlines in it count plain weekdays. "
    assert f"{words}Enter them in: " in page
    assert f'/settings/holidays?year=2027&amp;calendar={west}">西部</a>' in page
    post(client, f"/settings/holidays/2027/mark?calendar={west}", {"mark": "official"})
    assert "are not entered yet" not in client.get("/settings/groups").text


def test_a_groups_calendar_is_chosen_having_seen_what_moves(admin, west, open_ticket):
    client = admin()
    number = open_ticket("Early", "23 7:00")
    group = in_a_group()
    with transaction() as session:
        session.get_one(Ticket, number).group_id = group
    post(
        client,
        f"/settings/hours/{west}",
        week(**every_day([("12:00", "19:30")])) | WEST | {"tz": "Asia/Shanghai"},
    )

    shown = post(client, f"/settings/groups/{group}", group_form(west))

    assert "1 open deadline moves" in shown.text
    assert f"#{number} Early" in shown.text
    assert db.session.get_one(Group, group).calendar_id is None
    confirm(client, shown)
    db.session.rollback()
    assert db.session.get_one(Group, group).calendar_id == west
    assert ticket_of(number).targets[0].due_at == at("23 19:30")
    assert f'value="{west}" selected' in client.get(f"/settings/groups/{group}").text


def test_a_regions_calendar_is_chosen_having_seen_what_moves(admin, west, open_ticket):
    client = admin()
    number = open_ticket("Early", "23 7:00")
    with transaction() as session:
        center = Center(code="CD01", name="成都", region="四川", created_at=at("2 9:00"))
        session.add(center)
        session.flush()
        row = session.get_one(Ticket, number)
        row.center_id = session.get_one(Person, row.requester_id).center_id = center.id
    post(
        client,
        f"/settings/hours/{west}",
        week(**every_day([("12:00", "19:30")])) | WEST | {"tz": "Asia/Shanghai"},
    )
    assert "四川" in client.get("/settings/hours").text
    form = {"region": ["四川", "西藏", ""], "calendar": [str(west), str(west), ""]}

    shown = post(client, "/settings/hours/regions", form)

    assert f"#{number} Early" in shown.text
    assert calendar(west).regions == []
    confirm(client, shown)
    assert calendar(west).regions == ["四川", "西藏"]
    assert ticket_of(number).targets[0].due_at == at("23 19:30")


def test_a_calendar_that_is_not_there_cannot_be_chosen(admin):
    client = admin()

    answers = [
        post(client, "/settings/hours/regions", {"region": "四川", "calendar": "99"}),
        post(client, f"/settings/groups/{in_a_group()}", group_form(99)),
        post(
            client,
            "/settings/promises/1",
            {
                "name": "default",
                "calendar": "99",
                "on_first_reply": "1",
                "amount_first_reply": "1",
                "unit_first_reply": "workdays",
                "mode_first_reply": "service_minutes",
            },
        ),
    ]

    for answer in answers:
        assert answer.status_code == 400
        assert "Choose one of the calendars offered." in answer.text
    assert client.get("/settings/hours/99").status_code == 404
    assert client.get("/settings/holidays?calendar=99").status_code == 404


def test_a_calendar_in_use_says_by_what_and_stays(admin, west):
    client = admin()
    post(client, f"/settings/groups/{in_a_group()}", group_form(west))

    answer = post(client, f"/settings/hours/{west}/removal", {}, follow_redirects=True)

    assert "It is still used, see below" in answer.text
    assert 'href="/settings/groups/1">服务台</a>' in answer.text
    assert "Remove this calendar" not in answer.text
    assert calendar(west)


def test_a_calendar_that_nothing_uses_is_removed(admin, west):
    client = admin()
    assert "Remove this calendar" in client.get(f"/settings/hours/{west}").text

    answer = post(client, f"/settings/hours/{west}/removal", {}, follow_redirects=True)

    assert "Removed." in answer.text
    assert "西部" not in client.get("/settings/hours").text
    assert post(client, "/settings/hours/1/removal", {}, follow_redirects=True).status_code == 200
    assert calendar(1).is_default
