"""The answer rate: a ratio of sums over the calls that asked for a person in service hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import rates
from sla.calendar import Calendar
from sla.china import default_spec
from sla.rates import NOTHING, Tally, Terms

CALENDAR = Calendar(default_spec())
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=CALENDAR.zone)


@dataclass(frozen=True)
class Call:
    arrived: datetime = MONDAY
    answered: datetime | None = None
    wait_seconds: float = 30.0
    talk_seconds: float = 0.0
    asked: bool = True
    queue: str = "600"


def answered(wait=10.0, talk=60.0, **more):
    return Call(answered=MONDAY, wait_seconds=wait, talk_seconds=talk, **more)


def total(*calls, terms=None):
    return rates.total(calls, CALENDAR, terms or Terms())


def test_the_rate_is_answered_over_offered():
    counted = total(*[answered()] * 17, *[Call()] * 3)

    assert (counted.offered, counted.answered, counted.abandoned) == (20, 17, 3)
    assert counted.rate == 0.85
    assert rates.is_kept(counted)


def test_one_more_missed_call_breaks_the_promise():
    assert rates.is_kept(total(*[answered()] * 16, *[Call()] * 4)) is False


def test_without_an_offered_call_there_is_no_rate():
    counted = total(Call(asked=False), Call(arrived=MONDAY.replace(hour=20)))

    assert (counted.rate, counted.service_level, rates.is_kept(counted)) == (None, None, None)
    assert (counted.others, counted.outside_hours, counted.calls) == (1, 1, 2)


@pytest.mark.parametrize("hour", [8, 12, 13, 18, 23])
def test_calls_outside_service_hours_are_counted_apart_even_when_somebody_took_them(hour):
    arrived = MONDAY.replace(hour=hour, minute=10)

    assert total(answered(arrived=arrived)) == Tally(outside_hours=1)


def test_a_make_up_saturday_is_a_day_of_service_and_a_holiday_is_none():
    make_up = datetime(2026, 10, 10, 10, 0, tzinfo=CALENDAR.zone)
    holiday = datetime(2026, 10, 1, 10, 0, tzinfo=CALENDAR.zone)

    assert total(Call(arrived=make_up), Call(arrived=holiday)) == Tally(
        offered=1, abandoned=1, outside_hours=1
    )


def test_short_abandons_are_offered_calls_unless_a_threshold_is_set():
    hung_up = Call(wait_seconds=3)

    assert total(hung_up).offered == 1
    assert total(hung_up, terms=Terms(short_seconds=5)) == Tally(short=1)
    assert total(answered(wait=3), terms=Terms(short_seconds=5)).answered == 1


def test_good_service_is_an_answer_within_twenty_seconds():
    counted = total(answered(wait=20), answered(wait=21), Call())

    assert counted.service_level == pytest.approx(1 / 3)
    assert counted.average_speed_of_answer == 20.5
    assert counted.average_handling_time == 60


CALLS = st.lists(
    st.builds(
        Call,
        arrived=st.integers(0, 20_000).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
        answered=st.none() | st.just(MONDAY),
        wait_seconds=st.integers(0, 300).map(float),
        talk_seconds=st.integers(0, 3000).map(float),
        asked=st.booleans(),
        queue=st.sampled_from(["600", "601", "602"]),
    ),
    max_size=60,
)


def test_nothing_together_is_nothing():
    assert rates.together([]) == NOTHING
    assert rates.together(iter([Tally(offered=1), Tally(offered=2, waited=0.5)])) == Tally(
        offered=3, waited=0.5
    )


@given(CALLS, st.integers(0, 10))
def test_the_sums_of_the_groups_are_the_sum_of_all(calls, short):
    terms = Terms(short_seconds=short)
    whole = rates.total(calls, CALENDAR, terms)
    groups = rates.by(calls, lambda call: call.queue, CALENDAR, terms)

    assert sum(groups.values(), NOTHING) == rates.together(groups.values()) == whole
    assert rates.grouped([("all", tally) for tally in groups.values()]) == (
        {"all": whole} if calls else {}
    )
    assert whole.calls == len(calls)
    assert whole.offered == whole.answered + whole.abandoned
    assert whole.rate is None or 0 <= whole.rate <= 1
