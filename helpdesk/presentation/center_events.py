"""What a center's log says, as sentences; the steps of its life before all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from helpdesk import labels
from helpdesk.i18n import gettext
from helpdesk.presentation.dates import plain_day
from helpdesk.presentation.events import EventLine, Tone, in_a_line

LIFE = "life."
_GOOD = ("pass_", "grant", "sign")
_BAD = ("fail_", "miss_", "breach", "lose_", "request_exit", "complete_exit")


def center_event_words(kind: str, data: Mapping[str, Any], by: str) -> EventLine:
    """Tell an event of a center; a kind from a newer version is shown by its code."""
    who = gettext("the desk") if by == "system" else in_a_line(by) or gettext("(name erased)")
    if kind.startswith(LIFE):
        return _life(kind.removeprefix(LIFE), data, who)
    sentence = _sentences().get(kind)
    if sentence is None:
        return EventLine(kind)
    return EventLine(sentence % {"who": who, **_told(data)}, _TONES.get(kind, ""))


def center_event_details(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return what an event says beyond its sentence: the reason, and each changed fact."""
    lines = [str(data["reason"])] if data.get("reason") else []
    if kind == "center.changed":
        for name, (before, after) in data.get("to", {}).items():
            lines.append(f"{fact_name(name)}: {before or '—'} → {after or '—'}")
    if data.get("letter_from"):
        lines.append(gettext("By letter of %(name)s", name=data["letter_from"]))
    told = gettext("%(name)s was invited to the portal.")
    return [*lines, *(told % {"name": name} for name in data.get("invited") or ())]


def fact_name(name: str) -> str:
    """Return the name of a fact of a center's record."""
    return labels.label(name, "center_fact")


def remark(of: str) -> str:
    """Say what waits, for a reminder's topic."""
    return labels.label(of, "center_reminder")


def _life(step: str, data: Mapping[str, Any], who: str) -> EventLine:
    told = {"who": who, "step": labels.label(step, "center_step")}
    state = labels.label(data.get("to"), "center_state")
    if data.get("from") == data.get("to"):
        return EventLine(gettext("%(step)s · %(who)s", **told), "kept")
    tone: Tone = "kept" if step.startswith(_GOOD) else "risk" if step.startswith(_BAD) else ""
    if step == "decide":
        tone = "kept" if data.get("favourable") else "risk"
    return EventLine(gettext("%(step)s → %(state)s · %(who)s", state=state, **told), tone)


def _told(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what sentences may name; what an event does not say reads as a dash."""
    labelled: dict[str, Callable[[Any], str]] = {
        "state": lambda code: labels.label(code, "center_state"),
        "kind": lambda code: labels.label(code, "document_kind"),
        "criterion": lambda code: labels.label(code, "qualification"),
        "body": lambda code: labels.label(code, "reviewing_body"),
        "of": remark,
        "exam": _day,
        "plaque_returned_on": _day,
        "documents_returned_on": _day,
    }
    names = ("name", "number", "year", "owed", "remitted", "title", *labelled)
    told = {}
    for name in names:
        value = data.get(name)
        tell = labelled.get(name, lambda text: in_a_line(str(text)))
        told[name] = tell(value) if value not in (None, "") else "—"
    told["met"] = gettext("met") if data.get("met") else gettext("not met")
    told["opinion"] = gettext("in favour") if data.get("favourable") else gettext("against")
    return told


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return plain_day(day, today=date(1, 1, 1))  # with its year: a log is read much later


_TONES: dict[str, Tone] = {
    "center.entered": "risk",
    "agreement.signed": "kept",
    "remittance.confirmed": "kept",
    "notice.published": "kept",
    "notice.withdrawn": "risk",
}


def _sentences() -> dict[str, str]:
    return {
        "center.entered": gettext("%(who)s set the state by hand: %(state)s"),
        "center.erased": gettext("Personal data was erased: its time was up"),
        "center.changed": gettext("%(who)s changed the record"),
        "center.reminded": gettext("Reminded: %(of)s"),
        "center.returned": gettext(
            "Given back: plaque %(plaque_returned_on)s, documents %(documents_returned_on)s · "
            "%(who)s"
        ),
        "document.added": gettext("%(who)s added a paper: %(name)s (%(kind)s)"),
        "document.replaced": gettext("%(who)s put in a newer version: %(name)s"),
        "document.shared": gettext("%(who)s shared with the center: %(name)s"),
        "document.unshared": gettext("%(who)s no longer shares: %(name)s"),
        "document.removed": gettext("%(who)s removed a paper: %(name)s"),
        "qualification.confirmed": gettext("%(who)s judged “%(criterion)s”: %(met)s"),
        "opinion.given": gettext("Opinion of %(body)s: %(opinion)s · %(who)s"),
        "agreement.drafted": gettext("%(who)s drafted the agreement %(number)s"),
        "agreement.changed": gettext("%(who)s changed the agreement %(number)s"),
        "agreement.signed": gettext("Agreement %(number)s signed by both · %(who)s"),
        "agreement.in_force": gettext("Agreement %(number)s is in force · %(who)s"),
        "agreement.removed": gettext("%(who)s removed the draft %(number)s"),
        "person.invited": gettext("%(who)s invited %(name)s to the portal"),
        "person.lead": gettext("%(name)s speaks for the center · %(who)s"),
        "person.no_lead": gettext("%(name)s no longer speaks for the center · %(who)s"),
        "lecturer.added": gettext("%(who)s added the lecturer %(name)s"),
        "lecturer.removed": gettext("%(who)s removed the lecturer %(name)s"),
        "teacher.added": gettext("%(who)s added the teacher %(name)s"),
        "teacher.removed": gettext("%(who)s removed the teacher %(name)s"),
        "review.set": gettext("%(who)s set the task of %(year)s"),
        "review.written": gettext("%(who)s wrote down the review of %(year)s"),
        "remittance.reported": gettext("Exam of %(exam)s: %(owed)s yuan to be remitted · %(who)s"),
        "remittance.partly": gettext(
            "Exam of %(exam)s: %(remitted)s of %(owed)s yuan arrived · %(who)s"
        ),
        "remittance.confirmed": gettext("Exam of %(exam)s: %(remitted)s yuan arrived · %(who)s"),
        "notice.drafted": gettext("A notice was drafted: %(title)s"),
        "notice.published": gettext("%(who)s published the notice: %(title)s"),
        "notice.posted": gettext("%(who)s sent the notice to the microblog"),
        "notice.noted": gettext("%(who)s noted the microblog post made by hand"),
        "notice.withdrawn": gettext("%(who)s withdrew the notice: %(title)s"),
    }
