"""Points on the way to a deadline: which of them a warning stands for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import clock as actions
from sla.escalation import minutes_before, points_reached
from sla.policy import Promise
from tests.sla.sla_help import office, shanghai

ASKED = shanghai("2026-11-23 10:00")
CALENDAR = office()
PROMISE = Promise("resolution", minutes=450, warn_percent=(50, 80), warn_minutes=(30,), pauses=True)


@pytest.mark.parametrize(
    ("point", "minutes"), [("80%", 90.0), ("50%", 225.0), ("60m", 60.0), ("breach", 0.0)]
)
def test_a_point_lies_so_many_service_minutes_before_the_deadline(point, minutes):
    assert minutes_before(point, 450) == minutes


def sweep(clock, at):
    """Return the points that a sweep at an instant records, and the clock after it."""
    events = actions.due(clock, at)
    reached = [
        point
        for event in events
        if event.kind == "warn"
        for point in points_reached(PROMISE.points, clock, CALENDAR, event.at)
    ]
    for event in events:
        clock = actions.apply(clock, event)
    return reached, clock


def test_each_point_is_reached_once_at_its_instant():
    clock, _ = actions.start(PROMISE, CALENDAR, ASKED)
    told = []
    for at in ("23 15:15", "23 17:29", "23 17:30", "24 09:30", "24 09:45"):
        reached, clock = sweep(clock, shanghai(f"2026-11-{at}"))
        told.append(reached)
    assert told == [["50%"], [], ["80%"], ["30m"], []]


def test_a_late_sweep_reaches_all_that_it_overtook():
    clock, _ = actions.start(PROMISE, CALENDAR, ASKED)
    reached, _ = sweep(clock, shanghai("2026-11-24 09:31"))
    assert reached == ["50%", "80%", "30m"]


def test_a_point_that_lies_before_the_request_is_reached_at_once():
    promise = replace(PROMISE, minutes=None, workdays=1, warn_percent=(), warn_minutes=(600, 60))
    clock, _ = actions.start(promise, CALENDAR, ASKED)
    [event] = actions.due(clock, ASKED)
    assert points_reached(promise.points, clock, CALENDAR, event.at) == ("600m",)


@given(
    used=st.integers(0, 400),
    paused=st.integers(0, 5000),
    step=st.integers(1, 200),
)
def test_pauses_repeat_no_point_and_lose_none(used, paused, step):
    clock, _ = actions.start(PROMISE, CALENDAR, ASKED)
    told = []
    at = CALENDAR.add_minutes(ASKED, used)
    reached, clock = sweep(clock, at)
    told += reached
    clock, _ = actions.pause(clock, at)
    at += timedelta(minutes=paused)
    clock, _ = actions.resume(clock, CALENDAR, at)
    while clock.state == "running":
        at += timedelta(minutes=step)
        at = min(clock.due_at, at)
        reached, clock = sweep(clock, at)
        told += reached
        if at == clock.due_at:
            break
    assert sorted(told) == sorted(PROMISE.points)
