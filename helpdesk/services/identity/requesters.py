"""Who an agent speaks for: found by what a caller says, or met for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from channels.hotline.numbers import phone_number
from channels.message import Handle
from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Address, Center, Person
from helpdesk.services.arrivals import web_forms
from helpdesk.services.identity import people
from helpdesk.services.sending import outgoing

MOST = 8
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom an agent names: somebody known, or a name and ways to reach them.

    A number or mail address that a known person did not have yet is added to them.
    """

    person_id: int | None = None
    name: str = ""
    phone: str = ""
    email: str = ""


def find(session: Session, text: str, *, limit: int = MOST) -> Sequence[Person]:
    """Return people whose name, number, mail address or center holds the text."""
    wanted = " ".join(text.split())
    if not wanted:
        return ()
    statement = (
        select(Person)
        .outerjoin(Person.center)
        .where(or_(*_conditions(wanted)))
        .options(selectinload(Person.addresses), joinedload(Person.center))
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    return session.scalars(statement).unique().all()


def person_for(session: Session, asker: Asker, *, center: Center | None, now: datetime) -> Person:
    """Return the person meant, made or completed where needed; raise Refusal."""
    handles = _handles(session, asker)
    person = _known(session, asker, handles)
    if person is None:
        if not asker.name.strip() and not handles:
            raise Refusal(
                "no_requester",
                _("Pick who asked, or write a name, a number or a mail address."),
                field="who",
            )
        first = handles[0] if handles else Handle("phone", "", _name(asker))
        person = people.person_for(session, first, now=now)
        person.name = person.name or _name(asker)
    for handle in handles:
        _add_address(session, person, handle)
    if person.center is None and center is not None:
        person.center = center
    session.flush()
    return person


def guess(text: str) -> Asker:
    """Return somebody new from what was typed into the search: a number, a mail, or a name."""
    try:
        return Asker(phone=phone_number(text))
    except ValueError:
        return Asker(email=text.strip()) if "@" in text else Asker(name=text.strip())


def _conditions(wanted: str) -> list[ColumnElement[bool]]:
    columns = (Person.name, Center.name, Center.code)
    found = [column.icontains(wanted, autoescape=True) for column in columns]
    found.append(Person.addresses.any(Address.value.icontains(wanted, autoescape=True)))
    with suppress(ValueError):  # a number written with blanks or a country code
        found.append(Person.addresses.any(Address.value == phone_number(wanted)))
    return found


def _handles(session: Session, asker: Asker) -> list[Handle]:
    found = []
    if asker.phone.strip():
        found.append(Handle("phone", _phone(asker.phone), _name(asker)))
    if asker.email.strip():
        found.append(_email(session, asker))
    return found


def _phone(text: str) -> str:
    try:
        return phone_number(text)
    except ValueError:
        raise Refusal(
            "bad_phone",
            _("Write a telephone number like 13800138000, 010-62001234 or 400-810-1234."),
            field="phone",
        ) from None


def _email(session: Session, asker: Asker) -> Handle:
    """Return a mail address that can be written to; the desk's own mailboxes ask nothing."""
    handle = web_forms.visitor_handle(asker.name, asker.email)
    if not outgoing.can_write_to(session, handle.value):
        raise Refusal("own_address", _("This is one of the desk's own mailboxes."), field="email")
    return handle


def _name(asker: Asker) -> str:
    return " ".join(asker.name.split())[:LONGEST_NAME]


def _known(session: Session, asker: Asker, handles: Sequence[Handle]) -> Person | None:
    """Return the person who was picked, or whose number or mail address was written."""
    if asker.person_id is not None:
        person = session.get(Person, asker.person_id)
        if person is None:
            raise Refusal("no_person", _("Pick one of the people found."), field="who")
        return person
    return next((p for h in handles if (p := people.find_person(session, h))), None)


def _add_address(session: Session, person: Person, handle: Handle) -> None:
    """Let the person be known by a number or mail address; it may be nobody else's."""
    owner = people.find_person(session, handle)
    if owner is None:
        person.addresses.append(Address(kind=handle.kind, value=handle.value))
        session.flush()
    elif owner is not person:
        raise Conflict(
            "somebody_elses",
            _("%(address)s belongs to %(name)s.", address=handle.value, name=owner.display_name),
            field=handle.kind,
        )
