"""How many agents answer enough callers before these hang up: Erlang A (M/M/n + M).

Calls arrive at random at a steady pace (Poisson); how long a call takes and how long a
caller waits are exponential; whoever waits is taken in turn or hangs up. The queue is a
birth-death chain, so its shares follow from ratios of neighbouring states. They are summed
from the state in which all agents are busy, downwards by the reciprocal of Erlang's B
formula and upwards over those who wait: every term is positive, so nothing cancels.

Sources: C. Palm, Research on telephone traffic carried by full availability groups
(1957); A. Mandelbaum and S. Zeltyn, The Palm/Erlang-A Queue (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

_NEGLIGIBLE = 1e-13
_LARGE = 1e200
MOST_AGENTS = 2000


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls per second, and how long in the mean a call takes and a caller waits, in seconds."""

    per_second: float
    handling: float
    patience: float

    def __post_init__(self) -> None:
        if not (self.per_second >= 0 and self.handling > 0 and self.patience > 0):
            raise ValueError("Calls are not fewer than none; calls and patience take some time.")

    @property
    def load(self) -> float:
        """How many agents the calls would keep busy if all were answered, in erlangs."""
        return self.per_second * self.handling


def answered_share(traffic: Traffic, agents: int) -> float:
    """Return the share of callers whom so many agents answer before they hang up, from 0 to 1."""
    if traffic.per_second == 0:
        return 1.0
    if agents < 1:
        return 0.0
    below = _below(traffic.load, agents)
    everyone, waiting = _waiting(traffic, agents, below)
    hang_up = waiting / everyone / traffic.patience / traffic.per_second
    return min(1.0, max(0.0, 1.0 - hang_up))


def agents_needed(traffic: Traffic, share: float) -> int:
    """Return the fewest agents who answer at least that share of the callers (0 < share < 1).

    No call needs nobody. Raises ValueError beyond ``MOST_AGENTS``.
    """
    if not 0 < share < 1:
        raise ValueError("Some callers hang up however many agents there are; write 0 to 1.")
    if traffic.per_second == 0:
        return 0
    # who is answered keeps an agent busy: fewer than that could not even talk to them
    for agents in range(max(1, int(traffic.load * share)), MOST_AGENTS + 1):
        if answered_share(traffic, agents) >= share:
            return agents
    raise ValueError(f"So many calls need more than {MOST_AGENTS} agents.")


def _below(load: float, agents: int) -> float:
    """Return the weight of the states with a free agent, relative to "all busy, none waits"."""
    reciprocal = 1.0  # of Erlang's B formula: all states up to "all busy"
    for busy in range(1, agents + 1):
        reciprocal = 1.0 + reciprocal * busy / load
        if reciprocal == float("inf"):
            break
    return reciprocal - 1.0


def _waiting(traffic: Traffic, agents: int, below: float) -> tuple[float, float]:
    """Return the weight of all states, and how many wait in the mean, times that weight."""
    everyone, waiting, weight, queue = below + 1.0, 0.0, 1.0, 0
    leaving = agents / traffic.handling
    while True:
        queue += 1
        weight *= traffic.per_second / (leaving + queue / traffic.patience)
        everyone += weight
        waiting += queue * weight
        falling = traffic.per_second < leaving + queue / traffic.patience
        if falling and queue * weight <= _NEGLIGIBLE * max(waiting, _NEGLIGIBLE * everyone):
            return everyone, waiting
        if everyone > _LARGE and everyone != float("inf"):
            weight, waiting, everyone = weight / _LARGE, waiting / _LARGE, everyone / _LARGE
