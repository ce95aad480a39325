"""BEHAVIOURS 33: whose turn it is, as a function of who is there, loads and last turns."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.services.desk.turns import Candidate, choose, deal

SMALL, ANYBODY, EVERYBODY = st.integers(0, 6), st.booleans(), st.just(True)


@st.composite
def members(draw, here=ANYBODY):
    """Draw the members of a group; no two were handed the same ticket."""
    ids = draw(st.lists(st.integers(1, 50), unique=True, max_size=6))
    turns = draw(st.lists(st.integers(1, 99), unique=True, min_size=len(ids), max_size=len(ids)))
    never = draw(st.integers(0, 6))
    return [
        Candidate(id_, draw(here), draw(SMALL), 0 if place < never else turn)
        for place, (id_, turn) in enumerate(zip(ids, turns, strict=True))
    ]


ways = st.sampled_from(("turns", "load"))
limits = st.none() | st.integers(1, 7)


@given(members(), ways, limits)
def test_nobody_who_is_away_or_has_enough_is_chosen(candidates, way, limit):
    chosen = choose(candidates, way, limit)

    possible = [c for c in candidates if c.here and (limit is None or c.open < limit)]
    assert chosen in possible if possible else chosen is None


@given(members(), limits)
def test_by_turns_nobody_who_could_take_it_has_waited_longer(candidates, limit):
    chosen = choose(candidates, "turns", limit)

    for other in candidates if chosen else ():
        if other.here and (limit is None or other.open < limit):
            assert chosen.turn <= other.turn


@given(members(), limits)
def test_by_load_nobody_who_could_take_it_has_less(candidates, limit):
    chosen = choose(candidates, "load", limit)

    for other in candidates if chosen else ():
        if other.here and (limit is None or other.open < limit):
            assert (chosen.open, chosen.turn) <= (other.open, other.turn)


@given(members(EVERYBODY), st.integers(0, 40))
def test_by_turns_all_who_are_there_get_as_many_within_one(candidates, tickets):
    dealt = Counter(agent for _, agent in deal(range(tickets), candidates, "turns"))

    counts = [dealt[candidate.agent_id] for candidate in candidates]
    assert sum(counts) == (tickets if candidates else 0)
    assert not counts or max(counts) - min(counts) <= 1


@given(members(EVERYBODY), st.integers(0, 40))
def test_by_load_whoever_got_one_is_at_most_one_above_the_least(candidates, tickets):
    dealt = Counter(agent for _, agent in deal(range(tickets), candidates, "load"))

    after = {c.agent_id: c.open + dealt[c.agent_id] for c in candidates}
    assert all(after[agent] <= min(after.values()) + 1 for agent in dealt)


@given(members(), ways, st.integers(1, 7), st.integers(0, 40))
def test_a_batch_goes_over_nobodys_limit_and_leaves_nobody_free_behind(
    candidates, way, limit, tickets
):
    dealt = Counter(agent for _, agent in deal(range(tickets), candidates, way, limit))

    for candidate in candidates:
        if dealt[candidate.agent_id]:
            assert candidate.here
            assert candidate.open + dealt[candidate.agent_id] <= limit
    if dealt.total() < tickets:
        left = [replace(c, open=c.open + dealt[c.agent_id]) for c in candidates]
        assert choose(left, way, limit) is None


@given(members(), ways, limits, st.integers(0, 12))
def test_a_batch_is_dealt_as_its_tickets_would_be_one_by_one(candidates, way, limit, tickets):
    known = {candidate.agent_id: candidate for candidate in candidates}
    turn = max((candidate.turn for candidate in candidates), default=0)
    alone = []
    for ticket in range(tickets):
        chosen = choose(known.values(), way, limit)
        if chosen is not None:
            turn += 1
            known[chosen.agent_id] = replace(chosen, open=chosen.open + 1, turn=turn)
            alone.append((ticket, chosen.agent_id))

    assert list(deal(range(tickets), candidates, way, limit)) == alone


def test_what_only_one_may_hold_goes_to_them_and_what_nobody_may_hold_to_nobody():
    two = [Candidate(1, here=True, open=0, turn=0), Candidate(2, here=True, open=9, turn=8)]

    dealt = deal([10, 11, 12], two, "load", may_hold={1: {12}, 2: {10, 12}})

    assert list(dealt) == [(10, 2), (12, 1)]
