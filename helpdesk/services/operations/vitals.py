"""The desk's vital signs at this moment; each costs what is unfinished, not what exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import Inbound, Outbox, Ticket
from helpdesk.models.ticket import ACTIVE
from helpdesk.services.connections import channel_accounts
from helpdesk.services.operations import heartbeats

UNSENT = ("queued", "sending", "dead")


@dataclass(frozen=True, slots=True)
class AccountVitals:
    """One account that is read; ``success_age`` is None until it was read once."""

    channel: str
    name: str
    failing: bool
    failures: int
    success_age: float | None


@dataclass(frozen=True, slots=True)
class Vitals:
    """Depths are numbers of rows, ages are seconds; None where there is nothing to be old."""

    pending: int
    pending_age: float | None
    quarantined: int
    outbox: dict[str, int]
    outbox_age: float | None
    workers: int
    heartbeat_age: float | None
    accounts: tuple[AccountVitals, ...]


def vitals(session: Session, *, now: datetime) -> Vitals:
    """Look at everything that is unfinished."""
    oldest_pending = session.scalar(
        select(Inbound.stored_at).where(Inbound.state == "pending").order_by(Inbound.id).limit(1)
    )
    oldest_unsent = session.scalar(
        select(func.min(Outbox.created_at)).where(Outbox.state.in_(("queued", "sending")))
    )
    return Vitals(
        pending=_depth(session, "pending"),
        pending_age=_age(oldest_pending, now),
        quarantined=_depth(session, "quarantined"),
        outbox=_outbox(session),
        outbox_age=_age(oldest_unsent, now),
        workers=len(heartbeats.alive(session, now=now)),
        heartbeat_age=_age(heartbeats.last(session), now),
        accounts=tuple(_accounts(session, now)),
    )


def tickets_by_state(session: Session, *, active: bool) -> dict[tuple[str, str], int]:
    """Count tickets by (channel, status), either those in hand or all that are over."""
    chosen = Ticket.status.in_(ACTIVE) if active else Ticket.status.not_in(ACTIVE)
    rows = session.execute(
        select(Ticket.channel, Ticket.status, func.count())
        .where(chosen)
        .group_by(Ticket.channel, Ticket.status)
    )
    return {(channel, status): number for channel, status, number in rows}


def _depth(session: Session, state: str) -> int:
    statement = select(func.count()).select_from(Inbound).where(Inbound.state == state)
    return session.scalar(statement) or 0


def _outbox(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Outbox.state, func.count()).where(Outbox.state.in_(UNSENT)).group_by(Outbox.state)
    )
    return dict.fromkeys(UNSENT, 0) | {row[0]: row[1] for row in rows}


def _accounts(session: Session, now: datetime) -> list[AccountVitals]:
    return [
        AccountVitals(
            row.channel,
            row.name,
            row.state == "failing",
            row.failures,
            _age(row.last_success_at, now),
        )
        for row in channel_accounts.polled(session)
    ]


def _age(at: datetime | None, now: datetime) -> float | None:
    return max(0.0, (now - at).total_seconds()) if at is not None else None
