"""How many agents are needed: held against published figures and the chain solved directly."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.staffing import MOST_AGENTS, Traffic, agents_needed, answered_share


def solved(per_second, handling, patience, agents, states=None):
    """Return the answered share from the balance equations, in exact fractions."""
    arrive, serve, leave = Fraction(per_second), 1 / Fraction(handling), 1 / Fraction(patience)
    states = states or agents + 200
    weight, everyone, waiting = Fraction(1), Fraction(1), Fraction(0)
    for state in range(1, states):
        busy, queue = min(state, agents), max(0, state - agents)
        weight = weight * arrive / (busy * serve + queue * leave)
        everyone += weight
        waiting += queue * weight
    return float(1 - waiting / everyone * leave / arrive)


@pytest.mark.parametrize(
    ("calls", "handling", "patience", "agents"),
    [(100, 180, 60, 5), (100, 180, 60, 6), (20, 240, 90, 1), (300, 200, 30, 12), (60, 60, 600, 2)],
)
def test_it_is_the_solution_of_the_balance_equations(calls, handling, patience, agents):
    share = answered_share(Traffic(calls / 3600, handling, patience), agents)

    exact = solved(Fraction(calls, 3600), handling, patience, agents)
    assert share == pytest.approx(exact, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400), st.integers(20, 600), st.integers(5, 900), st.integers(1, 30))
def test_it_is_so_for_any_desk(calls, handling, patience, agents):
    share = answered_share(Traffic(calls / 3600, handling, patience), agents)

    states = agents + 400 + int(calls / 3600 * patience * 3)
    assert share == pytest.approx(
        solved(Fraction(calls, 3600), handling, patience, agents, states), abs=1e-8
    )


def test_with_patience_as_long_as_a_call_it_is_the_queue_where_nobody_waits():
    """Then who waits leaves as fast as who is served: a Poisson number of callers is there."""
    load, agents = 5.0, 6
    waiting = sum(
        (k - agents) * math.exp(-load) * load**k / math.factorial(k) for k in range(agents, 80)
    )

    assert answered_share(Traffic(load / 200, 200, 200), agents) == pytest.approx(
        1 - waiting / load, abs=1e-12
    )


def test_the_published_figures_of_a_call_center_with_impatient_customers():
    """48 calls and 50 agents a minute, two minutes of patience: 3.1 % hang up, after 3.7 s.

    Garnett, Mandelbaum and Reiman, Designing a Call Center with Impatient Customers (2002).
    """
    hang_up = 1 - answered_share(Traffic(48 / 60, 60, 120), 50)

    assert round(100 * hang_up, 1) == 3.1
    assert round(hang_up * 120, 1) == 3.7  # whoever waits a second loses that second's share


def test_a_dead_telephone_answers_nobody_and_a_quiet_one_everybody():
    assert answered_share(Traffic(0.1, 100, 100), 0) == 0
    assert answered_share(Traffic(0, 100, 100), 0) == 1
    assert agents_needed(Traffic(0, 100, 100), 0.85) == 0


def test_six_agents_answer_85_of_100_callers_an_hour():
    traffic = Traffic(100 / 3600, 180, 60)

    assert answered_share(traffic, 5) < 0.85 <= answered_share(traffic, 6)
    assert agents_needed(traffic, 0.85) == 6


TRAFFIC = st.builds(Traffic, st.floats(1e-5, 2), st.floats(10, 1800), st.floats(1, 3600))


@settings(deadline=None)
@given(TRAFFIC, st.integers(1, 60))
def test_one_more_agent_never_answers_fewer(traffic, agents):
    fewer, more = answered_share(traffic, agents), answered_share(traffic, agents + 1)

    assert 0 <= fewer <= more + 1e-9 <= 1 + 1e-9


@settings(deadline=None, max_examples=50)
@given(TRAFFIC.filter(lambda t: t.load < 300), st.floats(0.5, 0.99))
def test_it_is_the_fewest_who_are_enough(traffic, share):
    needed = agents_needed(traffic, share)

    assert answered_share(traffic, needed) >= share
    assert needed == 1 or answered_share(traffic, needed - 1) < share + 1e-9


@pytest.mark.parametrize("share", [0, 1, 1.5, -1])
def test_promises_that_no_number_of_agents_keeps_are_refused(share):
    with pytest.raises(ValueError, match="hang up"):
        agents_needed(Traffic(1, 1, 1), share)


@pytest.mark.parametrize("values", [(-1, 60, 60), (1, 0, 60), (1, 60, 0), (float("nan"), 60, 60)])
def test_impossible_traffic_is_refused(values):
    with pytest.raises(ValueError, match="take some time"):
        Traffic(*values)


def test_more_calls_than_any_desk_could_take_are_refused():
    with pytest.raises(ValueError, match=str(MOST_AGENTS)):
        agents_needed(Traffic(100, 600, 60), 0.85)


def test_a_very_large_desk_overflows_nothing():
    share = answered_share(Traffic(50, 300, 3000), 1000)

    assert share == pytest.approx(1000 / 15000, rel=1e-3)
