"""Numbers of people as they are kept: sealed, found by a keyed hash, shown with a reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.identity import hide
from helpdesk.errors import NotFound, Refusal, Unavailable
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import PersonalAccess, SealedNumber
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.services.access import SYSTEM, Actor, Viewer
from helpdesk.services.personal import keys, numbers
from helpdesk.services.personal.keys import CannotOpen, Ring, Value

LEAST_REASON = 4
LONGEST_REASON = 500
_MASKS: dict[str, Callable[[str], str]] = {
    "id_number": numbers.mask_id,
    "phone": numbers.mask_phone,
}


def seal(session: Session, number: str, *, now: datetime, kind: str = "id_number") -> SealedNumber:
    """Keep a number and return its row, whose id is known. Raises Refusal, Unavailable.

    The number is checked here too, so that nothing is kept that a form let through. Each
    call makes a row of its own, because each is erased when its own time is up.
    """
    number = _checked(kind, number, now=now)
    try:
        value = ring().seal(kind, number)
    except CannotOpen:
        raise Unavailable(
            "no_personal_key",
            _("ID numbers cannot be kept now. Please try again later."),
        ) from None
    row = SealedNumber(
        kind=kind,
        cipher=value.cipher,
        key_id=value.key_id,
        digest=value.digest,
        masked=_MASKS[kind](number),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, number: str, *, kind: str = "id_number") -> Sequence[SealedNumber]:
    """Return the rows that hold a number, oldest first. Raises Refusal where it is none."""
    digests = ring().digests(kind, _checked(kind, number))
    return session.scalars(
        select(SealedNumber).where(SealedNumber.digest.in_(digests)).order_by(SealedNumber.id)
    ).all()


def masked(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Return what may be shown of numbers, by id; empty for an erased one."""
    rows = session.scalars(select(SealedNumber).where(SealedNumber.id.in_(ids))) if ids else ()
    return {row.id: row.masked for row in rows}


def masked_by_name(
    session: Session, values: Mapping[str, Any], names: Collection[str]
) -> dict[str, str]:
    """Return what may be shown of the numbers that a form holds under these names."""
    ids = {name: values[name]["sealed"] for name in names if values.get(name)}
    found = masked(session, list(ids.values()))
    return {name: found.get(number, "") for name, number in ids.items()}


def reveal(
    session: Session,
    viewer: Viewer,
    sealed_id: int,
    *,
    center_id: int | None,
    reason: str,
    now: datetime,
    subject: str = "",
) -> str:
    """Return a number to somebody who may see it and says why; the log keeps both.

    Show it only after the transaction has committed. ``center_id`` and ``subject`` say
    whose it is and come from the page that offered it, never from what was typed. Raises
    Forbidden, NotFound, Refusal and Unavailable, and then shows and logs nothing.
    """
    access.require_channel_manager(viewer)
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise Refusal(
            "no_reason", _("Say in a few words what you need the number for."), field="reason"
        )
    if len(reason) > LONGEST_REASON:
        raise Refusal("long_reason", _("Say it in 500 characters at most."), field="reason")
    number = _opened(session.get(SealedNumber, sealed_id))
    session.add(
        PersonalAccess(
            at=now,
            agent_id=viewer.agent_id,
            by=viewer.name,
            sealed_id=sealed_id,
            center_id=center_id,
            what="revealed",
            subject=subject,
            reason=hide(reason).replace(number, "…"),
        )
    )
    session.flush()
    return number


def erase(
    session: Session,
    ids: Collection[int],
    *,
    now: datetime,
    by: Actor = SYSTEM,
    center_id: int | None = None,
    subject: str = "",
    reason: str = "",
) -> int:
    """Destroy numbers for good and log that it happened; return how many there were."""
    erased = session.scalars(
        update(SealedNumber)
        .where(SealedNumber.id.in_(ids), SealedNumber.erased_at.is_(None))
        .values(cipher=None, key_id=None, digest=None, masked="", erased_at=now)
        .returning(SealedNumber.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    session.add_all(
        PersonalAccess(
            at=now,
            agent_id=by.agent_id,
            by=by.name,
            sealed_id=number,
            center_id=center_id,
            what="erased",
            subject=subject,
            reason=reason[:LONGEST_REASON],
        )
        for number in sorted(erased)
    )
    session.flush()
    return len(erased)


def ring() -> Ring:
    """Return the keys that this desk is configured with."""
    return keys.ring(current_config().personal_keys)


def value_of(row: SealedNumber) -> Value | None:
    """Return what a row holds; None once it is erased."""
    if row.cipher is None or row.key_id is None or row.digest is None:
        return None
    return Value(row.cipher, row.key_id, row.digest)


def _checked(kind: str, number: str, *, now: datetime | None = None) -> str:
    if kind == "phone":
        return numbers.phone(number)
    today = now.astimezone(current_config().zone).date() if now else None
    return numbers.id_number(number, today=today)


def _opened(row: SealedNumber | None) -> str:
    if row is None:
        raise NotFound("no_number", _("There is no such number."))
    value = value_of(row)
    if value is None:
        raise NotFound("erased", _("This number was erased when its time was up."))
    try:
        return ring().open(row.kind, value)
    except CannotOpen:
        raise Unavailable(
            "cannot_be_shown",
            _("This number cannot be shown now: its key is not here. Tell an administrator."),
        ) from None
