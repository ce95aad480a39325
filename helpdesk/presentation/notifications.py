"""What a notification says, in the reader's language; its text is what it speaks of."""

from __future__ import annotations

from helpdesk.i18n import gettext

ICONS = {
    "warning": "clock-risk",
    "breach": "alert",
    "assigned": "user-plus",
    "answer": "reply",
    "delivery": "mail-off",
    "calendar": "holiday",
}


def notification_words(kind: str) -> str:
    """Return the sentence of a kind; one of a newer version is shown by its code."""
    return {
        "warning": gettext("The first reply falls due soon"),
        "breach": gettext("The first reply is overdue"),
        "assigned": gettext("You were given a ticket"),
        "answer": gettext("The requester wrote again"),
        "delivery": gettext("A mail could not be delivered"),
        "calendar": gettext("The days off of a year are not entered yet"),
    }.get(kind, kind)


def notification_icon(kind: str) -> str:
    """Return the icon of a kind."""
    return ICONS.get(kind, "bell")
