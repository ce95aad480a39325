"""What one working day means: the tables of the service rules."""

import pytest

from tests.sla.sla_help import calendar, desk, office, shanghai, weekdays


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-23 10:00", "2026-11-24 10:00"),
        ("2026-11-23 08:30", "2026-11-23 18:00"),
        ("2026-11-20 17:00", "2026-11-23 17:00"),
        ("2026-11-21 00:00", "2026-11-23 18:00"),
        ("2026-11-21 15:00", "2026-11-23 18:00"),
    ],
)
def test_a_working_day_is_450_service_minutes(asked, due):
    assert desk().add_minutes(shanghai(asked), 450) == shanghai(due)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-23 10:00", "2026-11-24 18:00"),
        ("2026-11-23 08:30", "2026-11-24 18:00"),
        ("2026-11-20 17:00", "2026-11-23 18:00"),
        ("2026-11-21 00:00", "2026-11-23 18:00"),
        ("2026-11-22 23:59", "2026-11-23 18:00"),
    ],
)
def test_the_other_mode_ends_with_the_next_workday(asked, due):
    assert desk().end_of_workday(shanghai(asked), 1) == shanghai(due)


def test_a_deadline_at_noon_does_not_slip_past_lunch():
    assert desk().add_minutes(shanghai("2026-11-23 13:30"), 450) == shanghai("2026-11-24 12:00")


def test_a_makeup_saturday_is_a_working_day():
    due = desk().add_minutes(shanghai("2026-02-13 16:00"), 450)
    assert due == shanghai("2026-02-14 16:00")


def test_without_makeup_days_the_spring_festival_is_skipped_in_one_piece():
    due = desk(makeup_days_open=False).add_minutes(shanghai("2026-02-13 16:00"), 450)
    assert due == shanghai("2026-02-24 16:00")


@pytest.mark.parametrize("asked", ["2026-11-23 10:00", "2026-11-20 17:00", "2026-11-21 09:00"])
def test_the_default_mode_is_never_later_than_the_legal_reading(asked):
    start = shanghai(asked)
    assert desk().add_minutes(start, 450) <= desk().end_of_workday(start, 1)


def test_several_workdays_end_with_the_last_of_them():
    assert office().end_of_workday(shanghai("2026-11-19 10:00"), 3) == shanghai("2026-11-24 18:00")


def test_the_last_workday_ends_at_its_own_close_of_business():
    spec = calendar(open={"2026-11-24": [["09:00", "11:00"]]})
    assert spec.end_of_workday(shanghai("2026-11-23 10:00"), 1) == shanghai("2026-11-24 11:00")


def test_a_whole_day_closes_at_midnight():
    spec = calendar(hours=weekdays([["00:00", "24:00"]]))
    assert spec.end_of_workday(shanghai("2026-11-23 10:00"), 1) == shanghai("2026-11-25 00:00")


@pytest.mark.parametrize("workdays", [0, -1])
def test_no_workdays_are_no_promise(workdays):
    with pytest.raises(ValueError, match="at least 1"):
        office().end_of_workday(shanghai("2026-11-23 10:00"), workdays)


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        (weekdays(), 450),
        (weekdays() | {"sat": [["09:00", "12:00"]]}, 450),
        ({"mon": [["09:00", "17:00"]], "tue": [["09:00", "13:00"]]}, 240),
    ],
)
def test_the_ordinary_working_day_is_the_most_common_one(hours, minutes):
    assert calendar(hours=hours).workday_minutes() == minutes


def test_dated_openings_alone_make_a_working_day_too():
    spec = calendar(hours={}, open={"2026-11-24": [["09:00", "11:00"]]})
    assert spec.workday_minutes() == 120


def test_workdays_between_two_dates_leave_out_the_day_of_receipt():
    monday, next_monday = shanghai("2026-11-23 10:00").date(), shanghai("2026-11-30 10:00").date()
    assert office().workdays_between(monday, next_monday) == 5
    assert office().workdays_between(next_monday, monday) == 0
