"""The wallboard: the desk's figures of this moment, and the secret address they are shown at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import NO_PROMISE, Callback, Ticket, WallboardAddress
from helpdesk.models.ticket import ACTIVE
from helpdesk.services import reports
from helpdesk.services.access import WALL, Viewer, require_manager, visible_tickets
from helpdesk.services.hotline import telephone
from helpdesk.services.promises import forecast
from helpdesk.services.promises.forecast import MonthBudget
from helpdesk.services.reports import DueBucket, FirstReplies, Standing
from sla.calendar import Calendar
from sla.rates import Tally


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown: numbers alone, nobody's name and no ticket's words.

    ``today`` and ``month`` are the hotline's calls, ``next_due`` the next deadline ahead.
    """

    standing: Standing
    unassigned: int
    callbacks: int
    on_duty: int
    replies: FirstReplies
    today: Tally
    month: MonthBudget
    percent: int
    due: Sequence[DueBucket]
    next_due: datetime | None
    calendar: Calendar


def figures(session: Session, viewer: Viewer, *, now: datetime) -> Figures:
    """Return the figures of this moment."""
    require_manager(viewer)
    phone = telephone.read(session, now=now)
    month = reports.period("month", phone.calendar, now)
    hand = reports.in_hand(session, viewer, now=now)
    return Figures(
        standing=hand.standing,
        unassigned=hand.held[None].open,
        callbacks=callbacks(session, viewer),
        on_duty=len(forecast.on_duty(session, now=now)),
        replies=reports.first_replies(session, viewer, month, now=now),
        today=phone.total(phone.today, phone.today),
        month=forecast.month_budget(phone, phone.today),
        percent=phone.percent,
        due=hand.due,
        next_due=_next_due(session, viewer, now),
        calendar=phone.calendar,
    )


def callbacks(session: Session, viewer: Viewer) -> int:
    """Count whom the desk still owes a ring back."""
    waiting = select(func.count()).select_from(Callback).join(Callback.ticket)
    found = session.scalar(
        waiting.where(Callback.open, Ticket.status.in_(ACTIVE), visible_tickets(viewer))
    )
    return found or 0


def address_of(session: Session, viewer: Viewer) -> WallboardAddress | None:
    """Return the address, if somebody made one."""
    require_manager(viewer)
    return session.scalar(select(WallboardAddress))


def renew_address(session: Session, viewer: Viewer, *, wanted: bool = True, now: datetime) -> None:
    """Make a new address, or have none; the one before ends at once."""
    require_manager(viewer)
    for old in session.scalars(select(WallboardAddress)):
        session.delete(old)
    session.flush()
    if wanted:
        session.add(
            WallboardAddress(token=token_urlsafe(32), made_at=now, agent_id=viewer.agent_id)
        )


def viewer_at(session: Session, token: str) -> Viewer:
    """Return who looks at a secret address; raise NotFound where there is none."""
    # PostgreSQL takes no NUL in a text, and no token has one
    if not token.isprintable() or session.get(WallboardAddress, token) is None:
        raise NotFound("no_wallboard", _("There is no wallboard at this address."))
    return WALL


def _next_due(session: Session, viewer: Viewer, now: datetime) -> datetime | None:
    ahead = (Ticket.queue_at >= now, Ticket.queue_at < NO_PROMISE)
    return session.scalar(select(func.min(Ticket.queue_at)).where(visible_tickets(viewer), *ahead))
