"""What reports, their figures and their rows are called, and what each figure counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from helpdesk.i18n import gettext
from helpdesk.labels import label, request_type_name, topic_name
from helpdesk.presentation import dates
from helpdesk.presentation.quantities import span
from helpdesk.services import reports
from helpdesk.services.reports import Span

Names = Mapping[str, str]
"""What centers, agents and groups are called, by id as text."""


def period_name(days: Span) -> str:
    """Return a period's days: a month by its name, others by their limits."""
    if len(days.cut("month")) == 1 and days == Span(
        days.first.replace(day=1), days.last, days.zone
    ):
        after = days.cut("month")[0].end.astimezone(days.zone).date()
        if after.day == 1:
            return dates.month(days.first)
    first, last = days.first, days.last
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return str(first.year)
    return f"{first.isoformat()} – {last.isoformat()}"


def breakdown_names() -> dict[str, str]:
    """Return what the breakdowns of tickets are called."""
    return {
        "channel": gettext("Channel"),
        "topic": gettext("Topic"),
        "request_type": gettext("Type"),
        "center": gettext("Center"),
        "region": gettext("Region"),
        "agent": gettext("Assignee"),
        "group": gettext("Group"),
        "priority": gettext("Priority"),
        "day": gettext("Day"),
        "week": gettext("Week from"),
        "month": gettext("Month"),
    }


def call_breakdown_names() -> dict[str, str]:
    """Return what the breakdowns of calls are called."""
    known = breakdown_names()
    return {name: known[name] for name in ("day", "week", "month")} | {
        "queue": gettext("Queue"),
        "agent": gettext("Agent"),
    }


def headings() -> dict[str, str]:
    """Return what each column and each part of a share is called."""
    return {
        "came": gettext("Came in"),
        "resolved": gettext("Resolved"),
        "backlog": gettext("Open at the end"),
        "replied": gettext("First replies"),
        "median": gettext("Median first reply"),
        "p90": gettext("90% within"),
        "on_time": gettext("On time"),
        "kept": gettext("Kept"),
        "judged": gettext("Judged"),
        "missed": gettext("Missed promises"),
        "at_once": gettext("At once"),
        "prompt": gettext("At once, of those marked"),
        "immediate": gettext("Marked as answerable at once"),
        "one_touch": gettext("One touch"),
        "reopened": gettext("Reopened"),
        "settled": gettext("Settled"),
        "offered": gettext("Offered"),
        "answered": gettext("Calls taken"),
        "abandoned": gettext("Not answered"),
        "short": gettext("Hung up soon"),
        "answer_rate": gettext("Answer rate"),
        "outside": gettext("Outside hours"),
    }


def promise_headings() -> dict[str, str]:
    """Return the same for a report of promises, whatever their metric is."""
    return headings() | {
        "replied": gettext("Done"),
        "median": gettext("Median time"),
        "missed": gettext("Missed promises"),
    }


def _promise_definitions() -> list[tuple[str, str]]:
    names = promise_headings()
    return [
        (
            names["replied"],
            gettext(
                "Promises of this kind that were done in the period, in time or late. A ticket "
                "may have several, and each counts. Median and ninth tenth are service time "
                "from their start (nearest rank, whole minutes); time that the clock stood "
                "still for the requester is left out."
            ),
        ),
        (
            names["on_time"],
            gettext(
                "Kept ÷ judged. A promise is judged once: when it is kept, or when it falls due "
                "without being done (missed), whether it was done later or not."
            ),
        ),
    ]


def definitions(about: str) -> list[tuple[str, str]]:
    """Return what each figure counts, said precisely."""
    names = headings()
    if about == "promises":
        return _promise_definitions()
    if about == "calls":
        return [
            (
                names["offered"],
                gettext(
                    "Incoming calls that came within service hours and asked for a person, by "
                    "the day they came. Hotlines that leave out callers who hang up very soon "
                    "do so here."
                ),
            ),
            (
                names["answered"],
                gettext("Of these, the ones that a person took; the others were not answered."),
            ),
            (
                names["answer_rate"],
                gettext(
                    "Taken ÷ offered over the whole period, never a mean of rates. A callback "
                    "never turns a missed call into an answered one."
                ),
            ),
            (names["outside"], gettext("Apart from the rate; each opens a callback.")),
        ]
    return [
        (names["came"], gettext("Tickets opened in the period; spam and merged tickets left out.")),
        (
            names["resolved"],
            gettext("Tickets resolved or closed in the period that have stayed so since."),
        ),
        (
            names["backlog"],
            gettext(
                "Tickets that were open or waiting for the requester when the period ended, by "
                "their history; spam and merged tickets left out."
            ),
        ),
        (
            names["replied"],
            gettext(
                "Tickets whose first human reply was given in the period, in time or late. Median "
                "and ninth tenth are service time from the question to it (nearest rank, whole "
                "minutes)."
            ),
        ),
        (
            names["on_time"],
            gettext(
                "First replies kept ÷ judged. A promise is judged once: when it is kept, or when "
                "it falls due without a reply (missed), whether one came later or not."
            ),
        ),
        (
            names["at_once"],
            gettext(
                "Of the first replies given, those within %(span)s of service time.",
                span=span(reports.at_once_minutes()),
            ),
        ),
        (
            names["prompt"],
            gettext(
                "The same of those tickets alone that an agent marked as answerable at once. A "
                "later answer breaks no promise."
            ),
        ),
        (
            names["settled"],
            gettext(
                "Tickets resolved or closed for the first time in the period; spam and merged "
                "tickets left out."
            ),
        ),
        (
            names["one_touch"],
            gettext("Of the settled ones, those never reopened for which agents wrote one reply."),
        ),
        (names["reopened"], gettext("Of the settled ones, those worked on again at least once.")),
    ]


def part_name(dimension: str, value: str, names: Names) -> str:
    """Return what a value of a dimension is called."""
    if not value:
        return {
            "topic": gettext("no topic"),
            "request_type": gettext("no type"),
            "center": gettext("no center"),
            "region": gettext("no region"),
            "agent": gettext("nobody yet"),
            "group": gettext("no group"),
        }.get(dimension, "—")
    if dimension in ("channel", "priority"):
        return label(value, dimension)
    told: dict[str, Callable[[str], str]] = {
        "topic": topic_name,
        "request_type": request_type_name,
        "region": str,
    }
    return told[dimension](value) if dimension in told else names.get(value, f"#{value}")
