"""How the ways in are: read lately, failing, or with something stuck in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import ChannelAccount, Inbound
from helpdesk.services.access import Viewer, require_manager


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One account: what is stored but not understood yet, and what lies in quarantine.

    ``lag`` is how long the oldest stored item has waited to become a message.
    """

    account: ChannelAccount
    pending: int
    quarantined: int
    lag: timedelta | None


def channel_health(session: Session, viewer: Viewer, *, now: datetime) -> list[ChannelHealth]:
    """Return every account, retired ones last."""
    require_manager(viewer)
    counts = {
        (account_id, state): (number, oldest)
        for account_id, state, number, oldest in session.execute(
            select(Inbound.account_id, Inbound.state, func.count(), func.min(Inbound.stored_at))
            .where(Inbound.state.in_(("pending", "quarantined")))
            .group_by(Inbound.account_id, Inbound.state)
        )
    }
    accounts = session.scalars(
        select(ChannelAccount).order_by(
            ChannelAccount.state == "retired", ChannelAccount.channel, ChannelAccount.id
        )
    )
    health = []
    for account in accounts:
        pending, oldest = counts.get((account.id, "pending"), (0, None))
        quarantined, _ = counts.get((account.id, "quarantined"), (0, None))
        lag = now - oldest if oldest is not None else None
        health.append(ChannelHealth(account, pending, quarantined, lag))
    return health
