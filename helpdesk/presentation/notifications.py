"""What a notification says, in the reader's language; its text is what it speaks of."""

from __future__ import annotations

from helpdesk.i18n import gettext
from helpdesk.labels import label

CENTER = "center_"
"""What begins so reminds of a center; the rest is the topic."""
ICONS = {
    "warning": "clock-risk",
    "breach": "alert",
    "assigned": "user-plus",
    "answer": "reply",
    "delivery": "mail-off",
    "calendar": "holiday",
    "rating": "alert",
    "automation": "macro",
    "visit_assigned": "onsite",
    "visit_answered": "reply",
    "visit_changed": "calendar",
    "visit_before": "onsite",
    "visit_report": "edit",
    "visit_waiting": "hourglass",
    "visit_answer": "clock-risk",
    "merged": "merge",
    "token": "microblog",
    "burn_fast": "phone-missed",
    "burn_slow": "phone-missed",
    "budget_spent": "phone-missed",
}


def notification_words(kind: str) -> str:
    """Return the sentence of a kind; one of a newer version is shown by its code."""
    if kind.startswith(CENTER):
        return label(kind.removeprefix(CENTER), "center_reminder")
    return {
        "warning": gettext("A promise falls due soon"),
        "breach": gettext("A promise is overdue"),
        "assigned": gettext("You were given a ticket"),
        "answer": gettext("The requester wrote again"),
        "merged": gettext("Another ticket was merged into yours"),
        "delivery": gettext("A mail could not be delivered"),
        "calendar": gettext("The days off of a year are not entered yet"),
        "rating": gettext("An answer was rated as poor"),
        "automation": gettext("A ticket arrived that you are to be told of"),
        "visit_assigned": gettext("You are sent on a visit"),
        "visit_answered": gettext("The center answered about a visit"),
        "visit_changed": gettext("A visit of yours was moved or called off"),
        "visit_before": gettext("Your visit is near"),
        "visit_report": gettext("The report of a visit is missing"),
        "visit_waiting": gettext("The center has not answered the proposed dates"),
        "visit_answer": gettext("A center waits for an answer about its visit"),
        "token": gettext("The token of a microblog account ends"),
        "burn_fast": gettext("Too many calls are being missed"),
        "burn_slow": gettext("More calls are missed than the month allows"),
        "budget_spent": gettext("The answer rate of this month can hardly be kept any more"),
    }.get(kind, kind)


def notification_icon(kind: str) -> str:
    """Return the icon of a kind."""
    return "center" if kind.startswith(CENTER) else ICONS.get(kind, "bell")
