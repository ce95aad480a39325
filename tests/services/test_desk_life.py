"""A desk on which anything may happen next: what must hold after each act, holds.

Hypothesis draws the acts of ``tests.life``; see there. ``python -m tests.bench --only year``
plays a whole year of the same.
"""

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.life import agents, customers, managers, passing, truths
from tests.life.fresh import starting_over
from tests.life.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGINNINGS = [
    datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    for text in (
        "2026-11-23 10:00",  # a Monday
        "2026-02-13 16:00",  # before a worked Saturday and Spring Festival
        "2026-09-30 11:58",  # lunch, then the National Day
        "2026-12-30 17:00",  # the next year's days are not known
    )
]
CHANCE = st.randoms(use_true_random=False, note_method_calls=False)
EXAMPLES, STEPS = 6, 30
# Shrinking a failure takes minutes; SHRINK=1 asks for it.
PHASES = (Phase.generate, *((Phase.shrink,) if os.environ.get("SHRINK") else ()))


class DeskLife(RuleBasedStateMachine):
    """Each rule is one kind of act; which one exactly, and on what, is drawn."""

    start_over = staticmethod(lambda: None)

    @initialize(began=st.sampled_from(BEGINNINGS), chance=CHANCE)
    def begin(self, began, chance):
        type(self).start_over()
        self.world = World(began.astimezone(UTC))
        managers.only_the_default(self.world)
        self.swept = False
        for _ in range(2):
            self.do(customers.ASKING, chance)

    def do(self, acts, chance):
        self.swept = False
        self.world.do(chance.choice(acts), chance)

    @rule(chance=CHANCE)
    def somebody_asks(self, chance):
        self.do(customers.ASKING, chance)

    @rule(chance=CHANCE)
    def somebody_goes_on(self, chance):
        self.do(customers.GOING_ON, chance)

    @rule(chance=CHANCE)
    def an_agent_answers(self, chance):
        self.do((agents.replies_to,), chance)

    @rule(chance=CHANCE)
    def an_agent_works(self, chance):
        self.do(agents.ACTS, chance)

    @rule(chance=CHANCE)
    def a_status_is_set(self, chance):
        self.do((agents.sets_the_status, agents.changes), chance)

    @rule(chance=CHANCE)
    def promises_change(self, chance):
        self.finished_ones_stay(managers.POLICIES, chance)

    @rule(chance=CHANCE)
    def hours_or_days_change(self, chance):
        """BEHAVIOURS 12: finished ones keep what they were judged by."""
        self.finished_ones_stay(managers.CALENDARS, chance)

    def finished_ones_stay(self, acts, chance):
        before = truths.finished(self.world.session)
        self.do(acts, chance)
        after = truths.finished(self.world.session)
        assert {number: after[number] for number in before} == before

    @rule(chance=CHANCE)
    def people_come_and_go(self, chance):
        """BEHAVIOURS 33."""
        self.do((*managers.GROUPS, agents.goes_or_comes_back, passing.auto_assigns), chance)

    @rule(chance=CHANCE)
    def what_is_quiet_is_ended(self, chance):
        self.do((passing.ends_what_is_quiet,), chance)

    @rule(chance=CHANCE)
    def time_passes(self, chance):
        self.do((passing.passes_with_the_worker, passing.passes_unnoticed), chance)

    @rule(chance=CHANCE)
    def the_moment_comes(self, chance):
        self.do((passing.comes_to_the_point,), chance)

    @rule(chance=CHANCE)
    def mails_leave(self, chance):
        self.do((passing.delivers, passing.tries_again), chance)

    @rule(chance=CHANCE)
    def the_worker_sweeps(self, chance):
        before = truths.finished(self.world.session)
        self.do((passing.sweeps,), chance)
        after = truths.finished(self.world.session)
        assert {number: after[number] for number in before} == before
        self.swept = True

    @precondition(lambda self: self.swept)
    @invariant()
    def after_a_sweep_nothing_is_due(self):
        truths.nothing_is_due(self.world.session, self.world.now)

    @invariant()
    def the_truths_hold(self):
        if hasattr(self, "world"):
            truths.the_proof_is_silent()
            truths.all_hold(self.world.session)
            truths.everybody_is_told_once(self.world.session)
            truths.nobody_away_is_handed_anything(self.world.session)


def test_whatever_happens_the_proof_stays_silent(app, request):
    """BEHAVIOURS 14, with 3, 5, 6, 8, 9, 10, 11, 12, 15, 17 and 18 after each step."""
    machine = type("Life", (DeskLife,), {"start_over": staticmethod(starting_over(app, request))})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=PHASES,
        ),
    )
