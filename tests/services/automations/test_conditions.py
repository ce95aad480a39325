"""Which tickets an automation is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.services.automations.conditions import holds_one, unmet

FACTS = {"channel": "email", "topic": None, "requester": "Li@mail.cdxx.example.cn"}


def test_without_conditions_it_is_for_every_ticket():
    assert unmet({}, FACTS, "") == ()


def test_of_each_condition_a_ticket_must_have_one_value():
    conditions = {"channel": ["web", "email"], "topic": ["payment"], "priority": ["high"]}

    assert unmet(conditions, FACTS, "") == ("topic", "priority")


@pytest.mark.parametrize(
    ("wanted", "meets"),
    [
        ("li@mail.cdxx.example.cn", True),
        ("@mail.cdxx.example.cn", True),
        ("@cdxx.example.cn", True),
        ("@xx.example.cn", False),
        ("@example.com", False),
        ("i@mail.cdxx.example.cn", False),
    ],
)
def test_a_domain_stands_for_all_who_have_an_address_there(wanted, meets):
    assert (unmet({"requester": [wanted]}, FACTS, "") == ()) is meets


def test_who_has_no_address_is_of_no_domain():
    assert unmet({"requester": ["@example.cn"]}, {"requester": None}, "") == ("requester",)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (("投诉",), "我要投诉你们", True),
        (("投诉",), "我要投 诉你们", False),
        (("tax",), "the syntax of it", False),
        (("tax",), "about TAX, please", True),
        (("tax",), "缴tax了吗", True),
        (("ＴＡＸ",), "tax", True),
        (("not paid",), "It was not\n paid.", True),
        (("c++",), "C++ course", True),
        (("退款", "refund"), "Refunds are late", False),
        (("退款", "refund"), "申请退款", True),
        (("(",), "a ( b", True),
    ],
)
def test_words_are_found_as_people_mean_them(words, text, found):
    assert holds_one(text, words) is found
    assert unmet({"words": list(words)}, {}, text) == (() if found else ("words",))


LETTERS = st.characters(categories=("L", "N"))


@given(word=st.text(LETTERS, min_size=1, max_size=20), before=st.text(LETTERS, max_size=20))
def test_any_word_is_found_where_it_stands_by_itself(word, before):
    assert holds_one(f"{before} {word} ", (word,))
