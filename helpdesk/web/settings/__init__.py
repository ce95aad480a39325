"""The settings: one module for each page, all on one blueprint, for administrators only."""

from helpdesk.web.settings import (
    centers,
    contacts,
    groups,
    hours,
    mailboxes,
    outbox,
    people,
    promises,
    quarantine,
    year,
)
from helpdesk.web.settings.blueprint import blueprint

__all__ = [
    "blueprint",
    "centers",
    "contacts",
    "groups",
    "hours",
    "mailboxes",
    "outbox",
    "people",
    "promises",
    "quarantine",
    "year",
]
