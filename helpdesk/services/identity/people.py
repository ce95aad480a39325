"""Who somebody is: addresses lead to people, people and domains lead to centers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from channels.message import Handle
from helpdesk.models import Address, Center, CenterDomain, Person
from helpdesk.services.database import memory, waiting_rows
from helpdesk.services.database.among import among

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def find_person(session: Session, handle: Handle) -> Person | None:
    """Return the person known by this address; nobody is known by none."""
    return find_people(session, [handle]).get((handle.kind, handle.value))


def find_people(
    session: Session, handles: Iterable[Handle]
) -> dict[tuple[str, str], Person | None]:
    """Return who is known by each address, as (kind, value)."""
    keys = {(handle.kind, handle.value) for handle in handles if handle.value}

    def find(new: Collection[tuple[str, str]]) -> dict[tuple[str, str], Person]:
        rows = session.scalars(
            select(Address)
            .where(
                Address.kind.in_({kind for kind, _ in new}),
                among(session, Address.value, {value for _, value in new}),
            )
            .options(
                joinedload(Address.person).joinedload(Person.center),
                joinedload(Address.person).selectinload(Person.addresses),
            )
        )
        return {(row.kind, row.value): row.person for row in rows}

    return memory.each(session, "person", keys, find)


def ids_of(session: Session, handles: Iterable[Handle]) -> dict[tuple[str, str], int]:
    """Return the id of who is known by each address, as (kind, value)."""
    keys = {(handle.kind, handle.value) for handle in handles}
    rows = session.execute(
        select(Address.kind, Address.value, Address.person_id).where(
            Address.kind.in_({kind for kind, _ in keys}),
            among(session, Address.value, {value for _, value in keys}),
        )
    )
    return {(kind, value): person for kind, value, person in rows}


def person_for(
    session: Session, handle: Handle, *, now: datetime, locale: str | None = None
) -> Person:
    """Return the person known by this address, making one on first contact.

    A mail domain that a center registered links a new person to that center.
    """
    known = find_person(session, handle)
    if known is not None:
        if not known.name and handle.name:
            known.name = handle.name[:200]
        return known
    center = center_of(session, handle)
    person = waiting_rows.make(
        session,
        Person,
        name=handle.name[:200],
        center=center,
        center_id=center.id if center else None,
        locale=locale,
        created_at=now,
    )
    if handle.value:  # a mail without a sender is still somebody's
        person.addresses.append(Address(kind=handle.kind, value=handle.value[:320]))
    return _added(session, person, handle)


def _added(session: Session, person: Person, handle: Handle) -> Person:
    """Add a new person, unless another worker met the same stranger a moment before."""
    if memory.current(session) is not None:  # the whole batch is tried again then
        memory.note(session, "person", (handle.kind, handle.value), person)
        return waiting_rows.add(session, person)
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
    except IntegrityError:
        known = find_person(session, handle)
        if known is None:
            raise
        return known
    return person


def center_of(session: Session, handle: Handle) -> Center | None:
    """Return the center that registered the address's domain or a parent of it."""
    candidates = _domains(handle)
    known = _registered(session, candidates)
    return next((center for name in candidates if (center := known[name]) is not None), None)


def foresee(session: Session, handles: Sequence[Handle]) -> list[Person]:
    """Ask at once who a batch's writers are and where they belong; return who is known."""
    known = find_people(session, handles)
    _registered(session, {domain for handle in handles for domain in _domains(handle)})
    return [person for person in known.values() if person is not None]


def _domains(handle: Handle) -> list[str]:
    """Return a mail address's domain and its parents, nearest first, top-level ones left out."""
    if handle.kind != "email" or "@" not in handle.value:
        return []
    labels = handle.value.rpartition("@")[2].split(".")
    return [".".join(labels[i:]) for i in range(max(1, len(labels) - 1))]


def _registered(session: Session, domains: Collection[str]) -> dict[str, Center | None]:
    def find(new: Collection[str]) -> dict[str, Center]:
        rows = select(CenterDomain).where(CenterDomain.domain.in_(new))
        found = session.scalars(rows.options(joinedload(CenterDomain.center)))
        return {row.domain: row.center for row in found}

    return memory.each(session, "domain", domains, find)


def guess_locale(text: str) -> str:
    """Return ``zh`` for a text with Chinese in it, else ``en``; nothing written is ``zh``."""
    return "zh" if not text.strip() or _CHINESE.search(text) else "en"
