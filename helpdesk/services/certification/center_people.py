"""People of a center: its contacts and their lead, its lecturers and its teachers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from channels.message import Handle
from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, Lecturer, Login, Person, Teacher
from helpdesk.services.access import (
    Viewer,
    require_center_editor,
    require_center_role,
    require_writing_center,
)
from helpdesk.services.certification import center_log
from helpdesk.services.identity import contacts
from helpdesk.services.identity.people import find_person

MOST_PEOPLE = 200
T = TypeVar("T", Lecturer, Teacher)


def people(session: Session, center: Center) -> list[tuple[Person, Login | None]]:
    """Return who belongs to a center, the lead first, with their sign-in where they have one."""
    rows = session.execute(
        select(Person, Login)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(Person.center_id == center.id)
        .options(selectinload(Person.addresses))
        .order_by(Person.lead.desc(), Login.id.is_(None), Person.name, Person.id)
        .limit(MOST_PEOPLE)
    )
    return [(person, login) for person, login in rows]


def leads(session: Session, center: Center) -> Sequence[Person]:
    """Return who speaks for a center, by name."""
    return session.scalars(
        select(Person)
        .where(Person.center_id == center.id, Person.lead)
        .options(selectinload(Person.addresses))
        .order_by(Person.name, Person.id)
    ).all()


def invite(
    session: Session,
    viewer: Viewer,
    center: Center,
    *,
    name: str,
    email: str,
    lead: bool,
    now: datetime,
) -> Login:
    """Let somebody sign in for a center; they are mailed a link on which to set a password.

    Only the office moves somebody from one center to another: whoever belongs to a center
    shows it what they ask.
    """
    require_center_role(viewer, center, "center", "office")
    require_writing_center(session, viewer)
    known = find_person(session, Handle("email", email.strip().lower()))
    if not viewer.is_staff and known is not None and known.center_id not in (None, center.id):
        raise Refusal(
            "other_center",
            _("Whoever has this address belongs to another center. Ask the office to invite them."),
            field="email",
        )
    login = contacts.invite(session, name=name, email=email, center=center.code, now=now)
    assert login.person is not None
    data = {"name": login.person.display_name, "lead": lead}
    center_log.record(session, center, "person.invited", now=now, by=viewer.actor, data=data)
    if lead:
        set_lead(session, viewer, center, login.person_id or 0, lead=True, now=now)
    return login


def set_lead(
    session: Session, viewer: Viewer, center: Center, person_id: int, *, lead: bool, now: datetime
) -> None:
    """Say who speaks for a center; there may be several, or for a while nobody."""
    require_center_role(viewer, center, "center", "office")
    require_writing_center(session, viewer)
    person = session.get(Person, person_id)
    if person is None or person.center_id != center.id:
        raise NotFound("no_contact", _("There is no such contact."))
    if person.lead != lead:
        person.lead = lead
        data = {"name": person.display_name}
        kind = "person.lead" if lead else "person.no_lead"
        center_log.record(session, center, kind, now=now, by=viewer.actor, data=data)


def close(
    session: Session, viewer: Viewer, center: Center, person_id: int, *, now: datetime
) -> None:
    """End somebody's sign-in for a center; they are signed out at once."""
    require_center_role(viewer, center, "center", "office")
    require_writing_center(session, viewer)
    login = session.scalar(
        select(Login)
        .join(Login.person)
        .where(Login.person_id == person_id, Person.center_id == center.id)
    )
    if login is None or login.person is None:
        raise NotFound("no_contact", _("There is no such contact."))
    if person_id == viewer.person_id:
        raise Refusal("oneself", _("Ask the office to close your own sign-in."))
    if login.active:
        login.active, login.epoch, login.person.lead = False, login.epoch + 1, False
        data = {"name": login.person.display_name}
        center_log.record(session, center, "person.closed", now=now, by=viewer.actor, data=data)


def lecturers(session: Session, center: Center) -> Sequence[Lecturer]:
    """Return a center's lecturers, the senior ones first."""
    return session.scalars(
        select(Lecturer)
        .where(Lecturer.center_id == center.id)
        .order_by(Lecturer.senior.desc(), Lecturer.id)
    ).all()


def teachers(session: Session, center: Center) -> Sequence[Teacher]:
    """Return a center's teachers in the order of its form."""
    return session.scalars(
        select(Teacher)
        .where(Teacher.center_id == center.id)
        .order_by(Teacher.position, Teacher.id)
        .limit(MOST_PEOPLE)
    ).all()


def add_lecturer(
    session: Session,
    viewer: Viewer,
    center: Center,
    *,
    name: str,
    senior: bool,
    certificate_no: str,
    issued_on: date | None,
    valid_to: date | None,
    now: datetime,
) -> Lecturer:
    """Add a lecturer whom the office trained."""
    require_center_editor(viewer)
    if issued_on is not None and valid_to is not None and valid_to <= issued_on:
        raise Refusal("dates", _("It has to end after it begins."), field="valid_to")
    row = Lecturer(
        center_id=center.id,
        name=name.strip(),
        senior=senior,
        certificate_no=certificate_no.strip(),
        issued_on=issued_on,
        valid_to=valid_to,
        created_at=now,
    )
    session.add(row)
    said = {"name": row.name, "certificate_no": row.certificate_no}
    _record(session, center, "lecturer.added", said, viewer=viewer, now=now)
    return row


def add_teacher(
    session: Session,
    viewer: Viewer,
    center: Center,
    *,
    name: str,
    course: str,
    full_time: bool | None,
    years: int | None,
    remarks: str,
    now: datetime,
) -> Teacher:
    """Add a teacher of the center."""
    require_center_editor(viewer)
    last = session.scalar(select(func.max(Teacher.position)).where(Teacher.center_id == center.id))
    row = Teacher(
        center_id=center.id,
        position=(last or 0) + 1,
        name=name.strip(),
        course=course.strip(),
        full_time=full_time,
        years=years,
        remarks=remarks.strip(),
    )
    session.add(row)
    _record(session, center, "teacher.added", {"name": row.name}, viewer=viewer, now=now)
    return row


def remove_lecturer(
    session: Session, viewer: Viewer, center: Center, number: int, *, now: datetime
) -> None:
    """Take a lecturer off the record."""
    require_center_editor(viewer)
    row = _theirs(session.get(Lecturer, number), center)
    _record(session, center, "lecturer.removed", {"name": row.name}, viewer=viewer, now=now)
    session.delete(row)


def remove_teacher(
    session: Session, viewer: Viewer, center: Center, number: int, *, now: datetime
) -> None:
    """Take a teacher off the record."""
    require_center_editor(viewer)
    row = _theirs(session.get(Teacher, number), center)
    _record(session, center, "teacher.removed", {"name": row.name}, viewer=viewer, now=now)
    session.delete(row)


def _theirs(row: T | None, center: Center) -> T:
    if row is None or row.center_id != center.id:
        raise NotFound("no_person", _("There is nobody like that on this record."))
    return row


def _record(
    session: Session,
    center: Center,
    kind: str,
    data: dict[str, Any],
    *,
    viewer: Viewer,
    now: datetime,
) -> None:
    center_log.record(session, center, kind, now=now, by=viewer.actor, data=data)
