"""How every account of every channel fares, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import ChannelAccount, Inbound
from helpdesk.services.access import Viewer, require_admin


@dataclass(frozen=True, slots=True)
class Health:
    """One account; ``lag_seconds`` is the age of what it brought and nobody understood yet."""

    account: ChannelAccount
    pending: int
    quarantined: int
    lag_seconds: float | None


def of_all(session: Session, viewer: Viewer, *, now: datetime) -> list[Health]:
    """Return every account, those in trouble first."""
    require_admin(viewer)
    unfinished = {
        (row.account_id, row.state): row
        for row in session.execute(
            select(
                Inbound.account_id,
                Inbound.state,
                func.count().label("number"),
                func.min(Inbound.stored_at).label("oldest"),
            )
            .where(Inbound.state.in_(("pending", "quarantined")))
            .group_by(Inbound.account_id, Inbound.state)
        )
    }
    accounts = session.scalars(
        select(ChannelAccount).order_by(ChannelAccount.channel, ChannelAccount.name)
    )
    found = []
    for account in accounts:
        pending = unfinished.get((account.id, "pending"))
        stuck = unfinished.get((account.id, "quarantined"))
        found.append(
            Health(
                account,
                pending.number if pending else 0,
                stuck.number if stuck else 0,
                max(0.0, (now - pending.oldest).total_seconds()) if pending else None,
            )
        )
    return sorted(found, key=lambda health: _trouble(health.account))


def _trouble(account: ChannelAccount) -> int:
    if account.state == "failing" or account.send_error is not None:
        return 0
    return 2 if account.state == "retired" else 1
