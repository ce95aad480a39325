"""The ordinary week of the telephone: holidays and make-up days leave it as it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.expected import coming, is_ordinary, open_hours, ordinary_week
from tests.sla.sla_help import calendar, desk, office, shanghai

MONDAY = date(2026, 11, 23)


def steady(per_hour, first, last):
    """Return so many calls in every hour of every date, open or not."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {(day, hour): per_hour for day in days for hour in range(24)}


def test_a_day_is_cut_at_the_full_hours_and_at_lunch():
    hours = open_hours(office(), MONDAY)

    assert [(h.hour, h.minutes) for h in hours] == [
        (9, 60), (10, 60), (11, 60), (13, 30), (14, 60), (15, 60), (16, 60), (17, 60),
    ]  # fmt: skip


def test_the_mean_of_an_hour_is_over_its_own_weekdays():
    hours = {(MONDAY, 9): 4, (MONDAY + timedelta(days=7), 9): 7, (MONDAY + timedelta(days=1), 9): 1}

    week = ordinary_week(hours, office(), MONDAY, MONDAY + timedelta(days=13))

    assert (week[0, 9].calls, week[0, 9].days, week[0, 9].mean) == (11, 2, 5.5)
    assert (week[1, 9].mean, week[2, 9].mean) == (0.5, 0)
    assert (5, 9) not in week


def test_half_an_hour_of_service_brings_twice_as_much_a_minute():
    week = ordinary_week({(MONDAY, 13): 6, (MONDAY, 14): 6}, office(), MONDAY, MONDAY)

    assert (week[0, 13].per_minute, week[0, 14].per_minute) == (0.2, 0.1)


def test_holidays_and_make_up_days_are_left_out_of_the_mean():
    first, last = date(2026, 9, 14), date(2026, 10, 18)
    hours = steady(3, first, last) | {(date(2026, 9, 20), 9): 99, (date(2026, 10, 10), 9): 99}

    week = ordinary_week(hours, desk(), first, last)

    assert not is_ordinary(desk(), date(2026, 10, 1))  # National Day
    assert not is_ordinary(desk(), date(2026, 10, 10))  # a Saturday worked for it
    assert {cell.mean for cell in week.values()} == {3}
    assert {weekday for weekday, _ in week} == {0, 1, 2, 3, 4}
    assert week[3, 9].days == 4  # one Thursday of five was a holiday


def test_what_is_still_to_come_today_is_the_rest_of_the_hour():
    week = ordinary_week({(MONDAY, 17): 12}, office(), MONDAY, MONDAY)

    later = coming(week, office(), shanghai("2026-11-30 17:45"), date(2026, 11, 30))

    assert [stretch.calls for stretch in later] == [pytest.approx(3)]


def test_a_make_up_day_to_come_brings_the_mean_of_all_weekdays():
    first, last = date(2026, 9, 1), date(2026, 9, 18)
    hours = steady(2, first, last) | {(day, 9): 12 for day in (date(2026, 9, 7), date(2026, 9, 14))}
    week = ordinary_week(hours, desk(), first, last)
    sunday = date(2026, 9, 20)

    makeup = coming(week, desk(), shanghai("2026-09-20 00:00"), sunday)

    assert makeup[0].calls == pytest.approx((12 + 4 * 2) / 5)
    assert sum(s.calls for s in makeup[1:]) == pytest.approx(7 * 2)


def test_nothing_is_expected_on_a_holiday_or_after_the_last_day():
    week = ordinary_week(steady(1, MONDAY, MONDAY), office(), MONDAY, MONDAY)

    assert coming(week, desk(), shanghai("2026-10-01 00:00"), date(2026, 10, 4)) == []
    assert coming(week, office(), shanghai("2026-11-24 18:00"), date(2026, 11, 24)) == []


def test_hours_that_were_never_open_bring_nothing():
    week = ordinary_week(steady(5, MONDAY, MONDAY), office(), MONDAY, MONDAY)
    evenings = calendar(hours={"mon": [["19:00", "21:00"]]})

    begin, day = shanghai("2026-11-30 00:00"), date(2026, 11, 30)

    assert {stretch.calls for stretch in coming(week, evenings, begin, day)} == {0}
    assert {stretch.calls for stretch in coming({}, office(), begin, day)} == {0}


@given(st.integers(0, 14 * 24 * 60))
def test_the_rest_of_a_steady_fortnight_is_its_share_of_service_time(minute):
    now = shanghai("2026-11-23 00:00") + timedelta(minutes=minute)
    first, last = date(2026, 11, 2), date(2026, 11, 20)
    # as many calls as minutes open in each hour
    hours = {
        (first + timedelta(days=n), part.hour): int(part.minutes)
        for n in range(19)
        for part in open_hours(office(), first + timedelta(days=n))
    }
    week = ordinary_week(hours, office(), first, last)
    end = date(2026, 12, 6)

    rest = sum(stretch.calls for stretch in coming(week, office(), now, end))

    assert rest == pytest.approx(office().elapsed(now, shanghai("2026-12-07 00:00")))
