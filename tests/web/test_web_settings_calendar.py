"""Service hours and holidays: what is saved, refused, and recomputed."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpdesk.extensions import db
from helpdesk.services.hours import calendars
from helpdesk.web import requests
from tests.web.pages import at, post, ticket_of

WEEK = ("mon", "tue", "wed", "thu", "fri")


Pairs = list[tuple[str, str]]


def every_day(pairs: Pairs) -> dict[str, Pairs]:
    return {name: list(pairs) for name in WEEK}


def week(**changes: Pairs) -> dict[str, object]:
    """Return the form of the usual week, with some days otherwise."""
    days = every_day([("09:00", "12:00"), ("13:30", "18:00")]) | changes
    form: dict[str, object] = {"name": "default", "tz": "Asia/Shanghai", "makeup_days_open": "1"}
    for name, pairs in days.items():
        form[f"{name}_from"] = [begin for begin, _ in pairs] + [""]
        form[f"{name}_to"] = [end for _, end in pairs] + [""]
    return form


def confirm(client: FlaskClient, shown: TestResponse) -> TestResponse:
    """Press the button of a preview."""
    assert shown.status_code == 200
    form = re.search(
        r'<form class="row row-wrap" method="post" action="([^"]+)">(.*?)</form>',
        shown.text,
        re.DOTALL,
    )
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2]):
        fields.setdefault(name, []).append(unescape(value))
    return post(client, form[1], {**fields, "then": "confirm"}, follow_redirects=True)


def official_years() -> set[int]:
    db.session.rollback()
    calendar = calendars.default_calendar(db.session())
    return {row.year for row in calendar.years if row.mark == "official"}


def hours_of(weekday: int) -> list[tuple[int, int]]:
    db.session.rollback()
    calendar = calendars.default_calendar(db.session())
    return [(row.opens, row.closes) for row in calendar.hours if row.weekday == weekday]


def test_a_day_has_any_number_of_intervals(admin):
    """BEHAVIOURS 1"""
    pairs = [("8:00", "10:00"), ("10:30", "12:00"), ("14:00", "16:00"), ("20:00", "24:00")]

    post(admin(), "/settings/hours/1", week(sat=pairs))

    assert hours_of(5) == [(480, 600), (630, 720), (840, 960), (1200, 1440)]
    assert hours_of(0) == [(540, 720), (810, 1080)]


def test_saving_recomputes_open_deadlines_and_says_how_many(admin, open_ticket):
    """BEHAVIOURS 12"""
    number = open_ticket()
    assert ticket_of(number).targets[0].due_at == at("24 10:00")
    later = every_day([("13:30", "18:00")])

    client = admin()

    shown = post(client, "/settings/hours/1", week(**later))

    assert "1 open deadline moves" in shown.text
    assert "24 Nov 10:00" in shown.text.replace("10:00 tomorrow", "24 Nov 10:00")
    assert f"#{number} " in shown.text
    assert ticket_of(number).targets[0].due_at == at("24 10:00")

    answer = confirm(client, shown)

    assert "1 open deadline was recomputed." in answer.text
    assert ticket_of(number).targets[0].due_at == at("23 18:00")


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("18:00", "09:00")], "Monday: 18:00–09:00 ends before it begins"),
        ([("22:00", "02:00")], "may not cross midnight: split it into one for each day."),
        ([("09:00", "09:00")], "Monday: 09:00–09:00 is empty; for a whole day write 00:00–24:00."),
        ([("09:00", "12:00"), ("11:00", "15:00")], "Monday: 11:00–15:00 overlaps 09:00–12:00"),
        ([("nine", "12:00")], "Monday: “nine” is no time of day"),
        ([("09:00", "")], "“” is no time of day"),
        ([("09:00", "25:00")], "“25:00” is no time of day"),
        ([("<b>", "12:00")], "“&lt;b&gt;” is no time of day"),
    ],
)
def test_hours_that_no_day_can_have_are_refused_in_one_sentence(admin, pairs, sentence):
    answer = post(admin(), "/settings/hours/1", week(mon=pairs))

    assert answer.status_code == 400
    assert sentence in answer.text
    assert hours_of(0) == [(540, 720), (810, 1080)]


def test_a_desk_that_is_never_open_is_refused(admin):
    """BEHAVIOURS 2"""
    answer = post(admin(), "/settings/hours/1", week(**every_day([])))

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

    answer = confirm(client, post(client, "/settings/holidays/days", day))
    assert "1 open deadline was recomputed." in answer.text
    assert ticket_of(number).targets[0].due_at == at("25 10:00")

    confirm(client, post(client, "/settings/holidays/days/2026-11-24/removal", {}))
    assert ticket_of(number).targets[0].due_at == at("24 10:00")


def test_a_dated_opening_goes_before_a_day_off(admin, open_ticket):
    """BEHAVIOURS 1"""
    number = open_ticket()
    own = {"own_from": ["09:00", ""], "own_to": ["10:00", ""]}

    client = admin()
    day = {"first": "2026-11-24", "name": "值班"}
    confirm(client, post(client, "/settings/holidays/days", {**day, "kind": "holiday"}))

    confirm(client, post(client, "/settings/holidays/days", {**day, "kind": "opening", **own}))

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

    client = admin()
    shown = post(client, "/settings/holidays/file", {"file": (BytesIO(rows), "2027.csv")})

    assert "These years are replaced as a whole" in shown.text
    assert 2027 not in official_years()

    answer = confirm(client, shown)

    assert "元旦" in answer.text
    assert 2027 in official_years()
    assert "official · 2027.csv" in " ".join(answer.text.split())


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (b"2027-13-01,off,x", "Line 1: “2027-13-01” is no date"),
        (b"2027-01-01,maybe,x", "Line 1: “maybe” is not known"),
        (b"2027-01-01,off\n2027-01-01,work", "Line 2: 2027-01-01 is there twice"),
        (b"", "Choose a calendar (.ics)"),
        (b"\xff\xff\xff", "This file is no text"),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270214\nSUMMARY:Valentine\nEND:VEVENT",
            "Line 2, event “Valentine”: it says neither",
        ),
    ],
)
def test_a_file_with_a_mistake_changes_nothing(admin, rows, sentence):
    answer = post(admin(), "/settings/holidays/file", {"file": (BytesIO(rows), "2027.csv")})

    assert answer.status_code == 400
    assert sentence in answer.text
    calendar = calendars.default_calendar(db.session())
    assert 2027 not in {row.year for row in calendar.years}


def test_a_published_calendar_is_shown_with_what_it_moves_and_then_taken(admin, open_ticket):
    number = open_ticket()
    client = admin()
    off = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261124\nSUMMARY:停电 休\nEND:VEVENT\n"
    data = f"BEGIN:VCALENDAR\n{off}END:VCALENDAR\n".encode()

    shown = post(client, "/settings/holidays/file", {"file": (BytesIO(data), "2026.ics")})

    assert "1 open deadline moves" in shown.text
    assert "2026 would have fewer days entered than now." in shown.text
    assert ticket_of(number).targets[0].due_at == at("24 10:00")

    answer = confirm(client, shown)
    assert "official · 2026.ics" in " ".join(answer.text.split())
    assert ticket_of(number).targets[0].due_at == at("25 10:00")


def test_a_run_over_new_year_is_not_said_to_replace_the_other_year(admin):
    rows = b"2026-12-31,off\n2027-01-01,off\n2027-05-01,off\n"
    client = admin()

    shown = post(client, "/settings/holidays/file", {"file": (BytesIO(rows), "2027.csv")})

    assert '<th scope="row">2027' in shown.text
    assert '<th scope="row">2026' not in shown.text
    confirm(client, shown)
    off = [row.date for row in calendars.default_calendar(db.session()).exceptions]
    assert {date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 1)} <= set(off)


def test_rows_that_somebody_changed_on_the_way_are_checked_again(admin):
    form = {"then": "confirm", "rows": "2027-01-01,perhaps", "source": "x"}

    answer = post(admin(), "/settings/holidays/file", form)

    assert answer.status_code == 400
    assert "Line 1: “perhaps” is not known" in answer.text
    assert 2027 not in official_years()


def test_deadlines_that_would_be_overdue_at_once_are_marked(admin, open_ticket):
    number = open_ticket("Weekend", "20 17:00")
    day = {"first": "2026-11-21", "kind": "opening", "name": "值班"}

    shown = post(
        admin(),
        "/settings/holidays/days",
        {**day, "own_from": ["08:00", ""], "own_to": ["20:00", ""]},
    )

    assert "1 of them would be overdue at once." in shown.text
    assert f"#{number} Weekend" in shown.text


def test_what_moves_nothing_is_saved_without_asking(admin):
    day = {"first": "2026-12-24", "kind": "holiday", "name": "停电"}

    answer = post(admin(), "/settings/holidays/days", day, follow_redirects=True)

    assert "No open deadline had to be recomputed." in answer.text
    assert "停电" in answer.text


def test_a_run_of_days_is_one_line_and_is_removed_as_one(admin):
    client = admin()
    page = " ".join(client.get("/settings/holidays?year=2026").text.split())
    assert "Thu 1 Oct – Wed 7 Oct" in page

    post(client, "/settings/holidays/days/2026-10-01/removal", {"last": "2026-10-07"})

    calendar = calendars.default_calendar(db.session())
    db.session.rollback()
    assert not [
        row
        for row in calendar.exceptions
        if (row.date.year, row.date.month) == (2026, 10) and row.date.day < 8
    ]


def test_a_chosen_day_stands_in_the_form_as_it_is(admin):
    page = admin().get("/settings/holidays?day=2026-10-01").text

    assert 'value="2026-10-01"' in page
    assert 'value="国庆节"' in page


@pytest.mark.parametrize("query", ["day=nonsense", "day=1066-10-14", "year=-1", "year=x"])
def test_an_address_that_makes_no_sense_shows_this_year(admin, query):
    page = admin().get(f"/settings/holidays?{query}").text

    assert "2026 at a glance" in page


def test_from_october_every_page_of_the_settings_says_that_next_years_days_are_missing(
    admin, monkeypatch
):
    client = admin()
    words = "The days off of 2027 are not entered yet"
    assert words in client.get("/settings/hours").text

    monkeypatch.setattr(requests, "_clock", lambda: at("23 10:40").replace(month=9))
    assert words not in client.get("/settings/hours").text


def test_the_banner_goes_when_the_year_is_official(admin):
    client = admin()
    post(client, "/settings/holidays/2027/mark", {"mark": "official"})

    assert "The days off of 2027 are not entered yet" not in client.get("/settings/hours").text


def test_a_year_that_nobody_published_cannot_be_taken(admin):
    answer = post(admin(), "/settings/holidays/2090/seed", {})

    assert answer.status_code == 400
    assert "2090" in answer.text


def test_marking_a_year_as_official_makes_its_deadlines_certain(admin):
    post(admin(), "/settings/holidays/2027/mark", {"mark": "official"})

    db.session.rollback()
    calendar = calendars.default_calendar(db.session())
    assert {row.year: row.mark for row in calendar.years}[2027] == "official"
