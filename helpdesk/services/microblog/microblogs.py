"""Microblog accounts: which there are, what an administrator may set, when their tokens end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.errors import ChannelError
from channels.microblog import budget as budgets
from channels.microblog.account import blog_account, budget_of
from channels.microblog.budget import CHINA, Budget, Plan
from channels.microblog.posts import NETWORKS, RETIRED
from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import ChannelAccount
from helpdesk.services.connections import channel_accounts, request_meters
from helpdesk.services.desk import notices
from helpdesk.services.hours import calendars
from helpdesk.services.sending import outgoing_posts

WARNED_BEFORE = (1, 3, 7)
"""Days before a token ends on which the administrators are told."""


@dataclass(frozen=True, slots=True)
class Usage:
    """An account's day: what it used, what it may use, and how its looks are planned."""

    reads: int
    writes: int
    budget: Budget
    plan: Plan

    @property
    def left(self) -> int:
        """How many calls are left for answers and looks together."""
        return max(0, self.budget.daily - self.reads - self.writes)


def accounts(session: Session) -> Sequence[ChannelAccount]:
    """Return all of them, the retired ones last."""
    rows = session.scalars(
        select(ChannelAccount)
        .where(ChannelAccount.channel == "microblog")
        .order_by(ChannelAccount.name)
    ).all()
    return sorted(rows, key=lambda row: row.state == "retired")


def account(session: Session, number: int) -> ChannelAccount:
    """Return one of them; raise NotFound."""
    found = session.get(ChannelAccount, number)
    if found is None or found.channel != "microblog":
        raise NotFound("no_microblog", _("There is no such microblog account."))
    return found


def usage(session: Session, row: ChannelAccount, *, now: datetime) -> Usage:
    """Return what an account used today, and its plan by today's service hours."""
    budget = budget_of(row.settings)
    reads, writes = request_meters.used(session, row.id, now=now)
    end = budgets.start_of_next_day(now)
    begin = end.astimezone(CHINA).replace(hour=0) - budgets.MINUTE * 1440
    minutes = calendars.default(session).elapsed(begin, end)
    return Usage(reads, writes, budget, budgets.plan(budget, service_minutes=minutes))


def save(
    session: Session,
    row: ChannelAccount | None,
    *,
    name: str,
    settings: dict[str, Any],
    state: str,
    now: datetime,
) -> ChannelAccount:
    """Create or change an account; its settings are checked before they count."""
    _check_name(session, row, name)
    network = settings.get("network")
    if row is None:
        row = ChannelAccount(channel="microblog", created_at=now, failures=0)
        session.add(row)
    if _place(row.settings) != _place(settings):
        row.cursor = None  # it counts the posts to one account of one network
    row.name, row.settings = name, settings
    row.address = str(settings.get("handle") or "")
    row.state = "retired" if network == RETIRED else state
    row.next_try_at, row.failures = None, 0
    row.last_error = row.last_error_code = None
    row.send_error = row.send_error_code = row.send_error_at = None
    session.flush()
    if network in NETWORKS and row.state != "retired" and not settings.get("drop_folder"):
        try:
            blog_account(channel_accounts.of(row))
        except ChannelError as error:
            raise Refusal("wrong_settings", error.sentence) from error
    outgoing_posts.release(session, row, now=now)
    return row


def warn_of_expiry(session: Session, *, now: datetime) -> list[int]:
    """Tell the administrators 7, 3 and 1 days before a token ends; return whose."""
    told = []
    for row in accounts(session):
        ends = token_ends(row)
        if ends is None or row.state in ("retired", "paused"):
            continue
        days = (ends - now.astimezone(CHINA).date()).days
        step = next((step for step in WARNED_BEFORE if days <= step), None)
        if step is not None:
            key = f"token.{row.id}.{ends:%Y%m%d}.{step}"  # each step is told once
            notices.token_ends(session, row.name, ends, key=key, now=now)
            told.append(row.id)
    return told


def token_ends(row: ChannelAccount) -> date | None:
    """Return the day on which an account's token ends, where somebody entered one."""
    try:
        return date.fromisoformat(str(row.settings.get("token_ends") or ""))
    except ValueError:
        return None


def _check_name(session: Session, row: ChannelAccount | None, name: str) -> None:
    if not name:
        raise Refusal("incomplete_microblog", _("Give the account a name."), field="name")
    taken = session.scalar(
        select(ChannelAccount.id).where(
            ChannelAccount.channel == "microblog",
            ChannelAccount.name == name,
            ChannelAccount.id != (row.id if row else -1),
        )
    )
    if taken is not None:
        raise Refusal("name_taken", _("Another account has this name."), field="name")


def _place(settings: dict[str, Any] | None) -> list[Any]:
    return [(settings or {}).get(key) for key in ("network", "uid", "api")]
