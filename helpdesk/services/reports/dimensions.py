"""What tickets are told apart by: each dimension as a column, and its values as text.

A ticket has exactly one value in each dimension, as it is now: a ticket that was
handed on counts for whoever holds it. The empty text stands for none (no topic, no
center, nobody).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Center, Ticket

DIMENSIONS = (
    "channel",
    "topic",
    "request_type",
    "center",
    "region",
    "agent",
    "group",
    "priority",
)
TIMES = ("day", "week", "month")
BREAKDOWNS = (*DIMENSIONS, *TIMES)

_CODES: dict[str, Any] = {
    "channel": Ticket.channel,
    "topic": Ticket.topic,
    "request_type": Ticket.request_type,
    "priority": Ticket.priority,
}
_IDS: dict[str, Any] = {
    "center": Ticket.center_id,
    "agent": Ticket.assignee_id,
    "group": Ticket.group_id,
}
_REGION = select(Center.region).where(Center.id == Ticket.center_id).scalar_subquery()

Part = tuple[str, str]
"""A dimension and one of its values."""


def key_of(dimension: str) -> ColumnElement[Any]:
    """Return what to group tickets by; ``text_of`` makes its values text."""
    if dimension == "region":
        return func.coalesce(_REGION, "")
    if dimension in _IDS:
        return _IDS[dimension].expression  # type: ignore[no-any-return]
    return func.coalesce(_CODES[dimension], "")


def text_of(value: Any) -> str:
    """Return a value of a dimension as text."""
    return "" if value is None else str(value)


def condition(part: Part) -> ColumnElement[bool]:
    """Return the tickets that have a value."""
    dimension, value = part
    if dimension == "region":
        inside = Ticket.center_id.in_(select(Center.id).where(Center.region == value))
        return inside if value else or_(inside, Ticket.center_id.is_(None))
    if dimension in _IDS:
        column = _IDS[dimension]
        found = column == int(value) if value else column.is_(None)
    else:
        column = _CODES[dimension]
        found = column == value if value else or_(column.is_(None), column == "")
    return found  # type: ignore[no-any-return]


def checked(dimension: str, value: str) -> Part:
    """Return what an address names; raise Refusal for what cannot be."""
    numbered = dimension in _IDS and value != ""
    number = value.isascii() and value.isdigit() and len(value) <= 9
    if dimension not in DIMENSIONS or len(value) > 100 or (numbered and not number):
        raise Refusal("unknown_part", lazy_gettext("There is no such breakdown."))
    return dimension, value
