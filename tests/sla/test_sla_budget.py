"""The error budget of the answer rate: what may still be missed, held against counting it out."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.budget import Budget, Stretch, alarms, burn, is_burning, runs_out, since
from sla.rates import NOTHING, Tally
from tests.sla.sla_help import desk, office, shanghai

PERCENT = st.integers(1, 100)
COUNTS = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted)


def kept(answered, offered, percent):
    """Say whether a rate keeps the promise, as the rules say it: at least so much of 1."""
    return offered == 0 or Fraction(answered, offered) >= Fraction(percent, 100)


def of(offered, answered, expected=0, percent=85):
    return Budget(offered, answered, expected, percent)


def counted(offered, missed):
    return Tally(offered=offered, answered=offered - missed, abandoned=missed)


def test_a_month_of_393_calls_with_82_still_to_come_may_miss_21_more():
    november = of(393, 343, expected=82)

    assert (november.missed, november.allowed, november.left) == (50, 71, 21)
    assert november.spare == 8
    assert november.recovers_after == 0


def test_exactly_85_of_100_keeps_the_promise_and_has_nothing_to_spare():
    assert (of(100, 85).is_kept, of(100, 85).spare) == (True, 0)
    assert (of(100, 84).is_kept, of(100, 84).spare) == (False, -1)


def test_an_overspent_budget_says_how_many_answered_in_a_row_bring_it_back():
    broken = of(20, 10, expected=20)

    assert (broken.left, broken.spare) == (-4, -7)
    assert broken.recovers_after == 47
    assert of(20 + 47, 10 + 47).is_kept
    assert not of(20 + 46, 10 + 46).is_kept


def test_of_a_promise_of_everything_one_missed_call_breaks_it_for_good():
    assert of(10, 9, percent=100).recovers_after is None
    assert of(10, 10, percent=100).recovers_after == 0


def test_without_calls_the_promise_holds_and_nothing_is_spent():
    assert (of(0, 0).is_kept, of(0, 0).spent, of(0, 0).left) == (True, 0.0, 0)


@given(COUNTS, st.integers(0, 200), PERCENT)
def test_what_is_left_is_the_most_that_can_be_missed(counts, expected, percent):
    answered, offered = counts
    budget = Budget(offered, answered, expected, percent)
    whole = offered + expected

    def holds(more):
        return kept(whole - budget.missed - more, whole, percent)

    if whole:
        assert holds(budget.left)
        assert not holds(budget.left + 1)


@given(COUNTS, PERCENT)
def test_what_could_be_spared_now_and_what_brings_it_back_are_counted_out(counts, percent):
    answered, offered = counts
    budget = Budget(offered, answered, 0, percent)

    assert budget.is_kept == kept(answered, offered, percent)
    assert budget.spare == budget.left
    assert (budget.spare >= 0) == budget.is_kept
    if percent < 95 and offered < 60:
        more = 0
        while not kept(answered + more, offered + more, percent):
            more += 1
        assert budget.recovers_after == more


@given(COUNTS, st.integers(0, 200), PERCENT, st.fractions(0, 1))
def test_what_is_left_in_the_end_follows_from_the_pace(counts, expected, percent, pace):
    answered, offered = counts
    budget = Budget(offered, answered, expected, percent)

    in_the_end = budget.left_at(float(pace))

    exact = budget.left - pace * expected
    assert in_the_end <= exact + Fraction(1, 10**6)
    assert in_the_end > exact - 1 - Fraction(1, 10**6)


MORNING = shanghai("2026-11-23 09:00"), shanghai("2026-11-23 12:00")
AFTERNOON = shanghai("2026-11-23 13:30"), shanghai("2026-11-23 18:00")


def test_the_budget_runs_out_in_service_time_at_todays_pace():
    coming = [Stretch(*MORNING, 30), Stretch(*AFTERNOON, 45)]

    assert runs_out(5, 0.5, coming) == shanghai("2026-11-23 10:00")
    assert runs_out(20, 0.5, coming) == shanghai("2026-11-23 14:30")


def test_a_budget_lasts_where_less_is_missed_or_nothing():
    coming = [Stretch(*MORNING, 30)]

    assert runs_out(16, 0.5, coming) is None
    assert runs_out(1, 0.0, coming) is None
    assert runs_out(3, 0.5, []) is None


def test_a_budget_that_is_used_up_has_run_out_now():
    assert runs_out(0, 0.1, [Stretch(*MORNING, 30)]) == MORNING[0]


@given(
    st.integers(1, 40),
    st.floats(0.01, 1),
    st.lists(st.floats(0, 30), min_size=1, max_size=12),
)
def test_at_the_instant_it_runs_out_the_misses_add_up_to_what_was_left(left, pace, calls):
    begin = MORNING[0]
    hour = timedelta(hours=1)
    coming = [Stretch(begin + n * hour, begin + (n + 1) * hour, c) for n, c in enumerate(calls)]

    at = runs_out(left, pace, coming)

    if at is None:
        assert pace * sum(calls) < left + 1e-6
    else:
        come = sum(s.calls * min(1, max(0, (at - s.opens) / hour)) for s in coming)
        assert come * pace == pytest.approx(left, rel=1e-4)


def test_a_dead_telephone_burns_at_six_and_two_thirds():
    assert burn(counted(10, 10), 85) == pytest.approx(100 / 15)
    assert burn(counted(100, 15), 85) == 1.0
    assert burn(NOTHING, 85) is None
    assert burn(counted(4, 0), 100) == 0.0
    assert burn(counted(4, 1), 100) == float("inf")


FAST, SLOW = alarms(450)


def test_the_fast_alarm_needs_both_its_windows():
    assert is_burning(FAST, counted(10, 3), counted(30, 9), 85)
    assert not is_burning(FAST, counted(10, 0), counted(30, 9), 85)  # it is over
    assert not is_burning(FAST, counted(10, 3), counted(60, 9), 85)  # it does not matter
    assert not is_burning(FAST, NOTHING, counted(30, 9), 85)


def test_few_calls_alarm_nobody():
    assert not is_burning(FAST, counted(2, 2), counted(3, 2), 85)
    assert not is_burning(SLOW, counted(6, 5), counted(6, 5), 85)


def test_the_slow_alarm_sees_what_the_fast_one_does_not():
    day, week = counted(100, 20), counted(500, 100)

    assert not is_burning(FAST, day, day, 85)
    assert is_burning(SLOW, day, week, 85)


def test_windows_are_service_time():
    calendar = office()

    assert since(calendar, shanghai("2026-11-23 10:00"), 120) == shanghai("2026-11-20 17:00")
    assert since(calendar, shanghai("2026-11-22 12:00"), 450) == shanghai("2026-11-20 09:00")
    assert since(calendar, shanghai("2026-11-23 14:30"), 120) == shanghai("2026-11-23 11:00")


def test_a_window_over_a_long_holiday_ends_somewhere():
    year = {shanghai("2026-01-01 00:00").date() + timedelta(days=n) for n in range(365)}
    shut = office(closed=frozenset(year))

    assert since(shut, shanghai("2026-11-23 10:00"), 60) == shanghai("2026-07-26 10:00")


@given(st.integers(0, 60 * 24 * 60), st.integers(0, 10 * 450))
def test_exactly_that_much_service_time_leads_up_to_now(minute, minutes):
    calendar, now = desk(), shanghai("2026-09-15 00:00") + timedelta(minutes=minute)

    assert calendar.elapsed(since(calendar, now, minutes), now) == minutes
