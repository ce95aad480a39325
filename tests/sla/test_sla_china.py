"""The Chinese year against the State Council's notices and another package."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from sla.china import default_spec, known_years, year_days
from tests.sla.sla_help import days, desk, shanghai

YEARS = range(2010, 2027)
NOTICES = {
    2025: (
        "2025: 01-01, 01-28..02-04, 04-04..04-06, 05-01..05-05, 05-31..06-02, 10-01..10-08",
        "2025: 01-26, 02-08, 04-27, 09-28, 10-11",
    ),
    2026: (
        "2026: 01-01..01-03, 02-15..02-23, 04-04..04-06, 05-01..05-05, 06-19..06-21, 09-25..09-27, 10-01..10-07",
        "2026: 01-04, 02-14, 02-28, 05-09, 09-20, 10-10",
    ),
}


@pytest.mark.parametrize("year", NOTICES)
def test_days_off_and_makeup_days_are_those_of_the_notice(year):
    off, work = NOTICES[year]
    assert set(year_days(year).closed) == days(off)
    assert set(year_days(year).open) == days(work)
    assert year_days(year).official


@pytest.mark.parametrize("year", YEARS)
def test_every_day_agrees_with_the_other_package(year):
    spec = default_spec()
    day = date(year, 1, 1)
    while day.year == year:
        assert bool(spec.intervals(day)) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize("year", YEARS)
def test_without_makeup_days_no_weekend_is_open(year):
    spec = default_spec(makeup_days_open=False)
    assert not any(spec.intervals(day) for day in year_days(year).open)


def test_days_have_chinese_names():
    closed = year_days(2026).closed
    assert closed[date(2026, 2, 17)] == "春节"
    assert closed[date(2026, 2, 15)] == "春节"  # the Sunday before New Year's Eve
    assert closed[date(2026, 10, 6)] == "国庆节调休"
    assert year_days(2026).open[date(2026, 10, 10)] == "调休上班"


def test_a_year_without_a_notice_is_unknown_and_never_raises():
    year = max(known_years()) + 1
    assert not year_days(year).official
    assert not year_days(year).closed
    assert not year_days(1800).official
    assert not year_days(9999).official


def test_an_unknown_year_falls_back_to_weekdays_and_is_provisional():
    last = max(known_years())
    start = shanghai(f"{last}-12-31 17:30")
    due = desk().add_minutes(start, 450)
    assert due.year == last + 1
    assert desk().is_provisional(start, due)
    assert due.astimezone(start.tzinfo).weekday() < 5


def test_a_deadline_within_known_years_is_not_provisional():
    start = shanghai("2026-11-23 10:00")
    assert not desk().is_provisional(start, desk().add_minutes(start, 450))


def test_the_year_is_that_of_the_local_date():
    new_year = shanghai("2027-01-01 00:30")  # still 2026 in UTC
    known = desk().spec.official_years
    assert desk().is_provisional(new_year, new_year) == (2027 not in known)
