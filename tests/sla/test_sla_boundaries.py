"""Instants exactly at opening and closing, runs of days off, and calendars that end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sla.calendar import NeverOpens
from tests.sla.sla_help import WHOLE_DAY, calendar, desk, office, shanghai, utc, weekdays

OPENING, LUNCH, REOPENING, CLOSING = (
    shanghai(f"2026-11-23 {time}") for time in ("09:00", "12:00", "13:30", "18:00")
)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        (OPENING, 180, LUNCH),
        (LUNCH, 0, LUNCH),
        (LUNCH, 1, shanghai("2026-11-23 13:31")),
        (REOPENING, 270, CLOSING),
        (CLOSING, 1, shanghai("2026-11-24 09:01")),
        (OPENING, 450, CLOSING),
        (OPENING, 450.5, shanghai("2026-11-24 09:00:30")),
    ],
)
def test_starts_and_deadlines_lie_exactly_on_opening_and_closing(start, minutes, due):
    """BEHAVIOURS 2."""
    assert office().add_minutes(start, minutes) == due


def test_no_minutes_are_due_at_once_even_while_closed():
    sunday = shanghai("2026-11-22 03:00")
    assert office().add_minutes(sunday, 0) == sunday


def test_a_run_of_days_off_is_skipped():
    """BEHAVIOURS 2."""
    off = [f"2026-10-{day:02}" for day in range(1, 31)]
    due = calendar(closed=off).add_minutes(shanghai("2026-09-30 17:00"), 120)
    assert due == shanghai("2026-11-02 10:00")


def test_dated_opening_beats_day_off_and_day_off_beats_weekday():
    """BEHAVIOURS 1."""
    spec = calendar(
        closed=["2026-11-23", "2026-11-24"],
        open={"2026-11-24": [["10:00", "11:00"]], "2026-11-25": []},
    )
    on = {day: len(spec.intervals_on(date(2026, 11, day))) for day in range(23, 27)}
    assert on == {23: 0, 24: 1, 25: 0, 26: 2}


def test_any_number_of_intervals_a_day():
    """BEHAVIOURS 1."""
    quarters = [[f"{hour:02}:00", f"{hour:02}:15"] for hour in range(24)]
    spec = calendar(hours={"mon": quarters})
    assert spec.add_minutes(OPENING, 46) == shanghai("2026-11-23 12:01")
    assert len(spec.intervals_on(date(2026, 11, 23))) == 24


def test_a_day_and_night_desk_never_changes():
    spec = calendar(hours=weekdays(WHOLE_DAY, ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))
    assert spec.is_open(OPENING)
    assert spec.next_change(OPENING) is None
    assert spec.add_minutes(OPENING, 1440) == OPENING + timedelta(days=1)


def test_open_from_the_opening_instant_until_before_the_closing_one():
    assert office().is_open(OPENING)
    assert not office().is_open(OPENING - timedelta(microseconds=1))
    assert office().is_open(LUNCH - timedelta(microseconds=1))
    assert not office().is_open(LUNCH)


def test_the_next_change_is_after_the_instant():
    assert office().next_change(OPENING - timedelta(minutes=1)) == OPENING
    assert office().next_change(OPENING) == LUNCH
    assert office().next_change(LUNCH) == REOPENING
    assert office().next_change(CLOSING) == shanghai("2026-11-24 09:00")


def test_service_time_is_reached_where_the_desk_is_open():
    week = 5 * office().workday_minutes()
    starts = [OPENING, LUNCH, CLOSING, shanghai("2026-11-21 12:00"), shanghai("2026-11-23 09:30")]
    for start in starts:
        amounts = [0, 0.5, 30, 180, 210, week, 40 * week]
        expected = [office().next_opening(office().add_minutes(start, n)) for n in amounts]
        assert office().reached(start, amounts) == expected
    assert office().reached(OPENING, []) == []


def test_the_next_opening_is_now_while_open():
    assert office().next_opening(OPENING) == OPENING
    assert office().next_opening(LUNCH) == REOPENING
    assert office().next_opening(CLOSING) == shanghai("2026-11-24 09:00")


def test_dated_openings_alone_run_out_instead_of_looping():
    """BEHAVIOURS 2."""
    spec = calendar(hours={}, open={"2026-11-24": [["09:00", "10:00"]]})
    assert spec.add_minutes(OPENING, 60) == shanghai("2026-11-24 10:00")
    for ask in (
        lambda: spec.add_minutes(OPENING, 61),
        lambda: spec.next_opening(shanghai("2026-11-24 10:00")),
        lambda: spec.end_of_workday(OPENING, 2),
    ):
        with pytest.raises(NeverOpens, match="not enough opening hours"):
            ask()
    assert spec.next_change(shanghai("2026-11-24 10:00")) is None
    assert spec.elapsed(OPENING, shanghai("2029-01-01 00:00")) == 60


@pytest.mark.parametrize("year", ["0001", "2200", "9999"])
def test_a_dated_opening_of_a_far_year_is_not_searched_for(year):
    spec = calendar(hours={}, open={f"{year}-06-01": [["09:00", "10:00"]]})
    with pytest.raises(NeverOpens, match="not enough opening hours"):
        spec.add_minutes(OPENING, 1)
    assert len(spec._table.opens) < 10


def test_an_absurd_amount_is_refused_at_once():
    with pytest.raises(NeverOpens):
        office().add_minutes(OPENING, 10**15)


@pytest.mark.parametrize("minutes", [-1, -0.001, float("nan"), float("-inf")])
def test_a_negative_amount_is_refused(minutes):
    with pytest.raises(ValueError, match="0 minutes or more"):
        office().add_minutes(OPENING, minutes)


NAIVE = datetime(2026, 11, 23, 10)  # noqa: DTZ001


@pytest.mark.parametrize(
    "ask",
    [
        lambda: office().add_minutes(NAIVE, 1),
        lambda: office().elapsed(NAIVE, OPENING),
        lambda: office().elapsed(OPENING, NAIVE),
        lambda: office().end_of_workday(NAIVE, 1),
        lambda: office().is_open(NAIVE),
        lambda: office().next_change(NAIVE),
        lambda: office().next_opening(NAIVE),
        lambda: office().reached(NAIVE, [1]),
        lambda: desk().is_provisional(NAIVE, OPENING),
    ],
)
def test_a_naive_time_is_refused(ask):
    with pytest.raises(ValueError, match="aware"):
        ask()


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_an_instant_outside_three_centuries_is_refused(year):
    at = datetime(year, 6, 1, tzinfo=UTC)
    for ask in (
        office().is_open,
        lambda at: office().end_of_workday(at, 1),
        lambda at: office().add_minutes(at, 0),
    ):
        with pytest.raises(ValueError, match="1900"):
            ask(at)


def test_results_are_in_utc_whatever_the_zone_of_the_question():
    due = office().add_minutes(shanghai("2026-11-23 10:00"), 60)
    assert due == utc("2026-11-23 03:00")
    assert due.tzinfo is UTC


def test_elapsed_is_exact_to_the_microsecond():
    end = OPENING + timedelta(microseconds=1)
    assert office().elapsed(OPENING, end) * 60e6 == pytest.approx(1)
    assert office().elapsed(OPENING, CLOSING) == 450


def test_elapsed_is_nothing_when_the_end_is_not_after_the_start():
    assert office().elapsed(CLOSING, OPENING) == 0
    assert office().elapsed(OPENING, OPENING) == 0


def test_questions_in_any_order_give_the_same_answers():
    spec = office()
    starts = [OPENING + timedelta(days=days) for days in (0, 4000, -9000, 20000, 3, -20000)]
    assert [spec.add_minutes(at, 4500) for at in starts] == [
        office().add_minutes(at, 4500) for at in starts
    ]
