"""The life of a center, from application to exit: a table of steps and what its log adds up to.

Pure. A center's row is the projection of its steps; ``replay`` computes the same from the
events ``life.<step>`` of its log. The steps, who takes them and what they need are those of
chapters 4, 5 and 7 of the office's rules (认证中心管理办法, 2012).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

State = Literal[
    "draft",
    "submitted",
    "site_visit",
    "filed",
    "joint_review",
    "approved",
    "rejected",
    "contracted",
    "trained",
    "authorized",
    "exit_requested",
    "exit_processing",
    "exited",
]
Role = Literal["applicant", "center", "channel_manager", "office"]

STATES: tuple[State, ...] = get_args(State)
SERVING: tuple[State, ...] = ("authorized", "exit_requested")
"""Trains and examines; who asked to leave goes on serving its students meanwhile."""
OVER: tuple[State, ...] = ("rejected", "exited")


@dataclass(frozen=True, slots=True)
class Rule:
    """In this state somebody may take this step; it needs something and leads somewhere.

    A step with ``otherwise`` decides: it leads there where the decision is against.
    """

    state: State
    step: str
    who: Role
    needs: tuple[str, ...]
    to: State
    otherwise: State | None = None


_NOTICES = ("website_notice", "microblog_notice", "plaque_returned", "documents_returned")
# fmt: off
RULES = (
    #    state             step                  who                needs                                 to
    Rule("draft",           "submit",             "applicant",       ("form", "licence", "photographs"),   "submitted"),
    Rule("submitted",       "pass_preliminary",   "channel_manager", ("qualification",),                   "site_visit"),
    Rule("submitted",       "fail_preliminary",   "channel_manager", ("qualification", "reason"),          "rejected"),
    Rule("site_visit",      "pass_site_visit",    "channel_manager", ("visit_report",),                    "filed"),
    Rule("site_visit",      "fail_site_visit",    "channel_manager", ("visit_report", "reason"),           "rejected"),
    Rule("filed",           "forward",            "office",          ("dossier",),                         "joint_review"),
    Rule("joint_review",    "decide",             "office",          ("opinions",),                        "approved", "rejected"),
    Rule("approved",        "sign",               "office",          ("agreement", "dates", "region"),     "contracted"),
    Rule("contracted",      "pass_training",      "office",          ("lecturer_certificate",),            "trained"),
    Rule("trained",         "grant",              "office",          ("plaque_no", "certificate_no"),      "authorized"),
    Rule("authorized",      "pass_annual_review", "office",          ("review", "renewed_agreement"),      "authorized"),
    Rule("authorized",      "fail_annual_review", "office",          ("review", "evidence", "reason"),     "exit_processing"),
    Rule("authorized",      "miss_annual_task",   "office",          ("review", "evidence", "reason"),     "exit_processing"),
    Rule("authorized",      "breach",             "office",          ("evidence", "reason"),               "exit_processing"),
    Rule("authorized",      "lose_licence",       "office",          ("evidence", "reason"),               "exit_processing"),
    Rule("authorized",      "request_exit",       "center",          ("written_application",),             "exit_requested"),
    Rule("exit_requested",  "approve_exit",       "office",          (),                                   "exit_processing"),
    Rule("exit_requested",  "refuse_exit",        "office",          ("reason",),                          "authorized"),
    Rule("exit_processing", "complete_exit",      "office",          _NOTICES,                             "exited"),
)
# fmt: on
STEPS = tuple(dict.fromkeys(rule.step for rule in RULES))
NEEDS = tuple(dict.fromkeys(need for rule in RULES for need in rule.needs))
WAYS_OUT = ("fail_annual_review", "miss_annual_task", "breach", "lose_licence", "request_exit")
_TABLE = {(rule.state, rule.step): rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a center stands, and which way it is leaving, if it is."""

    state: State = "draft"
    exit_by: str | None = None


def rule_for(state: str, step: str) -> Rule | None:
    """Return the rule of a step; None where it cannot be taken in this state."""
    return _TABLE.get((state, step))  # type: ignore[arg-type]


def possible(state: str, roles: Iterable[Role]) -> tuple[Rule, ...]:
    """Return the steps that somebody with these roles may take in a state, in order."""
    mine = frozenset(roles)
    return tuple(rule for rule in RULES if rule.state == state and rule.who in mine)


def missing(rule: Rule, given: Mapping[str, object]) -> tuple[str, ...]:
    """Return everything that a step needs and that is not there."""
    return tuple(need for need in rule.needs if not given.get(need))


def after(standing: Standing, step: str, *, favourable: bool = True) -> Standing:
    """Return where the center stands after a step; raise ValueError for one it cannot take.

    ``favourable`` matters to a step that decides.
    """
    rule = rule_for(standing.state, step)
    if rule is None:
        raise ValueError(f"a center that is {standing.state} cannot {step}")
    to = rule.to if favourable or rule.otherwise is None else rule.otherwise
    moved = replace(standing, state=to)
    if step in WAYS_OUT:
        return replace(moved, exit_by=step)
    return replace(moved, exit_by=None) if step == "refuse_exit" else moved


def replay(log: Iterable[tuple[str, bool]], start: Standing | None = None) -> Standing:
    """Return where a center stands after the steps of its log, in the order of recording."""
    standing = start or Standing()
    for step, favourable in log:
        standing = after(standing, step, favourable=favourable)
    return standing
