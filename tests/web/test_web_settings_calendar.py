"""Service hours and holidays: what is saved, refused, and recomputed."""

from __future__ import annotations

from io import BytesIO

import pytest

from helpdesk.extensions import db
from helpdesk.services import calendars
from tests.web.pages import at, post, ticket_of

WEEK = ("mon", "tue", "wed", "thu", "fri")


Pairs = list[tuple[str, str]]


def every_day(pairs: Pairs) -> dict[str, Pairs]:
    return {name: list(pairs) for name in WEEK}


def week(**changes: Pairs) -> dict[str, object]:
    """Return the form of the usual week, with some days otherwise."""
    days = every_day([("09:00", "12:00"), ("13:30", "18:00")]) | changes
    form: dict[str, object] = {"makeup_days_open": "1"}
    for name, pairs in days.items():
        form[f"{name}_from"] = [begin for begin, _ in pairs] + [""]
        form[f"{name}_to"] = [end for _, end in pairs] + [""]
    return form


def hours_of(weekday: int) -> list[tuple[int, int]]:
    db.session.rollback()
    calendar = calendars.default_calendar(db.session())
    return [(row.opens, row.closes) for row in calendar.hours if row.weekday == weekday]


def test_a_day_has_any_number_of_intervals(admin):
    """BEHAVIOURS 1"""
    pairs = [("8:00", "10:00"), ("10:30", "12:00"), ("14:00", "16:00"), ("20:00", "24:00")]

    post(admin(), "/settings/hours", week(sat=pairs))

    assert hours_of(5) == [(480, 600), (630, 720), (840, 960), (1200, 1440)]
    assert hours_of(0) == [(540, 720), (810, 1080)]


def test_saving_recomputes_open_deadlines_and_says_how_many(admin, open_ticket):
    """BEHAVIOURS 12"""
    number = open_ticket()
    assert ticket_of(number).targets[0].due_at == at("24 10:00")
    later = every_day([("13:30", "18:00")])

    answer = post(admin(), "/settings/hours", week(**later), follow_redirects=True)

    assert "1 open deadline was recomputed." in answer.text
    assert ticket_of(number).targets[0].due_at == at("23 18:00")


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("18:00", "09:00")], "18:00–09:00 ends before it begins"),
        ([("09:00", "12:00"), ("11:00", "15:00")], "11:00–15:00 overlaps the interval before it"),
        ([("nine", "12:00")], "“nine” is no time of day"),
        ([("09:00", "")], "“” is no time of day"),
        ([("09:00", "25:00")], "“25:00” is no time of day"),
        ([("<b>", "12:00")], "“&lt;b&gt;” is no time of day"),
    ],
)
def test_hours_that_no_day_can_have_are_refused_in_one_sentence(admin, pairs, sentence):
    answer = post(admin(), "/settings/hours", week(mon=pairs))

    assert answer.status_code == 400
    assert sentence in answer.text
    assert hours_of(0) == [(540, 720), (810, 1080)]


def test_a_desk_that_is_never_open_is_refused(admin):
    """BEHAVIOURS 2"""
    answer = post(admin(), "/settings/hours", week(**every_day([])))

    assert answer.status_code == 400
    assert "would never be open" in answer.text


def test_the_year_shows_its_days_in_words_and_whether_they_are_official(admin):
    client = admin()

    page = client.get("/settings/holidays?year=2026").text

    assert "国庆节" in page
    assert "Make-up working day" in page
    assert "official" in page
    assert "provisional" in client.get("/settings/holidays?year=2027").text


def test_a_day_off_moves_open_deadlines_and_its_removal_moves_them_back(admin, open_ticket):
    number = open_ticket()
    client = admin()
    day = {"first": "2026-11-24", "kind": "holiday", "name": "停电"}

    answer = post(client, "/settings/holidays/days", day, follow_redirects=True)
    assert "1 open deadline was recomputed." in answer.text
    assert ticket_of(number).targets[0].due_at == at("25 10:00")

    post(client, "/settings/holidays/days/2026-11-24/removal", {})
    assert ticket_of(number).targets[0].due_at == at("24 10:00")


def test_a_dated_opening_goes_before_a_day_off(admin, open_ticket):
    """BEHAVIOURS 1"""
    number = open_ticket()
    own = {"own_from": ["09:00", ""], "own_to": ["10:00", ""]}

    post(
        admin(),
        "/settings/holidays/days",
        {"first": "2026-11-24", "kind": "opening", "name": "值班", **own},
    )

    assert ticket_of(number).targets[0].due_at == at("24 10:00")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"first": "soon"}, "Please choose a date."),
        ({"last": "2026-11-01"}, "The last day is before the first one."),
        ({"last": "2027-11-01"}, "At most 62 days can be entered at once."),
        ({"kind": "party"}, "Choose one of the kinds offered."),
    ],
)
def test_days_that_make_no_sense_are_refused(admin, change, sentence):
    day = {"first": "2026-11-24", "kind": "holiday", "name": "停电", **change}

    answer = post(admin(), "/settings/holidays/days", day)

    assert answer.status_code in (400, 422)
    assert sentence in answer.text
    assert "停电" in answer.text


def test_a_year_comes_from_a_file_that_a_spreadsheet_saved(admin):
    rows = "日期,类型,名称\n2027-01-01,off,元旦\n2027-01-09,work,调休\n".encode("gb18030")

    answer = post(
        admin(),
        "/settings/holidays/file",
        {"file": (BytesIO(rows), "2027.csv")},
        follow_redirects=True,
    )

    assert "元旦" in answer.text
    assert "official · 2027.csv" in " ".join(answer.text.split())


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (b"2027-13-01,off,x", "Line 1: “2027-13-01” is no date"),
        (b"2027-01-01,maybe,x", "Line 1: “maybe” is not known"),
        (b"2027-01-01,off\n2027-01-01,work", "Line 2: 2027-01-01 is there twice"),
        (b"", "Choose a file of lines"),
        (b"\xff\xff\xff", "This file is no text"),
    ],
)
def test_a_file_with_a_mistake_changes_nothing(admin, rows, sentence):
    answer = post(admin(), "/settings/holidays/file", {"file": (BytesIO(rows), "2027.csv")})

    assert answer.status_code == 400
    assert sentence in answer.text
    calendar = calendars.default_calendar(db.session())
    assert 2027 not in {row.year for row in calendar.years}


def test_a_year_that_nobody_published_cannot_be_taken(admin):
    answer = post(admin(), "/settings/holidays/2090/seed", {})

    assert answer.status_code == 400
    assert "2090" in answer.text


def test_marking_a_year_as_official_makes_its_deadlines_certain(admin):
    post(admin(), "/settings/holidays/2027/mark", {"mark": "official"})

    db.session.rollback()
    calendar = calendars.default_calendar(db.session())
    assert {row.year: row.mark for row in calendar.years}[2027] == "official"
