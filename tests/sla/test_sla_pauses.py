"""Waiting, reopening and changed terms: what they do to the time that is left."""

from sla.clock import (
    apply,
    due,
    meet,
    minutes_left,
    overdue_minutes,
    pause,
    reopen,
    replay,
    reschedule,
    resume,
    retract,
    start,
)
from sla.policy import Promise
from tests.sla.sla_help import calendar, office, shanghai

DESK = office()
RESOLUTION = Promise("resolution", minutes=900, warn_minutes=(120,), pauses=True)
ASKED = shanghai("2026-11-23 09:00")  # a Monday; due on Tuesday at 18:00
WAITING = shanghai("2026-11-23 11:00")  # 780 minutes left
DUE = shanghai("2026-11-24 18:00")


def running():
    return start(RESOLUTION, DESK, ASKED)[0]


def waiting():
    return pause(running(), WAITING)[0]


def breached():
    return apply(running(), due(running(), shanghai("2026-11-25 09:00"))[0])


def test_a_pause_keeps_the_service_time_that_is_left():
    """BEHAVIOURS 8."""
    clock = resume(waiting(), DESK, shanghai("2026-11-25 09:00"))[0]
    assert clock.state == "running"
    assert clock.due_at == shanghai("2026-11-26 16:00")
    assert clock.warn_at == shanghai("2026-11-26 14:00")
    assert clock.paused_minutes == 780


def test_a_pause_over_holidays_costs_no_service_time():
    """BEHAVIOURS 8."""
    desk = calendar(closed=["2026-11-24", "2026-11-25"])
    clock = pause(start(RESOLUTION, desk, ASKED)[0], shanghai("2026-11-23 18:00"))[0]
    clock = resume(clock, desk, shanghai("2026-11-26 09:00"))[0]
    assert clock.paused_minutes == 0
    assert clock.due_at == shanghai("2026-11-26 18:00")


def test_a_pause_outside_service_hours_moves_nothing():
    clock = pause(running(), shanghai("2026-11-23 19:00"))[0]
    assert resume(clock, DESK, shanghai("2026-11-24 08:00"))[0].due_at == DUE


def test_a_paused_clock_has_nothing_due():
    assert due(waiting(), shanghai("2027-01-01 00:00")) == []
    assert minutes_left(waiting(), DESK, shanghai("2027-01-01 00:00")) == 780


def test_pausing_twice_is_pausing_once():
    assert pause(waiting(), DUE) == (waiting(), [])


def test_resuming_before_the_pause_is_resuming_at_the_pause():
    assert resume(waiting(), DESK, ASKED)[0].due_at == DUE


def test_solving_while_waiting_counts_against_the_deadline_that_moved():
    clock, events = meet(waiting(), DESK, shanghai("2026-12-01 10:00"))
    assert [event.kind for event in events] == ["resume", "meet"]
    assert clock.state == "met"
    assert clock.met_at <= clock.due_at


def test_a_pause_does_not_hide_a_breach():
    """BEHAVIOURS 9."""
    clock, events = pause(running(), shanghai("2026-11-25 09:00"))
    assert (events[0].kind, events[0].at) == ("breach", DUE)
    assert (clock.state, clock.due_at) == ("breached", DUE)
    assert resume(clock, DESK, shanghai("2026-11-26 09:00"))[0].state == "breached"


def test_a_pause_does_not_grow_a_breach():
    """BEHAVIOURS 9."""
    clock = pause(breached(), shanghai("2026-11-25 10:00"))[0]
    later = shanghai("2026-11-27 10:00")
    assert overdue_minutes(clock, DESK, later) == 60
    clock = resume(clock, DESK, later)[0]
    assert overdue_minutes(clock, DESK, shanghai("2026-11-27 11:00")) == 120
    assert clock.paused_minutes == 900


def test_a_warning_already_given_is_not_repeated_after_a_pause():
    clock = running()
    clock = apply(clock, due(clock, shanghai("2026-11-24 16:30"))[0])
    clock = pause(clock, shanghai("2026-11-24 17:00"))[0]
    assert resume(clock, DESK, shanghai("2026-11-25 09:00"))[0].warnings == ()


def test_reopening_goes_on_from_what_was_used():
    """BEHAVIOURS 10."""
    clock = meet(running(), DESK, WAITING)[0]
    clock, events = reopen(clock, DESK, shanghai("2026-11-30 09:00"))
    assert [event.kind for event in events] == ["reopen"]
    assert (clock.state, clock.met_at) == ("running", None)
    assert clock.due_at == shanghai("2026-12-01 16:00")  # 780 minutes on


def test_a_first_reply_that_was_met_stays_met():
    """BEHAVIOURS 10."""
    clock = start(Promise("first_reply", minutes=450), DESK, ASKED)[0]
    clock = meet(clock, DESK, WAITING)[0]
    assert reopen(clock, DESK, DUE) == (clock, [])


def test_reopening_a_breached_target_leaves_the_breach_and_counts_on():
    """BEHAVIOURS 9, BEHAVIOURS 10."""
    clock = meet(breached(), DESK, shanghai("2026-11-25 10:00"))[0]
    clock = reopen(clock, DESK, shanghai("2026-11-30 10:00"))[0]
    assert (clock.state, clock.met_at, clock.breached_at) == ("breached", None, DUE)
    assert overdue_minutes(clock, DESK, shanghai("2026-11-30 11:00")) == 120


def test_reopening_what_is_not_closed_changes_nothing():
    assert reopen(running(), DESK, WAITING) == (running(), [])


def test_new_days_off_move_the_deadline_of_a_running_clock():
    """BEHAVIOURS 12."""
    closed = calendar(closed=["2026-11-24"])
    clock, events = reschedule(running(), RESOLUTION, closed, WAITING)
    assert [event.kind for event in events] == ["reschedule"]
    assert clock.due_at == shanghai("2026-11-25 18:00")


def test_finished_clocks_keep_the_deadline_they_were_judged_by():
    """BEHAVIOURS 12."""
    closed = calendar(closed=["2026-11-24"])
    for finished in (meet(running(), DESK, WAITING)[0], breached()):
        assert reschedule(finished, RESOLUTION, closed, DUE) == (finished, [])


def test_terms_that_change_nothing_leave_no_event():
    assert reschedule(running(), RESOLUTION, DESK, WAITING) == (running(), [])


def test_a_pause_survives_a_change_of_policy():
    """BEHAVIOURS 8."""
    clock = resume(waiting(), DESK, shanghai("2026-11-25 09:00"))[0]
    longer = Promise("resolution", minutes=1350, pauses=True)
    clock = reschedule(clock, longer, DESK, shanghai("2026-11-25 10:00"))[0]
    assert clock.due_at == shanghai("2026-11-27 16:00")  # 1350 - 120 from Wednesday 09:00
    assert clock.paused_minutes == 780


def test_a_paused_clock_stays_paused_under_new_terms():
    """BEHAVIOURS 8."""
    shorter = Promise("resolution", minutes=300, pauses=True)
    clock = reschedule(waiting(), shorter, DESK, DUE)[0]
    assert clock.state == "paused"
    assert minutes_left(clock, DESK, DUE) == 180


def test_new_terms_that_were_already_broken_are_a_breach_when_they_were():
    """BEHAVIOURS 18."""
    strict = Promise("resolution", minutes=60, pauses=True)
    for before in (running(), waiting()):
        clock, events = reschedule(before, strict, DESK, shanghai("2026-11-23 12:00"))
        assert [event.kind for event in events] == ["reschedule", "breach"]
        assert clock.breached_at == shanghai("2026-11-23 10:00")


def test_a_breach_cannot_be_rescheduled_away():
    """BEHAVIOURS 9."""
    longer = Promise("resolution", minutes=9000, pauses=True)
    clock, events = reschedule(running(), longer, DESK, shanghai("2026-11-25 09:00"))
    assert [event.kind for event in events] == ["breach"]
    assert clock.due_at == DUE


def test_pauses_and_whole_workdays_go_together():
    promise = Promise("resolution", workdays=1, mode="end_of_next_workday", pauses=True)
    clock = start(promise, DESK, ASKED)[0]
    assert clock.due_at == DUE
    clock = resume(pause(clock, WAITING)[0], DESK, shanghai("2026-11-24 11:00"))[0]
    assert clock.due_at == shanghai("2026-11-25 18:00")
    assert reschedule(clock, promise, DESK, shanghai("2026-11-24 12:00")) == (clock, [])


def test_the_whole_life_can_be_replayed():
    """BEHAVIOURS 14."""
    clock, log = start(RESOLUTION, DESK, ASKED)
    for act in (
        lambda c: pause(c, WAITING),
        lambda c: resume(c, DESK, shanghai("2026-11-25 09:00")),
        lambda c: meet(c, DESK, shanghai("2026-11-25 10:00")),
        lambda c: reopen(c, DESK, shanghai("2026-12-01 10:00")),
        lambda c: meet(c, DESK, shanghai("2026-12-09 10:00")),
    ):
        clock, events = act(clock)
        log += events
    kinds = ["start", "pause", "resume", "meet", "reopen", "breach", "meet"]
    assert [event.kind for event in log] == kinds
    assert replay(log) == clock


def test_a_reply_given_while_waiting_that_never_arrived_leaves_the_pause_before_it_one():
    """BEHAVIOURS 8, 23: it had stood still since Monday 10:00 and runs on from Wednesday 10:00."""
    promise = Promise("next_reply", minutes=450, pauses=True)
    clock = start(promise, DESK, ASKED)[0]
    clock = pause(clock, shanghai("2026-11-23 10:00"))[0]
    clock = meet(clock, DESK, shanghai("2026-11-25 10:00"))[0]
    clock = retract(clock, DESK, shanghai("2026-11-25 11:00"))[0]
    assert (clock.state, clock.due_at) == ("running", shanghai("2026-11-25 18:00"))
