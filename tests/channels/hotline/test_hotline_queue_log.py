"""Queue logs: one call is one call, whatever happens to it, and its end is what the caller met."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline.queue_log import BadLine, fold, merged, parse_line, read

T = 1795399200
"""Monday 2026-11-23 10:00 in Shanghai."""
ARRIVED = datetime.fromtimestamp(T, UTC)


def entries(*lines):
    return [parse_line(line) for line in lines]


def call(*lines, **more):
    return fold(entries(*lines), **more)


def line(after, event, *parameters, queue="600", agent="NONE", call_id="1.1"):
    return "|".join([str(T + after), call_id, queue, agent, event, *map(str, parameters)])


ENTER = line(0, "ENTERQUEUE", "", "13800138000", 1)


def test_an_answered_call_is_told_from_its_arrival_to_its_end():
    told = call(
        ENTER,
        line(12, "CONNECT", 12, "1.2", 4, agent="PJSIP/1001"),
        line(100, "COMPLETECALLER", 12, 88, 1, agent="PJSIP/1001"),
    )

    assert (told.outcome, told.agent, told.queue) == ("answered", "PJSIP/1001", "600")
    assert (told.caller, told.arrived) == ("13800138000", ARRIVED)
    assert (told.wait_seconds, told.talk_seconds) == (12, 88)
    assert told.ended == ARRIVED + timedelta(seconds=100)


@pytest.mark.parametrize(
    ("event", "parameters", "outcome"),
    [
        ("ABANDON", (1, 1, 30), "abandoned"),
        ("EXITWITHTIMEOUT", (1, 1, 30), "timed_out"),
        ("EXITEMPTY", (1, 1, 30), "timed_out"),
        ("EXITWITHKEY", ("1", 1, 1, 30), "voicemail"),
        ("WITHDRAW", (), "withdrawn"),
        ("SYSCOMPAT", ("",), "timed_out"),
    ],
)
def test_every_way_out_of_the_queue_without_an_agent_is_a_missed_call(event, parameters, outcome):
    told = call(ENTER, line(30, event, *parameters))

    assert (told.outcome, told.answered, told.wait_seconds) == (outcome, None, 30)
    assert told.missed


def test_ringing_in_vain_is_no_outcome():
    rings = [line(5 * n, "RINGNOANSWER", 5000, agent=f"PJSIP/{n}") for n in range(1, 50)]

    assert call(ENTER, *rings).outcome is None
    assert call(*rings) is None


def test_a_call_that_went_through_two_queues_is_one_and_counts_from_its_arrival():
    told = call(
        ENTER,
        line(30, "EXITWITHTIMEOUT", 1, 1, 30),
        line(30, "ENTERQUEUE", "", "13800138000", 1, queue="601"),
        line(45, "CONNECT", 15, "1.2", 3, queue="601", agent="王芳"),
        line(60, "COMPLETEAGENT", 15, 15, 1, queue="601", agent="王芳"),
    )

    assert (told.outcome, told.queue, told.agent) == ("answered", "601", "王芳")
    assert told.wait_seconds == 45


def test_a_call_that_was_put_back_and_still_waits_goes_on():
    told = call(ENTER, line(30, "EXITWITHTIMEOUT", 1, 1, 30), line(31, "ENTERQUEUE", "", "1", 1))

    assert (told.outcome, told.ended) == (None, None)


@pytest.mark.parametrize("queue", ["600", "601"])
def test_a_call_that_enters_a_queue_in_the_second_in_which_it_left_one_goes_on(queue):
    lines = [
        ENTER,
        line(30, "EXITWITHTIMEOUT", 1, 1, 30),
        line(30, "ENTERQUEUE", "", "13800138000", 1, queue=queue),
    ]

    assert call(*lines).outcome is None
    assert call(*lines, line(30, "ABANDON", 1, 1, 0, queue=queue)).outcome == "abandoned"


@pytest.mark.parametrize(
    ("event", "parameters"),
    [
        ("BLINDTRANSFER", ("200", "internal", 12, 40, 1)),
        ("TRANSFER", ("200", "internal", 12, 40, 1)),
        ("ATTENDEDTRANSFER", ("BRIDGE", "b-1", 12, 40, 1)),
    ],
)
def test_a_transfer_ends_the_agents_talk_and_the_call_stays_answered(event, parameters):
    told = call(
        ENTER,
        line(12, "CONNECT", 12, "1.2", 4, agent="a"),
        line(52, event, *parameters, agent="a"),
    )

    assert (told.outcome, told.talk_seconds) == ("answered", 40)


def test_lines_in_the_wrong_order_tell_the_same_call():
    lines = (
        line(0, "CONNECT", 0, "1.2", 0, agent="a"),
        ENTER,
        line(9, "COMPLETEAGENT", 0, 9, 1, agent="a"),
    )

    assert call(*lines) == call(*reversed(lines))
    assert call(*lines).outcome == "answered"


def test_a_log_that_begins_in_the_middle_of_a_call_still_tells_when_it_came():
    told = call(line(100, "COMPLETECALLER", 12, 88, 1, agent="a"))

    assert (told.arrived, told.outcome, told.wait_seconds) == (ARRIVED, "answered", 12)
    assert call(line(30, "ABANDON", 1, 1, 30)).arrived == ARRIVED
    assert call(line(30, "WITHDRAW", 1, 1, 30, "x")).arrived == ARRIVED


def test_a_call_whose_end_was_lost_is_missed_once_the_log_has_gone_on_for_hours():
    latest = ARRIVED + timedelta(hours=5)

    assert call(ENTER, latest=latest - timedelta(hours=2)).outcome is None
    assert call(ENTER, latest=latest).outcome == "lost"


def test_fractions_of_seconds_are_kept():
    told = call(line(0.25, "ENTERQUEUE", "", "1", 1), line(3.75, "ABANDON", 1, 1, 3))

    assert told.wait_seconds == 3.5


def test_what_belongs_to_no_call_and_unknown_events_are_passed_over():
    log = read(
        [
            f"{T}|NONE|NONE|NONE|QUEUESTART|\n",
            f"{T}|REALTIME|NONE|PJSIP/1001|PAUSE|lunch\n",
            ENTER,
            line(1, "BRANDNEW", "x"),
            line(2, "ABANDON", 1, 1, 2),
        ]
    )

    assert list(log.calls) == ["1.1"]
    assert fold(log.calls["1.1"]).outcome == "abandoned"
    assert log.rejected == []


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "1|2|3",
        "today|1.1|600|NONE|ENTERQUEUE|",
        "nan|1|2|3|X",
        "9e99|1|2|3|X",
        line(1, "ABAND"),
        line(1, "ENTERQUEU"),
        line(1, ""),
        line(1, "ABAN" + line(2, "ABANDON")),
        f"{T}|1.1|600|NO" + line(2, "ABANDON"),
        line(1, "ABANDON", 1, 1, 1)[1:],
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_next_one_counts(bad):
    log = read([ENTER, bad, line(2, "ABANDON", 1, 1, 2)])

    assert [number for number, _reason in log.rejected] == [2]
    assert fold(log.calls["1.1"]).outcome == "abandoned"
    with pytest.raises(BadLine):
        parse_line(bad)


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000", "\u00a0"])
def test_blanks_around_what_a_line_says_are_no_part_of_it(blank):
    parts = [str(T), "1.1", "600", "NONE", "EnterQueue", "", "13800138000", "1"]
    padded = "|".join(f"{blank}{part}{blank}" for part in parts).strip("\t ")

    told = parse_line(padded)

    assert (told.call_id, told.queue, told.event) == ("1.1", "600", "ENTERQUEUE")
    assert fold([told]).caller == "13800138000"


def test_a_line_that_was_cut_short_is_replaced_by_the_whole_one():
    whole = line(100, "COMPLETECALLER", 12, 88, 1, agent="a")
    cut = whole[:-4]

    assert [e.line for e in merged(entries(cut), entries(whole))] == [whole]
    assert [e.line for e in merged(entries(whole), entries(cut))] == [whole]


@given(st.lists(st.text(max_size=60), max_size=30))
def test_no_text_makes_reading_fail(lines):
    log = read(lines)

    for found in log.calls.values():
        fold(found, latest=log.latest)


TRUTH = st.lists(
    st.tuples(
        st.integers(0, 120),  # rings before
        st.sampled_from(["answered", "abandoned", "timed_out", "voicemail"]),
        st.integers(1, 600),  # wait
        st.integers(0, 3600),  # talk
        st.integers(0, 3),  # queues that it was in before
    ),
    max_size=20,
)


def _play(number, story):
    rings, outcome, wait, talk, hops = story
    call_id, start = f"{T}.{number}", number * 5000
    lines = []
    for hop in range(hops):
        lines += [
            line(start + hop, "ENTERQUEUE", "", f"1380013{number:04}", 1, call_id=call_id),
            line(start + hop + 1, "EXITWITHTIMEOUT", 1, 1, 1, call_id=call_id),
        ]
    lines += [line(start + hops, "ENTERQUEUE", "", f"1380013{number:04}", 1, call_id=call_id)]
    lines += [
        line(start + hops, "RINGNOANSWER", 1000, agent=f"a{ring}", call_id=call_id)
        for ring in range(rings % 7)
    ]
    end = start + hops + wait
    if outcome == "answered":
        lines += [
            line(end, "CONNECT", wait, "x", 1, agent="a", call_id=call_id),
            line(end + talk, "COMPLETEAGENT", wait, talk, 1, agent="a", call_id=call_id),
        ]
    else:
        event, parameters = {
            "abandoned": ("ABANDON", (1, 1, wait)),
            "timed_out": ("EXITWITHTIMEOUT", (1, 1, wait)),
            "voicemail": ("EXITWITHKEY", ("1", 1, 1, wait)),
        }[outcome]
        lines += [line(end, event, *parameters, call_id=call_id)]
    return lines


@given(TRUTH, st.randoms())
def test_a_simulated_hotline_is_told_as_it_was_in_whatever_pieces_it_is_read(stories, random):
    lines = [each for number, story in enumerate(stories) for each in _play(number, story)]
    cut = random.randint(0, len(lines))
    first, second = read(lines[:cut]), read(lines[random.randint(0, cut) :])
    known = {
        call_id: merged(first.calls.get(call_id, ()), second.calls.get(call_id, ()))
        for call_id in {*first.calls, *second.calls}
    }

    told = {call_id: fold(found) for call_id, found in known.items()}

    assert {call_id: found.outcome for call_id, found in told.items()} == {
        f"{T}.{number}": story[1] for number, story in enumerate(stories)
    }
    for number, (_rings, outcome, wait, talk, hops) in enumerate(stories):
        found = told[f"{T}.{number}"]
        assert found.wait_seconds == wait + hops
        assert found.talk_seconds == (talk if outcome == "answered" else 0)


def test_lines_that_are_told_twice_are_kept_once_whether_or_not_their_times_differ():
    at_once = [
        parse_line("1795399200|c1|600|NONE|ENTERQUEUE||139|1"),
        parse_line("1795399200|c1|600|NONE|ABANDON|1|1|0"),
    ]
    later = parse_line("1795399230|c1|600|NONE|ABANDON|1|1|30")

    assert merged(at_once, [later]) == [*at_once, later]
    assert merged([later], at_once) == [*at_once, later]
    assert merged(at_once, at_once) == at_once


@pytest.mark.parametrize("word", ["anonymous", "Anonymous", "unknown", "Restricted", ""])
def test_a_word_for_a_number_that_was_not_told_is_no_caller(word):
    told = call(line(0, "ENTERQUEUE", "", word, 1), line(30, "ABANDON", 1, 1, 30))

    assert told.caller == ""
