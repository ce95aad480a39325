"""Where the office can be reached, channel by channel, as its accounts say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import registry
from helpdesk.models import ChannelAccount
from helpdesk.runtime import current_config

PAGES = {"weibo": "https://weibo.com/", "x": "https://x.com/"}
"""Where a network shows an account by its name."""


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One way to reach the office: what to show, and what it leads to.

    ``retired_on`` is when it ended; such a point is listed, and leads nowhere.
    """

    channel: str
    name: str
    shown: str
    href: str = ""
    retired: bool = False
    retired_on: date | None = None


def contact_points(session: Session) -> dict[str, list[ContactPoint]]:
    """Return the points of every channel; a channel may have none of its own."""
    found: dict[str, list[ContactPoint]] = {channel: [] for channel in registry.CHANNELS}
    base = current_config().base_url
    found["web"].append(ContactPoint("web", "", base.partition("://")[2], base))
    rows = session.scalars(select(ChannelAccount).order_by(ChannelAccount.id)).all()
    for row in sorted(rows, key=lambda row: (row.state == "retired", not row.is_default)):
        point = _point(row)
        if point is not None and point.shown not in {p.shown for p in found[row.channel]}:
            found[row.channel].append(point)
    return found


def _point(row: ChannelAccount) -> ContactPoint | None:
    shown = str(row.settings.get("handle") or row.address or "").strip()
    if row.channel not in ("email", "microblog", "hotline") or not shown:
        return None
    retired = row.state == "retired"
    href = "" if retired else _href(row, shown)
    return ContactPoint(
        row.channel, row.name, shown, href, retired, _ended(row) if retired else None
    )


def _href(row: ChannelAccount, shown: str) -> str:
    if row.channel == "email":
        return f"mailto:{shown}"
    if row.channel == "hotline":
        return "tel:" + "".join(c for c in shown if c.isdigit() or c == "+")
    page = PAGES.get(str(row.settings.get("network")))
    name = shown.lstrip("@")
    plain = name.replace("_", "").replace("-", "").isalnum() and name.isascii()
    return f"{page}{name}" if page and plain else ""


def _ended(row: ChannelAccount) -> date | None:
    try:
        return date.fromisoformat(str(row.settings.get("retired_on")))
    except ValueError:
        return None
