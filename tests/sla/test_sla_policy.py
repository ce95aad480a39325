"""Promises and policies: which one counts, and which make no sense."""

import pytest

from sla.policy import InvalidPolicy, Policy, Promise, check_policies, choose
from sla.targets import deadline
from tests.sla.sla_help import desk, office, shanghai

FIRST_REPLY = Promise("first_reply", workdays=1, warn_minutes=(60,))
ASKED = shanghai("2026-11-23 10:00")


def policy(name: str, position: int = 0, **parts) -> Policy:
    return Policy(id=hash(name) % 1000, name=name, position=position, **parts)


DEFAULT = policy("default", 99, is_default=True)
COMPLAINTS = policy("complaints", 2, conditions={"request_type": ("complaint",)})
HOTLINE = policy("hotline", 1, conditions={"channel": ("hotline", "web"), "priority": ("high",)})


def test_one_working_day_is_due_after_450_minutes_with_a_warning_an_hour_before():
    limit = deadline(FIRST_REPLY, desk(), ASKED)
    assert limit.due_at == shanghai("2026-11-24 10:00")
    assert limit.warn_at == shanghai("2026-11-24 09:00")
    assert not limit.provisional


def test_the_warning_counts_service_time_back_over_the_night():
    limit = deadline(Promise("first_reply", minutes=450, warn_minutes=(120,)), desk(), ASKED)
    assert limit.warn_at == shanghai("2026-11-23 17:00")


def test_the_other_mode_warns_in_service_time_too():
    promise = Promise("first_reply", workdays=1, mode="end_of_next_workday", warn_minutes=(60, 300))
    limit = deadline(promise, office(), ASKED)
    assert limit.due_at == shanghai("2026-11-24 18:00")
    assert limit.warnings == (shanghai("2026-11-24 11:30"), shanghai("2026-11-24 17:00"))


def test_a_warning_never_comes_before_the_start():
    promise = Promise("first_reply", workdays=1, warn_minutes=(600,))
    assert deadline(promise, office(), ASKED).warn_at == ASKED


def test_a_warning_waits_for_service_hours():
    """BEHAVIOURS 16: with 60 minutes left at closing time, the morning is soon enough."""
    promise = Promise("first_reply", workdays=1, warn_minutes=(60, 449))
    night = deadline(promise, office(), shanghai("2026-11-23 03:00"))
    assert night.warnings == (shanghai("2026-11-23 09:01"), shanghai("2026-11-23 17:00"))
    day = deadline(promise, office(), ASKED)
    assert day.warnings == (shanghai("2026-11-23 10:01"), shanghai("2026-11-24 09:00"))


def test_without_warnings_there_is_none():
    assert deadline(Promise("first_reply", minutes=30), office(), ASKED).warn_at is None


def test_a_deadline_in_an_unpublished_year_is_provisional():
    promise = Promise("first_reply", workdays=300)
    assert deadline(promise, desk(), ASKED).provisional


def test_the_first_matching_policy_by_position_counts():
    facts = {"channel": "hotline", "priority": "high", "request_type": "complaint"}
    assert choose([DEFAULT, COMPLAINTS, HOTLINE], facts) is HOTLINE


def test_every_condition_must_hold():
    facts = {"channel": "hotline", "priority": "normal", "request_type": "complaint"}
    assert choose([DEFAULT, COMPLAINTS, HOTLINE], facts) is COMPLAINTS


def test_the_default_covers_the_rest_wherever_it_stands():
    first = policy("default", 0, is_default=True)
    assert choose([first, COMPLAINTS], {"request_type": "complaint"}) is COMPLAINTS
    assert choose([first, COMPLAINTS], {"request_type": None}) is first


def test_a_policy_without_conditions_swallows_nothing():
    """BEHAVIOURS 13."""
    assert choose([policy("empty"), DEFAULT], {"channel": "web"}) is DEFAULT


def test_without_a_default_nothing_is_promised():
    """BEHAVIOURS 11: no policy matches any more."""
    assert choose([COMPLAINTS], {"request_type": "inquiry"}) is None


def test_a_policy_knows_its_promises_by_metric():
    found = policy("x", promises=(FIRST_REPLY,))
    assert found.promise("first_reply") is FIRST_REPLY
    assert found.promise("resolution") is None


@pytest.mark.parametrize(
    ("policies", "sentence"),
    [
        ([COMPLAINTS], "No policy is the default"),
        ([], "No policy is the default"),
        ([DEFAULT, policy("other", is_default=True)], "default and other are both the default"),
        ([policy("d", is_default=True, conditions={"channel": ("web",)})], "remove its conditions"),
        ([DEFAULT, policy("x", conditions={"colour": ("red",)})], "'colour' is no condition"),
        ([DEFAULT, policy("x", conditions={"channel": ()})], "channel allows nothing"),
        ([policy("d", is_default=True, promises=(FIRST_REPLY, FIRST_REPLY))], "same metric twice"),
    ],
)
def test_policies_that_make_no_sense_together_are_refused(policies, sentence):
    """BEHAVIOURS 13: exactly one default."""
    with pytest.raises(InvalidPolicy, match=sentence):
        check_policies(policies)


def test_policies_that_make_sense_pass():
    check_policies([COMPLAINTS, DEFAULT, HOTLINE, policy("empty")])


@pytest.mark.parametrize(
    "promise",
    [
        FIRST_REPLY,
        Promise("resolution", minutes=2250, warn_minutes=(60, 450), pauses=True),
        Promise("first_reply", workdays=2, mode="end_of_next_workday"),
    ],
)
def test_a_promise_survives_its_json(promise):
    assert Promise.from_json(promise.to_json()) == promise


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({}, "needs the metric"),
        ({"metric": "m"}, "either minutes or workdays"),
        ({"metric": "m", "minutes": 1, "workdays": 1}, "either minutes or workdays"),
        ({"metric": "m", "minutes": 0}, "whole number from 1 up"),
        ({"metric": "m", "minutes": 1.5}, "whole number from 1 up"),
        ({"metric": "m", "minutes": True}, "whole number from 1 up"),
        ({"metric": "m", "workdays": -1}, "whole number from 1 up"),
        ({"metric": "m", "workdays": 1, "mode": "soon"}, "'soon' is no mode"),
        ({"metric": "m", "minutes": 9, "mode": "end_of_next_workday"}, "counts workdays"),
        ({"metric": "m", "mode": "end_of_next_workday"}, "counts workdays"),
        ({"metric": "m", "minutes": 60, "warn_minutes": [60]}, "comes at once"),
        ({"metric": "m", "minutes": 60, "warn_minutes": [0]}, "whole number from 1 up"),
        ({"metric": "m", "minutes": 60, "warn_minutes": [[1]]}, "whole number from 1 up"),
        ({"metric": "m", "minutes": 60, "warn_minutes": 30}, "must be a list"),
        ({"metric": "m", "minutes": 60, "pauses": "no"}, "true or false"),
        ({"metric": "m", "minutes": 60, "hours": 1}, "'hours' is no part of a promise"),
        ([], "must be a JSON object"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(value, sentence):
    with pytest.raises(InvalidPolicy, match=sentence):
        Promise.from_json(value)
