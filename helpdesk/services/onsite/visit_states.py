"""The life of an on-site visit: a table of steps, and what its log adds up to. Pure.

A visit's row is the projection of its steps; ``replay`` computes the same from the
events ``visit.<step>`` of its ticket, so that the log alone tells where a visit stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

Side = Literal["office", "center"]
State = Literal["requested", "proposed", "confirmed", "done", "cancelled"]

OFFICE: tuple[Side, ...] = ("office",)
CENTER: tuple[Side, ...] = ("center",)
BOTH: tuple[Side, ...] = ("office", "center")
STATES: tuple[State, ...] = ("requested", "proposed", "confirmed", "done", "cancelled")
OPEN: tuple[State, ...] = ("requested", "proposed", "confirmed")


@dataclass(frozen=True, slots=True)
class Rule:
    """In this state somebody may take this step; it needs something and leads somewhere."""

    state: State
    step: str
    who: tuple[Side, ...]
    needs: tuple[str, ...]
    to: State


# fmt: off
RULES = (
    #    state        step          who     needs                               to
    Rule("requested", "propose",    OFFICE, ("dates",),                         "proposed"),
    Rule("requested", "suggest",    CENTER, ("dates",),                         "requested"),
    Rule("requested", "accept",     OFFICE, ("date",),                          "confirmed"),
    Rule("requested", "assign",     OFFICE, (),                                 "requested"),
    Rule("requested", "cancel",     BOTH,   ("reason",),                        "cancelled"),
    Rule("proposed",  "propose",    OFFICE, ("dates",),                         "proposed"),
    Rule("proposed",  "suggest",    CENTER, ("dates",),                         "proposed"),
    Rule("proposed",  "accept",     BOTH,   ("date",),                          "confirmed"),
    Rule("proposed",  "agree",      OFFICE, ("date", "note"),                   "confirmed"),
    Rule("proposed",  "assign",     OFFICE, (),                                 "proposed"),
    Rule("proposed",  "cancel",     BOTH,   ("reason",),                        "cancelled"),
    Rule("confirmed", "assign",     OFFICE, (),                                 "confirmed"),
    Rule("confirmed", "reschedule", BOTH,   ("reason", "dates"),                "proposed"),
    Rule("confirmed", "cancel",     BOTH,   ("reason",),                        "cancelled"),
    Rule("confirmed", "report",     OFFICE, ("agent", "begun", "done", "signed"), "done"),
)
# fmt: on
STEPS = tuple(dict.fromkeys(rule.step for rule in RULES))
_TABLE: dict[tuple[str, str], Rule] = {(rule.state, rule.step): rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a visit stands.

    ``turn`` is who owes the next answer about its date; nobody once that is agreed.
    ``sequence`` rises whenever an agreed date is given up (RFC 5545, 3.8.7.4).
    """

    state: State = "requested"
    turn: Side | None = "office"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    agent_id: int | None = None
    sequence: int = 0


def rule_for(state: str, step: str, side: Side) -> Rule | None:
    """Return the rule of a step; None where it cannot be taken in this state by this side."""
    rule = _TABLE.get((state, step))
    return rule if rule is not None and side in rule.who else None


def possible(state: str, side: Side) -> frozenset[str]:
    """Return the steps that a side may take in a state."""
    return frozenset(rule.step for rule in RULES if rule.state == state and side in rule.who)


def missing(rule: Rule, given: Mapping[str, object]) -> str | None:
    """Return the first thing that a step needs and that was not given."""
    return next((need for need in rule.needs if not given.get(need)), None)


def after(standing: Standing, step: str, side: Side, facts: Mapping[str, Any]) -> Standing:
    """Return where the visit stands after a step; raise ValueError for one it cannot take.

    ``facts`` hold the agreed ``starts_at`` and ``ends_at``, or the ``agent_id``.
    """
    rule = rule_for(standing.state, step, side)
    if rule is None:
        raise ValueError(f"{side} cannot {step} a visit that is {standing.state}")
    moved = replace(standing, state=rule.to)
    other: Side = "center" if side == "office" else "office"
    match step:
        case "propose" | "suggest":
            return replace(moved, turn=other)
        case "accept" | "agree":
            starts, ends = facts["starts_at"], facts["ends_at"]
            return replace(moved, turn=None, starts_at=starts, ends_at=ends)
        case "reschedule":
            dateless = replace(moved, turn=other, starts_at=None, ends_at=None)
            return replace(dateless, sequence=standing.sequence + 1)
        case "assign":
            return replace(moved, agent_id=facts["agent_id"])
        case "cancel":
            return replace(moved, turn=None, sequence=standing.sequence + 1)
    return replace(moved, turn=None)


def replay(log: Iterable[tuple[str, Side, Mapping[str, Any]]]) -> Standing:
    """Return where a visit stands after the steps of its log, in the order of recording."""
    standing = Standing()
    for step, side, facts in log:
        standing = after(standing, step, side, facts)
    return standing
