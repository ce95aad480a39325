"""What a policy promises, in words, and whom it is for."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.i18n import gettext, ngettext
from helpdesk.labels import label, request_type_name, topic_name
from sla.escalation import BREACH, Action
from sla.policy import END_OF_NEXT_WORKDAY, Promise

FIRST_NAME = "default"
"""The name of the policy and of the calendar that a desk begins with."""


def given_name(name: str) -> str:
    """Return the name that somebody gave, or the reader's word for what the desk began with."""
    return gettext("Standard") if name == FIRST_NAME else name


def author(by: str) -> str:
    """Return who saved something; the desk itself has no name."""
    return gettext("the desk") if by in ("desk", "system") else by


def condition_name(field: str) -> str:
    """Return what a condition asks about."""
    return {
        "channel": gettext("Channel"),
        "topic": gettext("Topic"),
        "request_type": gettext("Type"),
        "priority": gettext("Priority"),
        "center": gettext("Center"),
        "region": gettext("Region"),
        "group": gettext("Group"),
        "requester": gettext("Requester"),
        "words": gettext("Keywords"),
    }[field]


def condition_values(field: str, allowed: tuple[str, ...]) -> str:
    """Return what a condition allows, by name."""
    if field in ("channel", "priority"):
        names = [label(code, field) for code in allowed]
    elif field == "topic":
        names = [topic_name(code) for code in allowed]
    elif field == "request_type":
        names = [request_type_name(code) for code in allowed]
    else:
        names = list(allowed)
    return gettext(", ").join(names)


def conditions(conditions: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return each condition as its name and what it allows."""
    return [(condition_name(f), condition_values(f, tuple(a))) for f, a in conditions.items()]


def amount(promise: Promise) -> str:
    """Return how long a promise takes at most."""
    if promise.minutes is not None:
        return ngettext("%(num)s service minute", "%(num)s service minutes", promise.minutes)
    days = promise.workdays or 0
    if promise.mode == END_OF_NEXT_WORKDAY:
        return ngettext(
            "by the end of the next working day", "by the end of working day %(num)s", days
        )
    return ngettext("one working day", "%(num)s working days", days)


def point(when: str) -> str:
    """Return a point on the way to the deadline."""
    if when == BREACH:
        return gettext("when it is broken")
    if when.endswith("%"):
        return gettext("at %(share)s of the time", share=when)
    return gettext("%(n)s min before", n=when[:-1])


def action(taken: Action) -> str:
    """Return what is done at a point."""
    who = {
        "holder": gettext("whoever holds the ticket"),
        "group": gettext("its group"),
        "managers": gettext("the managers"),
    }.get(taken.to, taken.to)
    if taken.do == "notify":
        return gettext("tell %(who)s", who=who)
    if taken.do == "group":
        return gettext("move it to %(group)s", group=taken.to)
    if taken.do == "priority":
        return gettext("raise it to %(priority)s", priority=label(taken.to, "priority"))
    if not taken.to:
        return gettext("take it from whoever holds it")
    return gettext("give it to %(who)s", who=taken.to)
