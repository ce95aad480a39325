"""Renewing what is sealed under older keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Unavailable
from helpdesk.extensions import transaction
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import SealedNumber
from helpdesk.services.personal import sealed
from helpdesk.services.personal.keys import CannotOpen, Ring

BATCH = 500


@dataclass(slots=True)
class Rotation:
    """How many numbers were renewed, and how many could not be opened, by their key."""

    renewed: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


def rotate(*, progress: Callable[[int], None] = lambda _done: None, batch: int = BATCH) -> Rotation:
    """Seal under the first key what an older one holds; stop it anywhere and begin again.

    Each batch is a transaction. Look-ups find a number before, during and after it, as
    long as the older key is configured. Raises Unavailable where there is no key.
    """
    ring = sealed.ring()
    if not ring.ids:
        raise Unavailable("no_personal_key", _("There is no key to seal numbers with."))
    done, last = Rotation(), 0
    while True:
        with transaction() as session:
            rows = _behind(session, ring, after=last, limit=batch)
            for row in rows:
                _renew(row, ring, done)
        if not rows:
            return done
        last = rows[-1].id
        progress(done.renewed)


def _behind(session: Session, ring: Ring, *, after: int, limit: int) -> list[SealedNumber]:
    """Lock rows of older keys: one that is erased meanwhile must not come back."""
    return list(
        session.scalars(
            select(SealedNumber)
            .where(SealedNumber.key_id != ring.ids[0], SealedNumber.id > after)
            .order_by(SealedNumber.id)
            .limit(limit)
            .with_for_update()
        )
    )


def _renew(row: SealedNumber, ring: Ring, done: Rotation) -> None:
    value = sealed.value_of(row)
    assert value is not None
    try:
        renewed = ring.seal(row.kind, ring.open(row.kind, value))
    except CannotOpen:
        done.unreadable[value.key_id] += 1
        return
    row.cipher, row.key_id, row.digest = renewed.cipher, renewed.key_id, renewed.digest
    done.renewed += 1
