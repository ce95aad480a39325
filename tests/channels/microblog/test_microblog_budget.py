"""A day's calls last for the day: often while the desk is open, seldom while it is not."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.microblog.budget import (
    CHINA,
    Budget,
    may_read,
    may_write,
    next_hour,
    next_poll,
    plan,
    start_of_next_day,
)
from tests.channels.microblog.microblog_help import NOW, Office

WEIBO = Budget(daily=100, reserve=25, cost=3)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=CHINA)
OFFICE = Office()


def _looks(budget, hours, *, extra=0):
    """Return when a day is looked at, each look paging ``extra`` times more."""
    now, reads, looks = MIDNIGHT, 0, []
    while now < MIDNIGHT + timedelta(days=1):
        if may_read(budget, (reads, 0)):
            looks.append(now)
            reads += min(budget.cost + extra, budget.polling - reads)
        later = next_poll(now, budget=budget, used=(reads, 0), hours=hours)
        assert later > now
        now = later
    return looks, reads


def test_a_weibo_day_is_planned_every_half_hour_in_service_and_every_two_hours_outside():
    told = plan(WEIBO, service_minutes=450)

    assert 28 <= told.open_minutes <= 30
    assert told.closed_minutes == 120
    assert told.calls <= 75


def test_the_plan_is_kept_within_the_days_budget():
    looks, reads = _looks(WEIBO, OFFICE)

    in_service = [look for look in looks if OFFICE.elapsed(look, look + timedelta(minutes=1))]
    assert reads <= 75
    assert 13 <= len(in_service) <= 17
    assert len(looks) - len(in_service) >= 7


@given(st.integers(1, 400), st.integers(0, 100), st.integers(1, 6), st.integers(0, 9))
def test_no_day_costs_more_than_its_budget(daily, reserve, cost, extra):
    budget = Budget(daily, min(reserve, daily), cost)

    _, reads = _looks(budget, OFFICE, extra=extra)

    assert reads <= budget.polling


def test_without_service_hours_the_day_is_looked_at_evenly():
    looks, reads = _looks(WEIBO, None)

    assert 11 <= len(looks) <= 13
    assert reads < 75


def test_the_opening_is_not_slept_through():
    before = MIDNIGHT + timedelta(hours=8, minutes=10)

    later = next_poll(before, budget=WEIBO, used=(30, 0), hours=OFFICE)

    assert later - (MIDNIGHT + timedelta(hours=9)) <= timedelta(minutes=1)


def test_when_the_day_is_used_up_the_next_one_is_waited_for():
    assert next_poll(NOW, budget=WEIBO, used=(75, 0), hours=OFFICE) == MIDNIGHT + timedelta(days=1)
    assert next_poll(NOW, budget=WEIBO, used=(40, 60), hours=OFFICE) == start_of_next_day(NOW)


def test_reading_leaves_calls_for_answers():
    assert not may_read(WEIBO, (75, 0))
    assert may_write(WEIBO, (75, 24))
    assert not may_write(WEIBO, (75, 25))
    assert not may_read(WEIBO, (10, 90))


def test_an_hourly_limit_ends_with_the_hour():
    assert next_hour(NOW + timedelta(minutes=17)) == NOW + timedelta(hours=1)
