"""What the desk promises, and to whom: promises, and the policies that choose them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sla.escalation import BREACH, Action, InvalidAction
from sla.metrics import METRICS

SERVICE_MINUTES = "service_minutes"
END_OF_NEXT_WORKDAY = "end_of_next_workday"
MODES = (SERVICE_MINUTES, END_OF_NEXT_WORKDAY)
CONDITION_FIELDS = (
    "channel",
    "topic",
    "request_type",
    "priority",
    "center",
    "region",
    "group",
    "requester",
)

_PROMISE_KEYS = (
    "metric",
    "minutes",
    "workdays",
    "mode",
    "warn_minutes",
    "warn_percent",
    "pauses",
    "actions",
)


class InvalidPolicy(ValueError):
    """A promise or policy that cannot be kept; the message says what to write instead."""


class PolicyLoop(InvalidPolicy):
    """Policies that hand an overdue ticket round: ``policy`` moves it to ``group``, back there."""

    def __init__(self, policy: str, group: str) -> None:
        super().__init__(
            f"{policy}: its move to {group} comes round to {group} again; let one of the moves go."
        )
        self.policy = policy
        self.group = group


@dataclass(frozen=True)
class Promise:
    """One target, such as the first reply within one working day.

    ``minutes`` are service minutes.  ``workdays`` are ordinary working days of service
    time, or, in the mode ``end_of_next_workday``, whole workdays after the day of
    receipt.  A warning goes out when the service time left falls to each of
    ``warn_minutes``, and when each of ``warn_percent`` of it is used.  ``pauses`` says
    whether waiting on the requester stops the clock.  ``actions`` are taken at warnings
    and at the breach.

    Raises InvalidPolicy.
    """

    metric: str
    minutes: int | None = None
    workdays: int | None = None
    mode: str = SERVICE_MINUTES
    warn_minutes: tuple[int, ...] = ()
    pauses: bool = False
    warn_percent: tuple[int, ...] = ()
    actions: tuple[Action, ...] = ()

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise InvalidPolicy(
                f"{self.metric!r} is nothing that can be promised; write {', '.join(METRICS)}."
            )
        if self.mode not in MODES:
            raise InvalidPolicy(
                f"{self.metric}: {self.mode!r} is no mode; write {' or '.join(MODES)}."
            )
        self._check_amount()
        if type(self.pauses) is not bool:
            raise InvalidPolicy(f'{self.metric}: "pauses" must be true or false.')
        for minutes in self.warn_minutes:
            _positive(self.metric, "warn_minutes", minutes)
            if self.minutes is not None and minutes >= self.minutes:
                raise InvalidPolicy(
                    f"{self.metric}: a warning {minutes} minutes ahead of a promise of"
                    f" {self.minutes} comes at once; write fewer minutes."
                )
        warnings = tuple(sorted(set(self.warn_minutes), reverse=True))
        object.__setattr__(self, "warn_minutes", warnings)
        for percent in self.warn_percent:
            if type(percent) is not int or not 0 < percent < 100:
                raise InvalidPolicy(
                    f"{self.metric}: {percent!r} % of the time cannot be warned at; write 1 to 99."
                )
        object.__setattr__(self, "warn_percent", tuple(sorted(set(self.warn_percent))))
        for action in self.actions:
            if action.when != BREACH and action.when not in self.points:
                raise InvalidPolicy(
                    f"{self.metric}: nothing happens at {action.when}; warn there too."
                )

    def _check_amount(self) -> None:
        if self.mode == END_OF_NEXT_WORKDAY and (self.minutes is not None or not self.workdays):
            raise InvalidPolicy(f"{self.metric}: the mode {self.mode} counts workdays; give those.")
        if (self.minutes is None) == (self.workdays is None):
            raise InvalidPolicy(f"{self.metric}: give either minutes or workdays.")
        name = "minutes" if self.workdays is None else "workdays"
        _positive(self.metric, name, self.minutes if self.workdays is None else self.workdays)

    @cached_property
    def points(self) -> tuple[str, ...]:
        """The points at which a warning goes out, as ``sla.escalation`` writes them."""
        return (
            *(f"{percent}%" for percent in self.warn_percent),
            *(f"{minutes}m" for minutes in self.warn_minutes),
        )

    def warnings_before(self, promised: float) -> tuple[float, ...]:
        """Return how many service minutes are left at each warning, the earliest first."""
        if not self.warn_percent:
            return self.warn_minutes
        # what ``minutes_before`` makes of each point, which reads it from text
        lefts = {promised * (100 - percent) / 100 for percent in self.warn_percent}
        return tuple(sorted(lefts.union(self.warn_minutes), reverse=True))

    @classmethod
    def from_json(cls, value: Any) -> Promise:
        """Read what ``to_json`` writes; what is left out has its default."""
        if not isinstance(value, dict):
            raise InvalidPolicy("A promise must be a JSON object.")
        for key in value:
            if key not in _PROMISE_KEYS:
                raise InvalidPolicy(
                    f"{key!r} is no part of a promise; write {', '.join(_PROMISE_KEYS)}."
                )
        warnings, shares = value.get("warn_minutes", []), value.get("warn_percent", [])
        if not isinstance(warnings, list):
            raise InvalidPolicy('"warn_minutes" must be a list of minutes such as [60].')
        if not isinstance(shares, list):
            raise InvalidPolicy('"warn_percent" must be a list of shares such as [50, 80].')
        actions = value.get("actions", [])
        if not isinstance(actions, list):
            raise InvalidPolicy('"actions" must be a list.')
        try:
            taken = tuple(Action.from_json(action) for action in actions)
        except InvalidAction as error:
            raise InvalidPolicy(str(error)) from error
        return cls(
            metric=value.get("metric", ""),
            minutes=value.get("minutes"),
            workdays=value.get("workdays"),
            mode=value.get("mode", SERVICE_MINUTES),
            warn_minutes=tuple(warnings),
            pauses=value.get("pauses", False),
            warn_percent=tuple(shares),
            actions=taken,
        )

    def to_json(self) -> dict[str, Any]:
        """Write the form that ``from_json`` reads."""
        amount = {"minutes": self.minutes} if self.workdays is None else {"workdays": self.workdays}
        return {
            "metric": self.metric,
            **amount,
            "mode": self.mode,
            "warn_minutes": list(self.warn_minutes),
            "warn_percent": list(self.warn_percent),
            "pauses": self.pauses,
            "actions": [action.to_json() for action in self.actions],
        }


@dataclass(frozen=True)
class Policy:
    """Promises for the tickets that meet every condition.

    ``conditions`` maps a fact of the ticket (``CONDITION_FIELDS``) to its allowed
    values.  A policy without conditions applies to nothing, unless it is the default.
    """

    id: int
    name: str
    position: int
    is_default: bool = False
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    promises: tuple[Promise, ...] = ()

    def promise(self, metric: str) -> Promise | None:
        """Return what this policy promises on one metric, if anything."""
        return next((promise for promise in self.promises if promise.metric == metric), None)

    def matches(self, facts: Mapping[str, str | None]) -> bool:
        """Say whether a ticket meets every condition; without conditions none does."""
        return bool(self.conditions) and not self.unmet(facts)

    def unmet(self, facts: Mapping[str, str | None]) -> tuple[str, ...]:
        """Return the names of the conditions that a ticket does not meet."""
        return tuple(
            name for name, allowed in self.conditions.items() if facts.get(name) not in allowed
        )


@dataclass(frozen=True)
class Verdict:
    """Why a policy holds for a ticket or does not.

    ``unmet`` are the conditions that fail. A policy that has none and is not ``chosen``
    stands behind the one that is.
    """

    policy: Policy
    chosen: bool
    unmet: tuple[str, ...]


def explain(policies: Iterable[Policy], facts: Mapping[str, str | None]) -> list[Verdict]:
    """Return a verdict on each policy, in the order in which they are asked."""
    policies = list(policies)
    chosen = choose(policies, facts)
    ordered = sorted(policies, key=lambda policy: (policy.is_default, policy.position, policy.id))
    return [Verdict(policy, policy is chosen, policy.unmet(facts)) for policy in ordered]


def choose(policies: Iterable[Policy], facts: Mapping[str, str | None]) -> Policy | None:
    """Return the first policy by position that matches, else the default one."""
    ordered = sorted(policies, key=lambda policy: (policy.position, policy.id))
    for policy in ordered:
        if not policy.is_default and policy.matches(facts):
            return policy
    return next((policy for policy in ordered if policy.is_default), None)


def check_policies(policies: Iterable[Policy]) -> None:
    """Raise InvalidPolicy unless the policies together make sense: one is the default."""
    policies = list(policies)
    defaults = [policy.name for policy in policies if policy.is_default]
    if not defaults:
        raise InvalidPolicy("No policy is the default; mark the one that covers all the rest.")
    if len(defaults) > 1:
        raise InvalidPolicy(f"{' and '.join(defaults)} are both the default; keep one.")
    for policy in policies:
        _check_conditions(policy)
        metrics = [promise.metric for promise in policy.promises]
        if len(metrics) != len(set(metrics)):
            raise InvalidPolicy(f"{policy.name} promises the same metric twice; keep one.")
    _check_loops(policies)


def _check_loops(policies: Iterable[Policy]) -> None:
    """Refuse policies that hand an overdue ticket round in a circle of groups."""
    moves = [
        (policy.conditions.get("group", ()), action.to, policy.name)
        for policy in policies
        for promise in policy.promises
        for action in promise.actions
        if action.do == "group"
    ]

    def onward(group: str) -> set[str]:
        """Return where policies made for a group move its tickets; to itself is no move."""
        return {to for held, to, _ in moves if group in held and to != group}

    for _, first, name in moves:
        reached, waiting = set[str](), onward(first)
        while waiting:
            group = waiting.pop()
            if group == first:
                raise PolicyLoop(name, first)
            if group not in reached:
                reached.add(group)
                waiting |= onward(group)


def _check_conditions(policy: Policy) -> None:
    if policy.is_default and policy.conditions:
        raise InvalidPolicy(
            f"{policy.name} is the default and covers all the rest; remove its conditions."
        )
    for name, allowed in policy.conditions.items():
        if name not in CONDITION_FIELDS:
            raise InvalidPolicy(
                f"{policy.name}: {name!r} is no condition; write {', '.join(CONDITION_FIELDS)}."
            )
        if not allowed:
            raise InvalidPolicy(f"{policy.name}: {name} allows nothing; name at least one value.")


def _positive(metric: str, name: str, value: Any) -> None:
    if type(value) is not int or value < 1:
        raise InvalidPolicy(f"{metric}: {name} {value!r} must be a whole number from 1 up.")
