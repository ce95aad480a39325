"""The table of a center's life: every step crossed with every state."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.models import center as columns
from helpdesk.services.certification import center_needs, center_states
from helpdesk.services.certification.center_states import (
    NEEDS,
    RULES,
    STATES,
    STEPS,
    Standing,
    after,
    replay,
)

TABLE = {(rule.state, rule.step) for rule in RULES}
ROLES = ("applicant", "center", "channel_manager", "office")


def test_the_straight_way_leads_from_a_draft_to_an_authorisation():
    steps = ["submit", "pass_preliminary", "pass_site_visit", "forward", "decide", "sign"]
    steps += ["pass_training", "grant"]

    assert replay((step, True) for step in steps) == Standing("authorized")


@pytest.mark.parametrize(
    ("state", "step"), [pair for pair in product(STATES, STEPS) if pair not in TABLE]
)
def test_a_step_that_the_table_does_not_name_is_refused(state, step):
    with pytest.raises(ValueError, match=step):
        after(Standing(state), step)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.state}-{rule.step}")
def test_a_step_leads_where_the_table_says(rule):
    assert after(Standing(rule.state), rule.step).state == rule.to
    against = after(Standing(rule.state), rule.step, favourable=False).state
    assert against == (rule.otherwise or rule.to)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.state}-{rule.step}")
def test_only_who_the_table_names_is_offered_a_step(rule):
    for role in ROLES:
        offered = rule in center_states.possible(rule.state, {role})
        assert offered == (role == rule.who)


def test_a_joint_review_with_an_opinion_against_refuses():
    assert after(Standing("joint_review"), "decide", favourable=False).state == "rejected"


@pytest.mark.parametrize("way", center_states.WAYS_OUT)
def test_each_way_out_is_remembered_until_the_exit_is_complete(way):
    standing = after(Standing("authorized"), way)
    if way == "request_exit":
        standing = after(standing, "approve_exit")

    assert standing == Standing("exit_processing", way)
    assert after(standing, "complete_exit") == Standing("exited", way)


def test_a_center_whose_exit_is_refused_serves_on_as_if_it_had_not_asked():
    asked = after(Standing("authorized"), "request_exit")

    assert asked.state in center_states.SERVING
    assert after(asked, "refuse_exit") == Standing("authorized")


def test_nothing_leads_out_of_what_is_over():
    assert not [rule for rule in RULES if rule.state in center_states.OVER]


def test_every_need_has_its_sentence_and_missing_names_all_of_them():
    assert set(NEEDS) <= set(center_needs.SENTENCES)
    for rule in RULES:
        assert center_states.missing(rule, {}) == rule.needs
        assert center_states.missing(rule, dict.fromkeys(rule.needs, True)) == ()


def test_table_and_columns_know_the_same_states_and_ways_out():
    assert STATES == columns.STATES
    assert set(center_states.WAYS_OUT) == set(columns.EXITS)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.booleans()), max_size=30))
def test_whatever_is_tried_a_center_stands_where_its_accepted_steps_lead(tried):
    standing, log = Standing(), []
    for step, favourable in tried:
        try:
            standing = after(standing, step, favourable=favourable)
        except ValueError:
            continue
        log.append((step, favourable))

    assert replay(log) == standing
    assert (standing.exit_by is not None) == (
        standing.state in ("exit_requested", "exit_processing", "exited")
    )
