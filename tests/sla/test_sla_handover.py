"""One clock goes on as another did (BEHAVIOURS 32)."""

from datetime import timedelta

import pytest

from sla import clock as actions
from sla.events import BREACHED, CANCELLED, PAUSED, RUNNING, replay
from sla.handover import falls_due, take_over
from sla.policy import Promise
from sla.proof import verify
from tests.sla.sla_help import office, shanghai

PROMISE = Promise("resolution", minutes=240, pauses=True, warn_percent=(50,))
ASKED = shanghai("2026-11-23 10:00")
CALENDAR = office()


def lived(*hours_and_actions):
    """Return the log of a clock to which things happened so many hours after the question."""
    clock, log = actions.start(PROMISE, CALENDAR, ASKED)
    for hours, name in hours_and_actions:
        at, act = ASKED + timedelta(hours=hours), getattr(actions, name)
        with_calendar = name in ("resume", "meet", "reopen", "retract")
        clock, events = act(clock, CALENDAR, at) if with_calendar else act(clock, at)
        log = [*log, *events]
    return log


def proved(events) -> bool:
    return verify(events, lambda _: PROMISE, lambda _: CALENDAR) == []


@pytest.mark.parametrize(
    "life",
    [
        (),
        ((1, "pause"),),
        ((1, "pause"), (23, "resume")),
        ((1, "pause"), (23, "resume"), (24, "pause"), (26, "resume")),
        ((1, "meet"), (24, "reopen")),
        ((1, "cancel"),),
        ((29, "pause"), (30, "resume")),
    ],
)
def test_it_stands_where_the_other_one_stood(life):
    log = lived(*life)
    before = replay(log if life != ((1, "cancel"),) else log[:1])

    clock, events = take_over(log, PROMISE, CALENDAR)

    assert (clock.due_at, clock.paused_at, clock.ran) == (
        before.due_at,
        before.paused_at,
        before.ran,
    )
    assert replay(events) == clock
    assert proved(events)


def test_a_pause_that_lasts_counts_from_now_when_deadlines_are_compared():
    now = ASKED + timedelta(hours=24)
    clock = replay(lived((1, "pause")))

    assert clock.state == PAUSED
    assert falls_due(clock, CALENDAR, now) == shanghai("2026-11-24 14:30")


def test_what_is_handed_over_owes_nothing_and_is_broken_no_more():
    log = lived((30, "hand_over"))

    clock = replay(log)

    assert [event.kind for event in log] == ["start", "breach", "hand_over"]
    assert (clock.state, clock.due_at, clock.breached_at) == (CANCELLED, None, None)
    assert proved(log)


def test_what_was_judged_is_not_handed_over():
    assert lived((1, "meet"), (2, "hand_over")) == lived((1, "meet"))
    assert lived((1, "cancel"), (2, "hand_over")) == lived((1, "cancel"))
    late = lived((30, "meet"), (31, "hand_over"))
    assert replay(late).state == BREACHED


def test_a_hand_over_in_a_log_that_no_clock_can_have_lived_is_found():
    log = lived((1, "meet"))

    assert not proved([*log, actions.ClockEvent("hand_over", ASKED + timedelta(hours=2))])
    assert replay(lived()).state == RUNNING
