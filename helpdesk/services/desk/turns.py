"""Whose turn it is: to which member of a group the next ticket goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

Way = Literal["turns", "load"]
Ticket = TypeVar("Ticket", bound=int)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of a group, and whether they are there.

    ``open``: how many tickets they have open. ``turn``: the number of the last one that the
    group handed to them, 0 before the first.
    """

    agent_id: int
    here: bool
    open: int
    turn: int


def choose(candidates: Iterable[Candidate], way: Way, limit: int | None = None) -> Candidate | None:
    """Return whose turn it is; None when nobody is there, or everybody has ``limit`` open.

    By ``turns`` it is whoever waited longest since their last one, by ``load`` whoever has the
    fewest open, and of several with as few, whoever waited longest.
    """
    free = (c for c in candidates if c.here and (limit is None or c.open < limit))
    if way == "turns":
        return min(free, key=lambda c: (c.turn, c.agent_id), default=None)
    return min(free, key=lambda c: (c.open, c.turn, c.agent_id), default=None)


def deal(
    tickets: Iterable[Ticket],
    candidates: Iterable[Candidate],
    way: Way,
    limit: int | None = None,
    *,
    may_hold: Mapping[int, Collection[Ticket]] | None = None,
) -> Iterator[tuple[Ticket, int]]:
    """Yield tickets in their order, each with the agent whose turn it is then.

    ``may_hold`` are the tickets that somebody may hold, by agent, where that is not all.
    One that nobody can take is left out.
    """
    known = {candidate.agent_id: candidate for candidate in candidates}
    turn = max((candidate.turn for candidate in known.values()), default=0)
    for ticket in tickets:
        allowed = (
            c
            for c in known.values()
            if may_hold is None or c.agent_id not in may_hold or ticket in may_hold[c.agent_id]
        )
        chosen = choose(allowed, way, limit)
        if chosen is None:
            continue
        turn += 1
        known[chosen.agent_id] = replace(chosen, open=chosen.open + 1, turn=turn)
        yield ticket, chosen.agent_id
