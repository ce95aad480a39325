"""Calls told as JSON: by a telephone system that pushes, or by a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline.log import BadLine
from channels.hotline.told import ToldFormat, line_of

ARRIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TOLD = ToldFormat()


def line(**fields):
    return line_of({"id": "7"} | fields)


def call(*lines):
    return TOLD.fold([TOLD.parse_line(text) for text in lines])


def test_a_call_is_told_in_pieces_as_it_goes_on():
    rings = line(caller="13800138000", arrived=ARRIVED, queue="600")
    taken = line(answered=ARRIVED + timedelta(seconds=12), agent="王芳")
    over = line(ended=ARRIVED + timedelta(seconds=100))

    assert call(rings).outcome is None
    assert call(rings, taken).outcome == "answered"
    told = call(over, rings, taken)
    assert (told.wait_seconds, told.talk_seconds, told.agent) == (12, 88, "王芳")


def test_whom_it_rang_for_did_not_take_it_and_what_each_agent_spoke_adds_up():
    in_vain = line(arrived=ARRIVED + timedelta(seconds=300), agent="刘洋", outcome="abandoned")
    taken = line(arrived=ARRIVED, answered=ARRIVED + timedelta(seconds=12), agent="王芳", talk=60)
    second = line(
        arrived=ARRIVED + timedelta(seconds=72),
        answered=ARRIVED + timedelta(seconds=80),
        agent="陈静",
        talk=100,
    )

    told = call(in_vain, second, taken)

    assert (told.outcome, told.agent) == ("answered", "王芳")
    assert (told.wait_seconds, told.talk_seconds) == (12, 160)
    assert (
        call(taken, taken, line(ended=ARRIVED + timedelta(seconds=80), talk=70)).talk_seconds == 70
    )


def test_a_call_that_ended_without_an_answer_was_missed():
    told = call(line(caller="13800138000", arrived=ARRIVED, ended=ARRIVED + timedelta(seconds=30)))

    assert (told.outcome, told.wait_seconds, told.talk_seconds) == ("abandoned", 30, 0)


def test_an_outcome_that_is_told_ends_the_call():
    told = call(line(caller="13800138000", arrived=ARRIVED, outcome="voicemail"))

    assert (told.outcome, told.ended) == ("voicemail", ARRIVED)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "no JSON object"),
        ("[1]", "no JSON object"),
        ('{"arrived": "2026-11-23T10:00:00+08:00"}', "id of the call is missing"),
        ('{"id": "7"}', "time of the call is missing"),
        ('{"id": "7", "arrived": "2026-11-23 10:00"}', "with its offset"),
        ('{"id": "7", "arrived": "9999-12-31T10:00:00Z"}', "with its offset"),
        ('{"id": "7", "arrived": "2026-11-23T10:00:00Z", "talk": -1}', "number of seconds"),
        ('{"id": "7", "arrived": "2026-11-23T10:00:00Z", "talk": true}', "number of seconds"),
        ('{"id": "7", "arrived": "2026-11-23T10:00:00Z", "outcome": "lucky"}', "outcome is one of"),
        ('{"id": "7", "arrived": "2026-11-23T10:00:00Z", "colour": "red"}', "'colour' is unknown"),
        ("[" * 5000, "too long"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_reason(text, why):
    with pytest.raises(BadLine, match=why):
        TOLD.parse_line(text)


_MOMENTS = st.integers(0, 600).map(lambda seconds: ARRIVED + timedelta(seconds=seconds))
_LINES = st.fixed_dictionaries(
    {"arrived": _MOMENTS},
    optional={
        "answered": _MOMENTS,
        "ended": _MOMENTS,
        "talk": st.integers(0, 600),
        "wait": st.integers(0, 600),
        "outcome": st.sampled_from(["answered", "abandoned", "voicemail"]),
        "agent": st.sampled_from(["王芳", "李强"]),
        "caller": st.just("13800138000"),
    },
)


@given(st.lists(_LINES, min_size=1, max_size=6), st.randoms())
def test_the_order_of_what_is_told_changes_nothing_and_the_times_make_sense(rows, random):
    lines = [line(**row) for row in rows]
    shuffled = random.sample(lines, len(lines))

    told = call(*lines)

    assert call(*shuffled) == told
    assert (
        TOLD.fold(TOLD.merged([TOLD.parse_line(lines[0])], map(TOLD.parse_line, shuffled))) == told
    )
    assert (told.answered is not None) == (told.outcome == "answered")
    assert told.answered is None or told.answered >= told.arrived
    assert told.ended is None or told.ended >= (told.answered or told.arrived)
    assert told.wait_seconds >= 0
    assert told.talk_seconds >= 0


@given(
    st.text(max_size=80)
    | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps)
)
def test_no_text_makes_reading_fail(text):
    log = TOLD.read([text])

    assert not log.calls
