"""Who appears in the demo desk: the office, its centers and their people."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.models import Address, Agent, Center, CenterDomain, ChannelAccount, Group, Login
from helpdesk.services.access import SYSTEM, Viewer
from helpdesk.services.certification import center_life
from helpdesk.services.identity import accounts, people

PASSWORD = "helpdesk-demo"  # noqa: S105 - printed with the sign-ins, for trying the desk out
DROP_FOLDER = "outgoing"


@dataclass(frozen=True, slots=True)
class Account:
    """A sign-in of the demo desk."""

    role: str
    email: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class Helper:
    """An agent as the stories need one: who acts, and about what."""

    viewer: Viewer
    topics: tuple[str, ...]
    away: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks: how they are known, and what they fill into the stories."""

    name: str
    handle: Handle
    phone: str | None = None
    center: str = "我校"
    city: str = "本地"

    def handle_on(self, channel: str) -> Handle:
        """Return how this channel knows them: callers by their number, if it is known."""
        if channel == "hotline" and self.phone:
            return Handle("phone", self.phone, self.name)
        return self.handle


@dataclass(slots=True)
class Cast:
    """Everybody, by name, and the accounts that messages come through."""

    mailbox_id: int = 0
    mailbox: str = ""
    website_id: int = 0
    weibo_id: int = 0
    helpers: list[Helper] = field(default_factory=list)
    askers: dict[str, Asker] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    sign_ins: list[Account] = field(default_factory=list)


def engage(session: Session, *, now: datetime) -> Cast:
    """Make the mailbox, the office and the centers as of ``now``."""
    table = tomllib.loads((Path(__file__).parent / "cast.toml").read_text(encoding="utf-8"))
    cast = Cast()
    _channels(session, cast, table, now)
    for row in table["group"]:
        session.add(Group(name=row["name"]))
    session.flush()
    for row in table["agent"]:
        _agent(session, cast, row, now)
    for row in table["center"]:
        _center(session, cast, row, now)
    for row in table["stranger"]:
        cast.askers[row["name"]] = Asker(
            row["name"], Handle(row["kind"], row["value"], row["name"])
        )
    cast.groups = {name: id_ for id_, name in session.execute(select(Group.id, Group.name))}
    return cast


def _channels(session: Session, cast: Cast, table: dict[str, Any], now: datetime) -> None:
    mailbox = ChannelAccount(
        channel="email",
        is_default=True,
        settings={"drop_folder": DROP_FOLDER},
        created_at=now,
        **table["mailbox"],
    )
    session.add(mailbox)
    for row in table["account"]:
        session.add(ChannelAccount(**{"settings": {}, "created_at": now, **row}))
    session.flush()
    website = select(ChannelAccount.id).where(ChannelAccount.channel == "web")
    cast.mailbox_id, cast.mailbox = mailbox.id, mailbox.address
    weibo = select(ChannelAccount.id).where(
        ChannelAccount.channel == "microblog", ChannelAccount.state == "active"
    )
    cast.weibo_id = session.scalars(weibo).one()
    cast.website_id = session.scalars(website.order_by(ChannelAccount.id).limit(1)).one()


def _agent(session: Session, cast: Cast, row: dict[str, Any], now: datetime) -> None:
    login = _login(session, cast, row, row.get("role", "agent"), now)
    agent = login.agent
    assert isinstance(agent, Agent)
    agent.away = row.get("away", False)
    for name in row.get("groups", ()):
        agent.groups.append(session.scalars(select(Group).where(Group.name == name)).one())
    session.flush()
    if agent.role == "agent":
        viewer = Viewer(login.id, agent.role, agent.name, agent.email, agent_id=agent.id)
        cast.helpers.append(Helper(viewer, tuple(row.get("topics", ())), agent.away))


def _center(session: Session, cast: Cast, row: dict[str, Any], now: datetime) -> None:
    plain = {key: row[key] for key in ("code", "name", "name_en", "region", "city")}
    center = Center(state=row.get("state", "authorized"), created_at=now, **plain)
    center.domains = [CenterDomain(domain=row["domain"])]
    session.add(center)
    center_life.enter_as_it_stands(session, center, by=SYSTEM, now=now)
    for contact in row["contacts"]:
        address = f"{contact['mail']}@{row['domain']}"
        handle = Handle("email", address, contact["name"])
        person = people.person_for(
            session, handle, now=now, locale=people.guess_locale(contact["name"])
        )
        person.lead = contact is row["contacts"][0]
        if "phone" in contact:
            person.addresses.append(Address(kind="phone", value=contact["phone"]))
        if contact.get("sign_in"):
            _login(
                session,
                cast,
                {**contact, "email": address, "center": row["code"]},
                "center",
                now,
            )
        cast.askers[contact["name"]] = Asker(
            contact["name"], handle, contact.get("phone"), row["name"], row["city"]
        )
    session.flush()


def _login(session: Session, cast: Cast, row: dict[str, Any], role: str, now: datetime) -> Login:
    login = accounts.add_login(
        session,
        email=row["email"],
        role=role,
        name=row["name"],
        password=PASSWORD,
        center_code=row.get("center"),
        now=now,
    )
    if row.get("sign_in"):
        cast.sign_ins.append(Account(role, login.email, PASSWORD, row["name"]))
    return login
