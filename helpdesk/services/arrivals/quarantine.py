"""What channels brought and the desk did not let in: to look at, and to try again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import Conflict, NotFound
from helpdesk.extensions import transaction
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Inbound
from helpdesk.services.arrivals import intake
from helpdesk.services.arrivals.intake import Outcome

STATES = ("quarantined", "suppressed")
PAGE = 50


def listing(session: Session, state: str, *, before: int | None = None) -> Sequence[Inbound]:
    """Return up to one more than a page of items in a state, newest first."""
    statement = (
        select(Inbound)
        .where(Inbound.state == state)
        .options(joinedload(Inbound.account))
        .order_by(Inbound.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(Inbound.id < before)
    return session.scalars(statement).all()


def count(session: Session, *, cap: int) -> int:
    """Count what is in quarantine, no further than one beyond the cap."""
    rows = select(Inbound.id).where(Inbound.state == "quarantined").limit(cap + 1).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


def item(session: Session, inbound_id: int) -> Inbound:
    """Return an item that was not let in; raise NotFound for every other."""
    found = session.get(Inbound, inbound_id)
    if found is None or found.state not in STATES:
        raise NotFound("not_quarantined", lazy_gettext("This item is not in quarantine any more."))
    return found


def try_again(inbound_id: int, *, now: datetime) -> Outcome | None:
    """Understand an item again; None when another process took it."""
    with transaction() as session:
        item(session, inbound_id)
        intake.retry(session, inbound_id)
    return next(iter(intake.process([inbound_id], now=now)), None)


def set_aside(session: Session, inbound_id: int) -> None:
    """Leave out what nobody can mend: it is kept, and waits for nobody any more."""
    item(session, inbound_id)
    moved = session.execute(
        update(Inbound)
        .where(Inbound.id == inbound_id, Inbound.state == "quarantined")
        .values(state="suppressed")
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("already_moved", lazy_gettext("Somebody else has dealt with it meanwhile."))
