"""The settings: one module for each page, all on one blueprint, for administrators only."""

from helpdesk.web.settings import (
    audit,
    calendar,
    channels,
    contacts,
    groups,
    hotline,
    hours,
    macros,
    mailboxes,
    microblogs,
    outbox,
    people,
    personal,
    policy_versions,
    promises,
    quarantine,
    year,
)
from helpdesk.web.settings.blueprint import blueprint

__all__ = [
    "audit",
    "blueprint",
    "calendar",
    "channels",
    "contacts",
    "groups",
    "hotline",
    "hours",
    "macros",
    "mailboxes",
    "microblogs",
    "outbox",
    "people",
    "personal",
    "policy_versions",
    "promises",
    "quarantine",
    "year",
]
