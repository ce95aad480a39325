"""Whether every key is at hand that a sealed number needs, and what to do where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import SealedNumber
from helpdesk.runtime import current_config
from helpdesk.services.personal import sealed
from helpdesk.services.personal.keys import CannotOpen, Ring

KEPT_IN = "personal_keys"
_SETTING = "HELPDESK_PERSONAL_KEYS or HELPDESK_PERSONAL_KEYS_FILE"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class KeyState:
    """What one key holds; ``unreadable`` are numbers that do not open under it."""

    key_id: str
    place: Literal["first", "older", "missing"]
    numbers: int
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an operator is to do; what is not ``wrong`` can wait."""

    wrong: bool
    sentence: str


def states(session: Session, *, whole: bool = False) -> list[KeyState]:
    """Return every key that is configured or needed; ``whole`` opens every number."""
    ring = sealed.ring()
    counted = (
        select(SealedNumber.key_id, func.count())
        .where(SealedNumber.key_id.is_not(None))
        .group_by(SealedNumber.key_id)
    )
    held = {str(key): number for key, number in session.execute(counted)}
    broken = _unreadable(session, ring) if whole else Counter[str]()
    return [
        KeyState(name, _place(name, ring), held.get(name, 0), broken[name])
        for name in [*ring.ids, *sorted(set(held) - set(ring.ids))]
    ]


def troubles(session: Session, *, whole: bool = False) -> Iterator[Trouble]:
    """Yield what is to be done about the keys; nothing where all is well."""
    found = states(session, whole=whole)
    if not sealed.ring().ids:
        yield Trouble(True, f"there is no key to seal numbers with; set {_SETTING}")
    for state in found:
        sentence = _sentence(state)
        if sentence:
            yield Trouble(state.place == "missing" or state.unreadable > 0, sentence)
    kept = current_config().data / KEPT_IN
    if kept.exists() and kept.stat().st_mode & 0o077:
        yield Trouble(True, f"others can read {kept}; run: chmod 600 {kept}")


def _place(name: str, ring: Ring) -> Literal["first", "older", "missing"]:
    if name not in ring.ids:
        return "missing"
    return "first" if name == ring.ids[0] else "older"


def _sentence(state: KeyState) -> str:
    number, key = state.numbers, state.key_id
    if state.place == "missing":
        return (
            f"{number} sealed numbers need the key {key}, which is not here and cannot be made "
            f"again; put it back into {_SETTING}"
        )
    if state.unreadable:
        return (
            f"{state.unreadable} sealed numbers do not open under their key {key}: they were "
            "changed in the database; restore them from a backup"
        )
    if state.place == "first":
        return ""
    if number:
        return f"{number} numbers are under the older key {key}; run: helpdesk personal rotate"
    return f"the older key {key} holds nothing any more; take it out of {_SETTING}"


def _unreadable(session: Session, ring: Ring) -> Counter[str]:
    """Open every number whose key is here."""
    found: Counter[str] = Counter()
    rows = session.scalars(
        select(SealedNumber).where(SealedNumber.key_id.in_(ring.ids)).order_by(SealedNumber.id),
        execution_options={"yield_per": _BATCH},
    )
    for row in rows:
        if not _opens(row, ring):
            found[str(row.key_id)] += 1
    return found


def _opens(row: SealedNumber, ring: Ring) -> bool:
    value = sealed.value_of(row)
    assert value is not None
    try:
        return value.digest in ring.digests(row.kind, ring.open(row.kind, value))
    except CannotOpen:
        return False
