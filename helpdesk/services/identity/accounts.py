"""Signing in: accounts, passwords, and the links by mail on which they are chosen.

Argon2 takes its time on purpose. SQLite has one writer, so nothing here that hashes or compares
runs while others wait for it: ``hashed`` and ``proved`` come before the transaction, and what
is written in it holds only if the account is still as it was then.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NewType

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.extensions import reading
from helpdesk.i18n import gettext, lazy_gettext, speaking
from helpdesk.models import Agent, Center, Group, Login, Person
from helpdesk.runtime import current_config
from helpdesk.services.identity import people
from helpdesk.services.sending import outgoing

if TYPE_CHECKING:
    from argon2 import PasswordHasher

ROLES = ("agent", "manager", "admin", "center")
SHORTEST_PASSWORD = 8
RESET_SALT = "password-reset"
RESET_LIFETIME = timedelta(hours=2)
INVITATION_SALT = "invitation"
INVITATION_LIFETIME = timedelta(days=7)
"""Who is invited does not wait at their mail for it; a link of theirs opens nothing yet."""
FIRST_ADMIN_SALT = "first-administrator"
FIRST_ADMIN_LIFETIME = timedelta(days=7)
SIGN_IN_WINDOW = timedelta(minutes=15)
SIGN_INS_PER_ADDRESS = 10
SIGN_INS_PER_PLACE = 50
Hashed = NewType("Hashed", str)
"""A password as it is kept."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody knew the password of an account that was kept as ``known``.

    ``renewed`` is how it is to be kept from now on, where that was weaker than today's rules.
    """

    login_id: int
    known: str
    renewed: Hashed | None = None


def add_login(
    session: Session,
    *,
    email: str,
    role: str,
    now: datetime,
    name: str = "",
    password: str | None = None,
    center_code: str | None = None,
) -> Login:
    """Create an account; raise Refusal naming what is wrong.

    Without a password the person sets one by the reset link. Where others wait for this
    transaction, ``hashed`` and ``set_password`` spare them the hashing.
    """
    email = email.strip().lower()
    check_address(email)
    if role not in ROLES:
        raise Refusal("unknown_role", lazy_gettext("Choose one of the roles offered."))
    if session.scalar(select(Login.id).where(Login.email == email)) is not None:
        raise Conflict(
            "email_taken",
            lazy_gettext("There is an account with this address already."),
            field="email",
        )
    login = Login(email=email, active=True, epoch=1, created_at=now)
    if role == "center":
        login.person = _contact(session, email, name, center_code, now=now)
    else:
        login.agent = _agent(session, email, name, role, now=now)
    if password is not None:
        set_password(login, hashed(password))
    session.add(login)
    session.flush()
    return login


def check_address(email: str) -> None:
    """Raise Refusal for what is no mail address."""
    name, at, domain = email.partition("@")
    broken = not (name and at and domain) or "@" in domain
    if broken or any(c.isspace() or not c.isprintable() for c in email):
        raise Refusal(
            "bad_email",
            lazy_gettext("Write a mail address like name@example.cn."),
            field="email",
        )


def hashed(password: str) -> Hashed:
    """Return a new password as it is kept; raise Refusal for one that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(
            "short_password",
            lazy_gettext("Use at least %(n)s characters.", n=SHORTEST_PASSWORD),
            field="password",
        )
    return Hashed(_hasher().hash(password))


def set_password(login: Login, password: Hashed) -> None:
    """Set a password and sign everybody out who used the old one."""
    login.password_hash = password
    login.epoch = (login.epoch or 0) + 1


def check_same(password: str, again: str) -> None:
    """Raise Refusal unless a new password was typed the same way twice."""
    if password != again:
        raise Refusal("passwords_differ", lazy_gettext("The two are not the same."), field="again")


def proved(email: str, password: str) -> Proof:
    """Return the proof that somebody knows an account's password; raise Refusal otherwise.

    To be called before the transaction; its look at the database holds no lock.
    """
    with reading() as session:
        found = session.execute(
            select(Login.id, Login.password_hash).where(Login.email == email.strip().lower())
        ).one_or_none()
    # A stranger costs the same time as a wrong password, so that nobody can probe addresses.
    known = found.password_hash if found and found.password_hash else _dummy_hash()
    right = _verify(known, password)
    if found is None or found.password_hash is None or not right:
        raise _wrong_sign_in()
    weak = _hasher().check_needs_rehash(known)
    return Proof(found.id, known, Hashed(_hasher().hash(password)) if weak else None)


def sign_in(session: Session, proof: Proof, *, now: datetime) -> Login:
    """Return the account; raise Refusal, telling no more, once it was closed or changed."""
    login = session.get(Login, proof.login_id)
    closed = login is None or not (login.active and (not login.agent or login.agent.active))
    if login is None or closed or login.password_hash != proof.known:
        raise _wrong_sign_in()
    if proof.renewed is not None:
        login.password_hash = proof.renewed
    login.last_sign_in_at = now
    return login


def _wrong_sign_in() -> Refusal:
    return Refusal("wrong_sign_in", lazy_gettext("The address or the password is wrong."))


def send_link(session: Session, email: str, *, now: datetime) -> None:
    """Mail somebody a link to set a password, for an administrator who asks on their behalf.

    Who never chose one is invited once more: they may read their mail days later.
    """
    login = session.scalars(select(Login).where(Login.email == email)).one()
    if login.password_hash is None and login.active:
        send_invitation(session, login, now=now)
    else:
        send_reset(session, email, now=now)


def send_reset(session: Session, email: str, *, now: datetime) -> None:
    """Mail a link that sets a new password; an unknown address gets nothing and no hint."""
    login = session.scalar(select(Login).where(Login.email == email.strip().lower()))
    if login is None or not login.active:
        return
    token = _serializer(RESET_SALT).dumps({"login": login.id, "epoch": login.epoch})
    with speaking(login.locale or current_config().locale):
        outgoing.queue_notice(
            session,
            login.email,
            subject=gettext("Set a new password"),
            text="\n".join(
                [
                    gettext("Open this link within two hours to set a new password:"),
                    "",
                    f"{current_config().base_url}/password/{token}",
                    "",
                    gettext("If you did not ask for it, do nothing: your password stays."),
                ]
            ),
            kind="account",
            now=now,
        )


def send_invitation(session: Session, login: Login, *, now: datetime) -> None:
    """Mail somebody new a link on which they choose a password, and say how long it is good."""
    token = _serializer(INVITATION_SALT).dumps({"login": login.id, "epoch": login.epoch})
    config = current_config()
    center = login.person.center if login.person else None
    with speaking(login.locale or config.locale):
        invited = (
            gettext(
                "You are invited to look after %(center)s in the portal of %(office)s.",
                center=center.name,
                office=config.office_name,
            )
            if center is not None
            else gettext("You are invited to work with %(office)s.", office=config.office_name)
        )
        outgoing.queue_notice(
            session,
            login.email,
            subject=gettext("Your invitation to %(site)s", site=config.site_name),
            text="\n".join(
                [
                    invited,
                    gettext("Open this link within seven days to choose a password:"),
                    "",
                    f"{config.base_url}/password/{token}",
                    "",
                    gettext(
                        "You sign in with the address that this mail came to. If the link is"
                        " too old, ask for another one here:"
                    ),
                    f"{config.base_url}/password/forgotten",
                ]
            ),
            kind="account",
            now=now,
        )


def login_for_reset(session: Session, token: str) -> Login:
    """Return whose link to set a password this is, mailed for a reset or as an invitation.

    Raises NotFound once it was used or is too old.
    """
    gone = NotFound(
        "link_gone", lazy_gettext("This link was used or is too old. Ask for a new one.")
    )
    data = _told_by(token, RESET_SALT, RESET_LIFETIME) or _told_by(
        token, INVITATION_SALT, INVITATION_LIFETIME
    )
    login = session.get(Login, data["login"]) if data else None
    if data is None or login is None or login.epoch != data["epoch"] or not login.active:
        raise gone
    return login


def _told_by(token: str, salt: str, lifetime: timedelta) -> Any:
    """Return what a token of ours says; None once it is too old, or where it is none."""
    try:
        return _serializer(salt).loads(token, max_age=int(lifetime.total_seconds()))
    except BadSignature:  # which an old one is as well
        return None


def first_admin_token() -> str:
    """Return the token of the link on which the first administrator is made."""
    return str(_serializer(FIRST_ADMIN_SALT).dumps("first"))


def check_first_admin_token(session: Session, token: str) -> None:
    """Raise NotFound unless the link is genuine and nobody has used it."""
    told = _told_by(token, FIRST_ADMIN_SALT, FIRST_ADMIN_LIFETIME)
    if told is None or has_admin(session):
        raise NotFound("link_gone", lazy_gettext("This link was used or is too old."))


def has_admin(session: Session) -> bool:
    """Say whether anybody can administer the desk."""
    return (
        session.scalar(select(Agent.id).where(Agent.role == "admin", Agent.active).limit(1))
        is not None
    )


def _contact(
    session: Session, email: str, name: str, center_code: str | None, *, now: datetime
) -> Person:
    center = _center(session, center_code)
    person = people.person_for(session, Handle("email", email, name), now=now)
    person.name = name.strip()[:200] or person.name
    person.center = center or person.center
    return person


def _agent(session: Session, email: str, name: str, role: str, *, now: datetime) -> Agent:
    return Agent(
        name=name.strip()[:100] or email.partition("@")[0],
        email=email,
        role=role,
        active=True,
        created_at=now,
        groups=list(session.scalars(select(Group).where(Group.is_default))),
    )


def _center(session: Session, code: str | None) -> Center | None:
    if not code:
        return None
    center = session.scalar(select(Center).where(Center.code == code))
    if center is None:
        raise NotFound(
            "no_center", lazy_gettext("There is no center with the code %(code)s.", code=code)
        )
    return center


def _verify(known: str, password: str) -> bool:
    from argon2.exceptions import VerificationError  # noqa: PLC0415

    try:
        return _hasher().verify(known, password)
    except VerificationError:
        return False


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher as Hasher  # noqa: PLC0415 - only who signs in pays for it

    # https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    return Hasher(time_cost=2, memory_cost=19_456, parallelism=1)


@functools.cache
def _dummy_hash() -> str:
    return _hasher().hash("nobody's password")


def _serializer(salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_config().secret_key, salt=salt)
