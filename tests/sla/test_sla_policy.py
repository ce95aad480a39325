"""Promises and policies: which one counts, and which make no sense."""

import pytest

from sla.escalation import Action
from sla.policy import InvalidPolicy, Policy, Promise, check_policies, choose, explain
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


def test_a_share_of_the_time_is_warned_at_like_the_minutes_that_are_left_then():
    promise = Promise("first_reply", workdays=1, warn_percent=(80, 50), warn_minutes=(30,))
    limit = deadline(promise, desk(), ASKED)
    assert promise.points == ("50%", "80%", "30m")
    assert limit.warnings == (
        shanghai("2026-11-23 15:15"),  # 225 of 450 minutes
        shanghai("2026-11-23 17:30"),
        shanghai("2026-11-24 09:30"),
    )


def test_a_share_of_whole_workdays_is_a_share_of_their_service_time():
    promise = Promise("first_reply", workdays=1, mode="end_of_next_workday", warn_percent=(50,))
    limit = deadline(promise, desk(), shanghai("2026-11-23 17:00"))
    assert limit.warnings == (shanghai("2026-11-24 13:45"),)  # 255 of 510 minutes


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


def moving(name: str, to: str, **conditions) -> Policy:
    action = Action("breach", "group", to)
    promise = Promise("first_reply", workdays=1, actions=(action,))
    return policy(name, conditions=conditions, promises=(promise,))


def test_groups_that_hand_a_ticket_round_in_a_circle_are_refused():
    circle = [moving("a", "二线", group=("一线",)), moving("b", "一线", group=("二线",))]
    with pytest.raises(InvalidPolicy, match="comes round to 二线 again"):
        check_policies([DEFAULT, *circle])


def test_a_way_up_that_ends_is_no_circle():
    up = [moving("a", "二线", channel=("web",)), moving("b", "经理", group=("二线",))]
    check_policies([DEFAULT, *up, moving("c", "经理", group=("经理",))])


def test_why_a_policy_holds_or_does_not_is_told_for_each_in_order():
    facts = {"channel": "web", "priority": "normal", "request_type": "complaint"}

    told = explain([DEFAULT, COMPLAINTS, HOTLINE], facts)

    assert [(row.policy.name, row.chosen, row.unmet) for row in told] == [
        ("hotline", False, ("priority",)),
        ("complaints", True, ()),
        ("default", False, ()),
    ]


def test_policies_that_make_sense_pass():
    check_policies([COMPLAINTS, DEFAULT, HOTLINE, policy("empty")])


@pytest.mark.parametrize(
    "promise",
    [
        FIRST_REPLY,
        Promise("resolution", minutes=2250, warn_minutes=(60, 450), pauses=True),
        Promise("first_reply", workdays=2, mode="end_of_next_workday"),
        Promise(
            "callback",
            minutes=120,
            warn_percent=(50, 80),
            actions=(Action("80%", "group", "二线"), Action("breach", "assign", "")),
        ),
    ],
)
def test_a_promise_survives_its_json(promise):
    assert Promise.from_json(promise.to_json()) == promise


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({}, "nothing that can be promised"),
        ({"metric": "resolution"}, "either minutes or workdays"),
        ({"metric": "resolution", "minutes": 1, "workdays": 1}, "either minutes or workdays"),
        ({"metric": "resolution", "minutes": 0}, "whole number from 1 up"),
        ({"metric": "resolution", "minutes": 1.5}, "whole number from 1 up"),
        ({"metric": "resolution", "minutes": True}, "whole number from 1 up"),
        ({"metric": "resolution", "workdays": -1}, "whole number from 1 up"),
        ({"metric": "resolution", "workdays": 1, "mode": "soon"}, "'soon' is no mode"),
        ({"metric": "resolution", "minutes": 9, "mode": "end_of_next_workday"}, "counts workdays"),
        ({"metric": "resolution", "mode": "end_of_next_workday"}, "counts workdays"),
        ({"metric": "resolution", "minutes": 60, "warn_minutes": [60]}, "comes at once"),
        ({"metric": "resolution", "minutes": 60, "warn_minutes": [0]}, "whole number from 1 up"),
        ({"metric": "resolution", "minutes": 60, "warn_minutes": [[1]]}, "whole number from 1 up"),
        ({"metric": "resolution", "minutes": 60, "warn_minutes": 30}, "must be a list"),
        ({"metric": "resolution", "minutes": 60, "pauses": "no"}, "true or false"),
        ({"metric": "resolution", "minutes": 60, "hours": 1}, "'hours' is no part of a promise"),
        ([], "must be a JSON object"),
        ({"metric": "applause", "minutes": 1}, "write first_reply, next_reply"),
        ({"metric": "resolution", "minutes": 60, "warn_percent": [100]}, "write 1 to 99"),
        ({"metric": "resolution", "minutes": 60, "warn_percent": 50}, r"such as \[50, 80\]"),
        (
            {
                "metric": "resolution",
                "minutes": 60,
                "actions": [{"when": "80%", "do": "notify", "to": "managers"}],
            },
            "nothing happens at 80%",
        ),
        (
            {"metric": "resolution", "minutes": 60, "actions": [{"when": "noon", "do": "notify"}]},
            "'noon' is no point",
        ),
        (
            {"metric": "resolution", "minutes": 60, "actions": [{"when": "breach", "do": "sing"}]},
            "'sing' cannot be done",
        ),
        (
            {"metric": "resolution", "minutes": 60, "actions": [{"when": "breach", "do": "group"}]},
            "needs to whom",
        ),
        ({"metric": "resolution", "minutes": 60, "actions": ["breach"]}, "An action is"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(value, sentence):
    with pytest.raises(InvalidPolicy, match=sentence):
        Promise.from_json(value)
