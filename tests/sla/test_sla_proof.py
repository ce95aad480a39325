"""The log as proof: what `verify` finds, and that actions never leave it anything to find."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sla import clock as clocks
from sla.clock import ClockEvent, replay, start
from sla.policy import Promise
from sla.proof import verify
from sla.targets import deadline
from tests.sla.sla_help import calendar, office, shanghai

DESK = office()
PROMISE = Promise("first_reply", minutes=450, warn_minutes=(60,))
ASKED = shanghai("2026-11-23 10:00")
DUE = shanghai("2026-11-24 10:00")


def differences(events, promise=PROMISE, desk=DESK):
    return verify(events, lambda _event: promise, lambda _event: desk)


def log(*more: ClockEvent) -> list[ClockEvent]:
    return [*start(PROMISE, DESK, ASKED)[1], *more]


@pytest.mark.parametrize(
    "events",
    [
        log(),
        log(ClockEvent("warn", shanghai("2026-11-24 09:00")), ClockEvent("meet", DUE)),
        log(ClockEvent("breach", DUE), ClockEvent("meet", DUE + timedelta(hours=1))),
        log(ClockEvent("cancel", ASKED)),
    ],
)
def test_a_right_log_has_no_differences(events):
    """BEHAVIOURS 14."""
    assert differences(events) == []


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (
            log(ClockEvent("meet", DUE + timedelta(hours=1))),
            "a breach at 2026-11-24T02:00:00+00:00 is missing",
        ),
        (log(ClockEvent("breach", DUE + timedelta(hours=1))), "expected at 2026-11-24T02:00:00"),
        (log(ClockEvent("warn", ASKED)), "nothing of the kind to record"),
        (log(ClockEvent("resume", ASKED, {"minutes": 0})), "nothing of the kind to record"),
        (log(ClockEvent("breach", DUE), ClockEvent("breach", DUE)), "nothing of the kind"),
        (log(ClockEvent("reschedule", ASKED, {})), "cannot be read"),
        (log(ClockEvent("dance", ASKED)), "'dance' is no kind"),
        ([ClockEvent("meet", ASKED)], "begins with a start"),
        ([], "log is empty"),
        (log(*log()), "nothing of the kind to record"),
        (log(ClockEvent("judge", shanghai("2026-11-24 11:00"))), "a breach at"),
    ],
)
def test_a_wrong_log_is_told_event_by_event(events, sentence):
    found = differences(events)
    assert any(sentence in said for said in found), found


def test_a_deadline_that_was_tampered_with_is_found():
    [event] = log()
    moved = replace(event, data={**event.data, "due_at": "2026-11-30T02:00:00+00:00"})
    [said] = differences([moved])
    assert said == (
        "Event 1, start: due_at is 2026-11-30T02:00:00+00:00, recomputed 2026-11-24T02:00:00+00:00."
    )


def test_another_calendar_than_the_recorded_one_is_found():
    assert differences(log(), desk=calendar(closed=["2026-11-24"]))


def test_terms_that_move_nothing_are_judged_by_from_then_on():
    assert differences(log(ClockEvent("judge", ASKED))) == []
    later = Promise("first_reply", minutes=900)
    [said] = verify(
        log(ClockEvent("judge", ASKED)),
        lambda event: later if event.kind == "judge" else PROMISE,
        lambda _event: DESK,
    )
    missing = f"a reschedule at {ASKED.isoformat()} is missing before it."
    assert said == f"Event 2, judge: {missing}"


def test_the_desk_may_add_facts_of_its_own():
    [event] = log()
    assert differences([replace(event, data={**event.data, "calendar_version": 3})]) == []


GAPS = st.integers(0, 3 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
CALENDARS = [DESK, calendar(closed=["2026-11-25", "2026-11-26"]), calendar("Europe/Berlin")]
PROMISES = [
    Promise("resolution", minutes=450, warn_minutes=(60, 120), pauses=True),
    Promise("resolution", minutes=2000, pauses=True),
    Promise("resolution", workdays=2, mode="end_of_next_workday", warn_minutes=(30,), pauses=True),
    Promise("resolution", workdays=1, warn_minutes=(30,)),
]


class ClockLife(RuleBasedStateMachine):
    """Do anything to a clock, on time or entered late; its log must always explain it."""

    @initialize(promise=st.sampled_from(PROMISES), desk=st.sampled_from(CALENDARS))
    def begin(self, promise, desk):
        self.now: datetime = ASKED
        self.terms = {}
        self.log = []
        self.promise, self.desk = promise, desk
        self.take(clocks.start(promise, desk, ASKED))

    def take(self, step):
        self.clock, events = step
        self.log += events
        self.terms |= {id(event): (self.promise, self.desk) for event in events}

    @rule(gap=GAPS)
    def time_passes(self, gap):
        self.now += gap

    @rule()
    def sweep(self):
        while events := clocks.due(self.clock, self.now):
            for event in events:
                self.take((clocks.apply(self.clock, event), [event]))

    @rule(back=GAPS)
    def pause(self, back):
        self.take(clocks.pause(self.clock, self.now - back / 8))

    @rule(back=GAPS)
    def resume(self, back):
        self.take(clocks.resume(self.clock, self.desk, self.now - back / 8))

    @rule(back=GAPS)
    def meet(self, back):
        self.take(clocks.meet(self.clock, self.desk, self.now - back / 2))

    @rule()
    def retract(self):
        self.take(clocks.retract(self.clock, self.desk, self.now))

    @rule()
    def reopen(self):
        self.take(clocks.reopen(self.clock, self.desk, self.now))

    @rule(promise=st.sampled_from(PROMISES), desk=st.sampled_from(CALENDARS))
    def reschedule(self, promise, desk):
        clock = self.clock
        # a breach that no sweep has recorded yet keeps its terms as one that is recorded does
        if clock.state in ("running", "paused") and (clock.paused_at or self.now) <= clock.due_at:
            self.promise, self.desk = promise, desk
        self.take(clocks.reschedule(self.clock, promise, desk, self.now))

    @precondition(lambda self: len(self.log) > 3)
    @rule()
    def cancel(self):
        self.take(clocks.cancel(self.clock, self.now))

    @invariant()
    def the_log_explains_the_clock(self):
        """BEHAVIOURS 14."""
        assert replay(self.log) == self.clock

    @invariant()
    def the_log_can_be_recomputed(self):
        found = verify(
            self.log, lambda event: self.terms[id(event)][0], lambda event: self.terms[id(event)][1]
        )
        assert found == []

    @invariant()
    def the_state_says_what_happened(self):
        clock = self.clock
        if clock.state == "met":
            assert clock.met_at <= clock.due_at
            assert clock.breached_at is None
        elif clock.state == "breached":
            assert clock.breached_at == clock.due_at
            assert clock.met_at is None or clock.met_at > clock.due_at
        elif clock.state == "cancelled":
            assert clock.due_at is None
        else:
            assert clock.met_at is None
            assert (clock.state == "paused") == (clock.paused_at is not None)

    @invariant()
    def what_ran_and_what_is_left_make_the_promise(self):
        """BEHAVIOURS 8, BEHAVIOURS 10."""
        clock = self.clock
        if clock.state == "running":
            used = sum(self.desk.elapsed(begin, end) for begin, end in clock.ran)
            left = self.desk.elapsed(clock.since, clock.due_at)
            promised = deadline(self.promise, self.desk, ASKED).due_at
            assert used + left == pytest.approx(self.desk.elapsed(ASKED, promised))

    @invariant()
    def the_sweep_comes_neither_early_nor_late(self):
        at = clocks.next_at(self.clock)
        if at is None:
            assert clocks.due(self.clock, self.now + timedelta(days=999)) == []
        else:
            assert clocks.due(self.clock, at)
            assert clocks.due(self.clock, at - timedelta(microseconds=1)) == []


ClockLife.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestClockLife = ClockLife.TestCase
