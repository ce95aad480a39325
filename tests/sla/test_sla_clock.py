"""One target's life: replies, breaches, and what a sweep has to say."""

from datetime import timedelta

import pytest

from sla.clock import (
    BrokenLog,
    ClockEvent,
    apply,
    cancel,
    due,
    meet,
    next_at,
    overdue_minutes,
    pause,
    replay,
    resume,
    retract,
    start,
)
from sla.policy import Promise
from tests.sla.sla_help import office, shanghai

DESK = office()
FIRST_REPLY = Promise("first_reply", minutes=450, warn_minutes=(60,))
ASKED = shanghai("2026-11-23 10:00")
WARNED = shanghai("2026-11-24 09:00")
DUE = shanghai("2026-11-24 10:00")
LATE = shanghai("2026-11-24 11:00")
TICK = timedelta(microseconds=1)


def running():
    return start(FIRST_REPLY, DESK, ASKED)[0]


def breached():
    return apply(running(), due(running(), LATE)[0])


def test_a_started_clock_knows_its_deadline():
    clock, events = start(FIRST_REPLY, DESK, ASKED)
    assert (clock.state, clock.due_at, clock.warn_at) == ("running", DUE, WARNED)
    assert [event.kind for event in events] == ["start"]


def test_a_reply_at_the_due_instant_is_in_time():
    clock, events = meet(running(), DESK, DUE)
    assert (clock.state, clock.met_at) == ("met", DUE)
    assert [event.kind for event in events] == ["meet"]


def test_a_reply_outside_service_hours_counts():
    night = shanghai("2026-11-23 23:00")
    assert meet(running(), DESK, night)[0].state == "met"


def test_a_later_reply_records_the_breach_first():
    """BEHAVIOURS 18."""
    clock, events = meet(running(), DESK, DUE + TICK)
    assert [(event.kind, event.at) for event in events] == [("breach", DUE), ("meet", DUE + TICK)]
    assert (clock.state, clock.breached_at, clock.met_at) == ("breached", DUE, DUE + TICK)


def test_the_first_reply_counts_and_later_ones_say_nothing():
    clock = meet(running(), DESK, WARNED)[0]
    assert meet(clock, DESK, DUE) == (clock, [])


def test_a_reply_entered_later_that_happened_earlier_counts():
    """BEHAVIOURS 17."""
    clock = meet(running(), DESK, WARNED)[0]
    assert meet(clock, DESK, ASKED)[0].met_at == ASKED


def test_a_reply_in_time_that_is_entered_late_undoes_the_breach():
    """BEHAVIOURS 17."""
    clock, events = meet(breached(), DESK, WARNED)
    assert (clock.state, clock.met_at, clock.breached_at) == ("met", WARNED, None)
    assert [event.kind for event in events] == ["meet"]


def test_a_reply_that_never_arrived_leaves_the_promise_open():
    """BEHAVIOURS 23."""
    clock = meet(running(), DESK, shanghai("2026-11-23 11:00"))[0]
    clock, events = retract(clock, DESK, shanghai("2026-11-23 15:00"))
    assert [event.kind for event in events] == ["retract"]
    assert clock == running()


def test_a_reply_found_lost_after_the_deadline_was_a_breach_all_along():
    """BEHAVIOURS 18, BEHAVIOURS 23."""
    clock = meet(running(), DESK, shanghai("2026-11-23 11:00"))[0]
    clock, events = retract(clock, DESK, LATE)
    assert [(event.kind, event.at) for event in events] == [("retract", LATE), ("breach", DUE)]
    assert (clock.state, clock.met_at) == ("breached", None)


def test_a_late_reply_that_never_arrived_leaves_the_breach():
    """BEHAVIOURS 23."""
    clock = meet(breached(), DESK, LATE)[0]
    assert retract(clock, DESK, LATE)[0] == breached()
    assert retract(running(), DESK, LATE) == (running(), [])


def test_a_backdated_call_starts_its_clock_when_it_happened():
    """BEHAVIOURS 17."""
    clock = start(FIRST_REPLY, DESK, shanghai("2026-11-19 10:00"))[0]
    assert due(clock, ASKED) == [ClockEvent("breach", shanghai("2026-11-20 10:00"))]


def test_resolving_without_a_reply_is_no_reply():
    """BEHAVIOURS 5: ending a ticket cancels what can no longer be given, and meets nothing."""
    clock = cancel(running(), WARNED)[0]
    assert (clock.state, clock.met_at) == ("cancelled", None)


def test_replying_and_waiting_in_one_save_records_the_reply():
    """BEHAVIOURS 4."""
    promise = Promise("first_reply", minutes=450, pauses=True)
    clock = start(promise, DESK, ASKED)[0]
    waiting = pause(clock, WARNED)[0]
    for answered in (
        meet(waiting, DESK, WARNED)[0],
        pause(meet(clock, DESK, WARNED)[0], WARNED)[0],
    ):
        assert (answered.state, answered.met_at) == ("met", WARNED)


def test_a_sweep_before_the_warning_has_nothing_to_say():
    assert due(running(), WARNED - TICK) == []


def test_a_sweep_warns_once():
    clock = running()
    [warning] = due(clock, WARNED)
    assert warning == ClockEvent("warn", WARNED)
    clock = apply(clock, warning)
    assert clock.warned_at == WARNED
    assert due(clock, DUE) == []


def test_a_sweep_after_days_records_the_breach_at_its_due_instant():
    """BEHAVIOURS 18."""
    assert due(running(), DUE + timedelta(days=3)) == [ClockEvent("breach", DUE)]


def test_a_breach_is_recorded_once():
    assert due(breached(), LATE) == []
    assert next_at(breached()) is None


def test_a_target_met_meanwhile_is_neither_warned_about_nor_breached():
    """BEHAVIOURS 15."""
    clock = meet(running(), DESK, ASKED)[0]
    assert due(clock, WARNED) == []
    assert due(clock, LATE) == []


def test_several_warnings_that_passed_together_are_one():
    promise = Promise("first_reply", minutes=450, warn_minutes=(60, 180))
    clock = start(promise, DESK, ASKED)[0]
    assert clock.warnings == (shanghai("2026-11-23 16:00"), WARNED)
    assert due(clock, WARNED) == [ClockEvent("warn", WARNED)]
    assert apply(clock, ClockEvent("warn", WARNED)).warnings == ()


def test_the_next_instant_is_the_first_at_which_something_is_due():
    clock = running()
    for kind in ("warn", "breach"):
        at = next_at(clock)
        assert due(clock, at - TICK) == []
        [event] = due(clock, at)
        assert event.kind == kind
        clock = apply(clock, event)
    assert next_at(clock) is None


def test_cancelling_clears_the_deadline():
    """BEHAVIOURS 11."""
    clock, events = cancel(running(), WARNED)
    assert (clock.state, clock.due_at, clock.warn_at) == ("cancelled", None, None)
    assert [event.kind for event in events] == ["cancel"]
    assert due(clock, LATE) == []
    assert next_at(clock) is None


def test_cancelling_leaves_what_is_finished_as_it_was():
    met = meet(running(), DESK, WARNED)[0]
    assert cancel(met, LATE) == (met, [])
    assert cancel(breached(), LATE) == (breached(), [])


def test_cancelling_too_late_leaves_the_breach():
    assert [event.kind for event in cancel(running(), LATE)[1]] == ["breach"]


def test_a_cancelled_target_comes_back_by_a_new_start():
    clock, events = start(FIRST_REPLY, DESK, ASKED)
    clock, cancelled = cancel(clock, WARNED)
    assert meet(clock, DESK, WARNED) == (clock, [])
    clock, again = start(FIRST_REPLY, DESK, ASKED)
    assert replay([*events, *cancelled, *again]) == clock


def test_how_long_a_reply_was_overdue_is_service_time():
    assert overdue_minutes(breached(), DESK, shanghai("2026-11-24 13:00")) == 120
    answered = meet(breached(), DESK, LATE)[0]
    assert overdue_minutes(answered, DESK, shanghai("2026-11-30 12:00")) == 60
    assert overdue_minutes(meet(running(), DESK, DUE)[0], DESK, LATE) == 0


def test_a_first_reply_goes_on_while_the_desk_waits():
    """BEHAVIOURS 8: its promise has no pauses."""
    clock = running()
    assert pause(clock, WARNED) == (clock, [])
    assert resume(clock, DESK, WARNED) == (clock, [])


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([], "empty"),
        ([ClockEvent("meet", ASKED)], "begins with meet"),
        ([start(FIRST_REPLY, DESK, ASKED)[1][0], ClockEvent("dance", ASKED)], "'dance' is no kind"),
    ],
)
def test_a_log_that_no_clock_has_lived_is_refused(events, sentence):
    with pytest.raises(BrokenLog, match=sentence):
        replay(events)
