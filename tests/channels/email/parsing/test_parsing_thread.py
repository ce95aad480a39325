"""Subject prefixes, ticket tokens and markers (BEHAVIOURS 19)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_helpers import sample

from channels.email.thread import body_markers, is_forward, normalise_subject, ticket_tokens


@pytest.mark.parametrize(
    "prefix",
    [
        "Re: ",
        "RE:",
        "Re[5]: ",
        "Re(2): ",
        "Re^2: ",
        "Re*3: ",
        "Re : ",
        "RE：",
        "ＲＥ：",
        "AW: ",
        "SV: ",
        "VS: ",
        "Antw: ",
        "RIF: ",
        "R: ",
        "RES: ",
        "YNT: ",
        "Odp: ",
        "回复：",
        "回复:",
        "回复 ：",
        "回覆: ",
        "回覆：",
        "答复: ",
        "答覆：",
        "答复(2)：",
        "返信: ",
        "Fwd: ",
        "FW: ",
        "WG: ",
        "TR: ",
        "RV: ",
        "ENC: ",
        "转发：",
        "转发: ",
        "轉寄：",
        "転送: ",
        "Re:Re:Re: ",
        "回复：答复: 转发：",
        "AW: WG: Re[2]: ",
        "  re: ",
    ],
)
def test_the_prefixes_of_every_language_are_stripped(prefix):
    """BEHAVIOURS 19: prefixes in every language, full-width colons too."""
    assert normalise_subject(f"{prefix}考试安排") == "考试安排"


@pytest.mark.parametrize(
    "subject",
    [
        "考试安排",
        "Result: passed",
        "Reply: x",
        "Trip: y",
        "关于：考试",
        "[通知] 考试",
        "回复办法",
        "转发工具怎么用",
        "re",
        "",
        "#1042",
    ],
)
def test_words_that_only_look_like_prefixes_stay(subject):
    assert normalise_subject(subject) == subject


def test_a_forward_in_brackets_loses_them():
    assert normalise_subject("[Fwd: 考试]") == "考试"
    assert normalise_subject("Fwd: [Fwd: Re: 考试]") == "考试"


def test_prefixes_behind_a_ticket_token_are_stripped_too():
    assert normalise_subject("回复：[#1042] Re: 考试") == "[#1042] 考试"


@given(st.lists(st.sampled_from(["Re: ", "回复：", "转发：", "AW: ", "Fwd: "]), max_size=20))
def test_any_mixture_of_prefixes_is_stripped(prefixes):
    assert normalise_subject("".join(prefixes) + "考试") == "考试"


@given(st.text(max_size=200))
def test_no_subject_stops_the_reading(subject):
    normalise_subject(subject)
    ticket_tokens(subject, subject, "MIEC")
    is_forward(subject)


@pytest.mark.parametrize(
    ("subject", "forwarded"),
    [
        ("转发：x", True),
        ("Fwd: x", True),
        ("[Fwd: x]", True),
        ("[#7] Fw: x", True),
        ("回复：转发：x", False),
        ("x", False),
    ],
)
def test_the_outermost_prefix_tells_a_forward(subject, forwarded):
    assert is_forward(subject) is forwarded


@pytest.mark.parametrize(
    "subject",
    [
        "[#1042] x",
        "回复：[#1042] x",
        "x [# 1042 ]",
        "【#1042】x",
        "［＃１０４２］x",
        "Re: [＃1042] x",
    ],
)
def test_a_ticket_token_is_found_in_every_writing(subject):
    """BEHAVIOURS 19: the ticket token in the subject."""
    assert ticket_tokens(subject) == (1042,)


@pytest.mark.parametrize("prefix", ["MIEC", "MIEC #", "miec#"])
def test_a_desk_with_a_prefix_knows_its_own_tokens_alone(prefix):
    subject = "Re: [MIEC #1042] [#7] [OTHER #8] 【MIEC＃9】"
    assert ticket_tokens(subject, prefix=prefix) == (1042, 9)
    assert ticket_tokens(subject) == (7,)


@pytest.mark.parametrize("subject", ["#1042", "1042", "[1042]", "[#]", "[#10a]", "(#1042)"])
def test_a_bare_number_is_no_token(subject):
    assert ticket_tokens(subject) == ()


def test_of_the_body_only_quoted_subjects_count():
    body = "请参考 [#66]。\n> 主题：回复: [#55] 考试\n"
    assert ticket_tokens("Re: 考试", body) == (55,)


def test_markers_are_found_in_quoted_text():
    """BEHAVIOURS 19: a marker in the body."""
    assert body_markers("> [ref:1042.0f3a-9b]\n>> [REF:1042.0F3A-9B] [ref:]") == ("1042.0f3a-9b",)
    assert body_markers(sample("163-reply").text) == ("1043.0f3a9b",)


def test_a_letter_that_only_folds_into_ascii_is_in_no_marker():
    assert body_markers("[ref:1042.\u017f\u212a]") == ()
