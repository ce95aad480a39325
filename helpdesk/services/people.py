"""Who somebody is: addresses lead to people, people and domains lead to centers."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.models import Address, Center, CenterDomain, Person

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def find_person(session: Session, handle: Handle) -> Person | None:
    """Return the person known by this address; nobody is known by none."""
    if not handle.value:
        return None
    return session.scalar(
        select(Person)
        .join(Person.addresses)
        .where(Address.kind == handle.kind, Address.value == handle.value)
    )


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
    person = Person(
        name=handle.name[:200], center=center_of(session, handle), locale=locale, created_at=now
    )
    if handle.value:  # a mail without a sender is still somebody's
        person.addresses.append(Address(kind=handle.kind, value=handle.value[:320]))
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
    except IntegrityError:  # another worker met the same stranger a moment before
        known = find_person(session, handle)
        if known is None:
            raise
        return known
    return person


def center_of(session: Session, handle: Handle) -> Center | None:
    """Return the center that registered the address's domain or a parent of it."""
    if handle.kind != "email" or "@" not in handle.value:
        return None
    labels = handle.value.rpartition("@")[2].split(".")
    candidates = [".".join(labels[i:]) for i in range(max(1, len(labels) - 1))]
    rows = session.scalars(select(CenterDomain).where(CenterDomain.domain.in_(candidates))).all()
    nearest = max(rows, key=lambda row: len(row.domain), default=None)
    return nearest.center if nearest else None


def guess_locale(text: str) -> str:
    """Return ``zh`` for a text with Chinese in it, else ``en``; nothing written is ``zh``."""
    return "zh" if not text.strip() or _CHINESE.search(text) else "en"
