"""The record of centers: one module for each part, all on one blueprint, for the office."""

from helpdesk.web.centers import (
    agreements,
    assessment,
    contact_log,
    documents,
    facts,
    fees,
    files,
    listing,
    notices,
    overview,
    people,
    requests,
    reviews,
)
from helpdesk.web.centers.blueprint import blueprint

__all__ = [
    "agreements",
    "assessment",
    "blueprint",
    "contact_log",
    "documents",
    "facts",
    "fees",
    "files",
    "listing",
    "notices",
    "overview",
    "people",
    "requests",
    "reviews",
]
