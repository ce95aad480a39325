"""What the log says, as a sentence for the thin lines of a conversation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from helpdesk import labels
from helpdesk.i18n import gettext
from helpdesk.presentation import automations
from helpdesk.presentation.visit_events import visit_words
from sla.metrics import FIRST_REPLY

Tone = Literal["", "risk", "broken", "kept"]

# What messages already show, and beats of the clock that follow from another line.
SILENT = frozenset(
    {
        "message.received",
        "message.sent",
        "message.noted",
        "clock.start",
        "clock.pause",
        "clock.resume",
        "clock.cancel",
        "clock.hand_over",
        "clock.judge",
    }
)

LONGEST = 80
# what changes the direction of the words behind it (https://www.unicode.org/reports/tr9/)
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class EventLine:
    """An event in words, and how serious it is."""

    text: str
    tone: Tone = ""


def event_words(
    kind: str, data: Mapping[str, Any], by: str, metric: str = FIRST_REPLY
) -> EventLine:
    """Tell an event, of a clock by what its ``metric`` promises.

    A kind from a newer version is shown by its code.
    """
    who = gettext("the desk") if by == "system" else in_a_line(by)
    if kind == "ticket.opened":
        return EventLine(gettext("Opened by %(who)s", who=who))
    if kind in _MERGING:
        return EventLine(_MERGING[kind](data, who))
    if kind.startswith("ticket."):
        return EventLine(_change(kind.removeprefix("ticket."), data, who))
    if kind == "automation.applied":
        return EventLine(_automation(data, who))
    if kind.startswith("visit."):
        text, tone = visit_words(kind.removeprefix("visit."), data, who)
        return EventLine(text, tone)
    if kind in _OTHERWISE and metric != FIRST_REPLY:
        return _OTHERWISE[kind](labels.label(metric, "metric"))
    told = _FIXED.get(kind)
    return told(data) if told else EventLine(kind)


def _automation(data: Mapping[str, Any], name: str) -> str:
    what = gettext(", ").join(automations.done(data.get("set") or {}, data.get("told") or ()))
    return gettext("Automation “%(name)s” — %(what)s", name=name, what=what)


def in_a_line(text: str) -> str:
    """Return a stranger's words so that they neither turn the sentence round nor fill the page."""
    plain = _TURNING.sub("", text)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


def _change(what: str, data: Mapping[str, Any], who: str) -> str:
    name = _value_names().get(what, str)
    after = data.get("to")
    value = in_a_line(name(after)) if after else "—"
    sentence = {
        "status": gettext("%(who)s set the status to %(value)s"),
        "assignee": gettext("%(who)s assigned it to %(value)s"),
        "group": gettext("%(who)s moved it to %(value)s"),
        "center": gettext("%(who)s set the center to %(value)s"),
        "priority": gettext("%(who)s set the priority to %(value)s"),
        "topic": gettext("%(who)s set the topic to %(value)s"),
        "request_type": gettext("%(who)s set the type to %(value)s"),
        "subject": gettext("%(who)s changed the subject to %(value)s"),
    }.get(what)
    if what == "immediate":
        if after:
            return gettext("%(who)s marked it as answerable at once", who=who)
        return gettext("%(who)s took the mark “answerable at once” off", who=who)
    if sentence is None:
        return f"{who}: {what}"
    if what == "assignee" and not after:
        return gettext("%(who)s took the assignee off", who=who)
    if data.get("auto_assigned"):
        return _auto_assigned(data, value)
    return sentence % {"who": who, "value": value}


def _auto_assigned(data: Mapping[str, Any], to: str) -> str:
    group = in_a_line(str(data.get("group")))
    if data["auto_assigned"] == "turns":
        return gettext(
            "%(group)s: assigned to %(name)s automatically, by turns", group=group, name=to
        )
    return gettext(
        "%(group)s: assigned to %(name)s automatically, who had the fewest open",
        group=group,
        name=to,
    )


def _value_names() -> dict[str, Callable[[Any], str]]:
    return {
        "status": lambda code: labels.label(code, "status"),
        "priority": lambda code: labels.label(code, "priority"),
        "topic": labels.topic_name,
        "request_type": labels.request_type_name,
    }


def _callback(data: Mapping[str, Any]) -> EventLine:
    told = {
        "reached": gettext("Rang back: reached"),
        "no_answer": gettext("Rang back: no answer"),
        "wrong_number": gettext("Rang back: wrong number"),
    }
    return EventLine(told.get(str(data.get("outcome")), gettext("Rang back")))


def _rating(data: Mapping[str, Any]) -> EventLine:
    score = str(data.get("score"))
    tone: Tone = "kept" if score == "good" else "broken" if score == "poor" else ""
    return EventLine(
        gettext("The requester rated the answer: %(score)s", score=labels.label(score, "score")),
        tone,
    )


_MERGING: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "ticket.merged": lambda data, who: gettext(
        "%(who)s merged it into #%(number)s", who=who, number=data.get("into")
    ),
    "ticket.absorbed": lambda data, who: gettext(
        "%(who)s merged #%(number)s into it: %(subject)s",
        who=who,
        number=data.get("source"),
        subject=in_a_line(str(data.get("subject") or "")),
    ),
    "ticket.led_on": lambda data, who: gettext(
        "%(who)s merged #%(source)s, where it went on, into #%(number)s",
        who=who,
        source=data.get("source"),
        number=data.get("into"),
    ),
}


_FIXED: dict[str, Callable[[Mapping[str, Any]], EventLine]] = {
    "callback.logged": _callback,
    "rating.given": _rating,
    "clock.warn": lambda _: EventLine(gettext("The first reply falls due soon"), "risk"),
    "clock.breach": lambda _: EventLine(gettext("The first reply is overdue"), "broken"),
    "clock.meet": lambda _: EventLine(gettext("The first reply is given"), "kept"),
    "clock.reopen": lambda _: EventLine(gettext("The promise runs on")),
    "clock.retract": lambda _: EventLine(
        gettext("The reply did not arrive: the first reply is owed again"), "broken"
    ),
    "clock.reschedule": lambda _: EventLine(gettext("The deadline was computed anew")),
    "delivery.delayed": lambda data: EventLine(
        gettext("Delivery is delayed: %(reason)s", reason=data.get("reason") or "—"), "risk"
    ),
    "delivery.failed": lambda data: EventLine(
        gettext("A reply could not be delivered: %(reason)s", reason=data.get("reason") or "—"),
        "broken",
    ),
    "delivery.refused": lambda data: EventLine(
        gettext("An address was refused: %(reason)s", reason=data.get("reason") or "—"), "broken"
    ),
}

_OTHERWISE: dict[str, Callable[[str], EventLine]] = {
    "clock.warn": lambda promise: EventLine(
        gettext("%(promise)s: falls due soon", promise=promise), "risk"
    ),
    "clock.breach": lambda promise: EventLine(
        gettext("%(promise)s: overdue", promise=promise), "broken"
    ),
    "clock.meet": lambda promise: EventLine(gettext("%(promise)s: done", promise=promise), "kept"),
    "clock.retract": lambda promise: EventLine(
        gettext("The reply did not arrive: owed again (%(promise)s)", promise=promise), "broken"
    ),
}
"""The same of the promises that are not the first reply."""
