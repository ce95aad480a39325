"""Who signs in for a center."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, Login, Person
from helpdesk.services.identity import accounts

PAGE = 200


def contacts(session: Session, *, center_id: int | None = None) -> Sequence[Login]:
    """Return the sign-ins of centers' contacts, by name."""
    statement = (
        select(Login)
        .join(Login.person)
        .options(joinedload(Login.person).joinedload(Person.center))
        .order_by(Login.active.desc(), Person.name, Login.id)
        .limit(PAGE)
    )
    if center_id is not None:
        statement = statement.where(Person.center_id == center_id)
    return session.scalars(statement).all()


def contact(session: Session, login_id: int) -> Login:
    """Return a contact's sign-in; raise NotFound."""
    found = session.get(Login, login_id)
    if found is None or found.person is None:
        raise NotFound("no_contact", _("There is no such contact."))
    return found


def invite(session: Session, *, name: str, email: str, center: str, now: datetime) -> Login:
    """Add a contact of a center and mail them an invitation, which is good for seven days."""
    login = accounts.add_login(
        session, email=email, role="center", name=name, center_code=center, now=now
    )
    accounts.send_invitation(session, login, now=now)
    return login


def change(session: Session, login: Login, *, name: str, center: str, active: bool) -> None:
    """Change a contact; closing the account signs them out at once."""
    person = login.person
    assert person is not None
    chosen = session.scalar(select(Center).where(Center.code == center)) if center else None
    if center and chosen is None:
        raise Refusal("no_center", _("There is no center with this code."), field="center")
    person.name, person.center = name.strip()[:200] or person.name, chosen
    if active != login.active:
        login.active = active
        login.epoch += 1
