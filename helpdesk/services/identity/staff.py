"""The office's people: agents and their groups, changed without locking anybody out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Group, Login
from helpdesk.models.agent import WAYS_TO_ASSIGN
from helpdesk.services.access import Viewer
from helpdesk.services.automations import automations
from helpdesk.services.hours import calendar_list
from helpdesk.services.identity import accounts
from helpdesk.services.promises import policies

ROLES = ("agent", "manager", "admin")
MOST_OPEN = 10_000


def agents(session: Session) -> Sequence[Agent]:
    """Return everybody who works or worked here, those who do first."""
    return session.scalars(
        select(Agent)
        .options(selectinload(Agent.groups))
        .order_by(Agent.active.desc(), Agent.name, Agent.id)
    ).all()


def agent(session: Session, agent_id: int) -> Agent:
    """Return an agent; raise NotFound."""
    found = session.get(Agent, agent_id)
    if found is None:
        raise NotFound("no_agent", _("There is no such agent."))
    return found


def invite(
    session: Session,
    *,
    name: str,
    email: str,
    role: str,
    groups: Collection[int],
    channel_manager: bool = False,
    now: datetime,
) -> Agent:
    """Add an agent and mail them an invitation, which is good for seven days."""
    if role not in ROLES:
        raise Refusal("unknown_role", _("Choose one of the roles offered."), field="role")
    login = accounts.add_login(session, email=email, role=role, name=name, now=now)
    assert login.agent is not None
    login.agent.groups = _groups(session, groups)
    login.agent.channel_manager = channel_manager
    accounts.send_invitation(session, login, now=now)
    return login.agent


def change(
    session: Session,
    agent: Agent,
    *,
    name: str,
    email: str,
    role: str,
    groups: Collection[int],
    channel_manager: bool = False,
    active: bool,
    by: Viewer,
    now: datetime,
) -> None:
    """Change an agent; whoever stops working here is signed out at once. Raises Refusal.

    So is who gets another address: links that were mailed to the one before open nothing,
    and policies that tell them of something, or give it to them, follow the new one.
    """
    if role not in ROLES:
        raise Refusal("unknown_role", _("Choose one of the roles offered."), field="role")
    if agent.id == by.agent_id and not (active and role == agent.role):
        raise Refusal("yourself", _("Ask another administrator to change your own role."))
    login = session.scalars(select(Login).where(Login.agent_id == agent.id)).one()
    before = agent.email
    _set_email(session, agent, login, email.strip().lower())
    if agent.email != before:
        policies.rename_agent(session, before, agent.email, by=by.name, now=now)
    agent.name, agent.role = name.strip()[:100] or agent.name, role
    agent.groups, agent.channel_manager = _groups(session, groups), channel_manager
    if active != agent.active:
        agent.active = login.active = active
        login.epoch += 1
    session.flush()
    if not accounts.has_admin(session):
        raise Refusal("last_admin", _("The desk needs an administrator; make another one first."))


def groups(session: Session) -> Sequence[Group]:
    """Return every group with its members."""
    return session.scalars(
        select(Group).options(selectinload(Group.agents)).order_by(Group.name)
    ).all()


def group(session: Session, group_id: int) -> Group:
    """Return a group; raise NotFound."""
    found = session.get(Group, group_id)
    if found is None:
        raise NotFound("no_group", _("There is no such group."))
    return found


def save_group(
    session: Session,
    group: Group | None,
    *,
    name: str,
    members: Collection[int],
    is_default: bool,
    calendar_id: int | None = None,
    auto_assign: str = "off",
    most_open: int | None = None,
    by: str,
    now: datetime,
) -> Group:
    """Add or change a group; exactly one is the default, which gets what nobody routed.

    Its tickets' promises count in its calendar unless a policy or a region says otherwise.
    ``auto_assign`` and ``most_open``: see ``Group``. Policies and automations that name it
    follow another name. Raises Refusal.
    """
    if auto_assign not in WAYS_TO_ASSIGN:
        raise Refusal("unknown_way", _("Choose one of the ways offered."), field="auto_assign")
    if most_open is not None and not 0 < most_open <= MOST_OPEN:
        raise Refusal(
            "most_open", _("Write a number from 1 to %(n)s.", n=MOST_OPEN), field="most_open"
        )
    calendar_list.check_chosen(session, calendar_id, field="calendar")
    name = name.strip()[:100]
    taken = select(Group.id).where(
        func.lower(Group.name) == name.lower(), Group.id != (group.id if group else 0)
    )
    if session.scalar(taken) is not None:
        raise Conflict("name_taken", _("Another group has this name."), field="name")
    if group is not None and group.is_default and not is_default:
        raise Refusal(
            "one_default", _("One group must be the default; make another one the default.")
        )
    if group is None:
        group = Group(is_default=False)
        session.add(group)
    elif group.name != name:
        policies.rename_group(session, group.name, name, by=by, now=now)
        automations.rename_group(session, group.name, name)
    if is_default:
        for other in session.scalars(select(Group).where(Group.is_default)):
            other.is_default = other is group
    group.name, group.is_default, group.calendar_id = name, is_default, calendar_id
    group.auto_assign, group.most_open = auto_assign, most_open
    group.agents = list(session.scalars(select(Agent).where(Agent.id.in_(members))))
    session.flush()
    return group


def _groups(session: Session, ids: Collection[int]) -> list[Group]:
    return list(session.scalars(select(Group).where(Group.id.in_(ids))))


def _set_email(session: Session, agent: Agent, login: Login, email: str) -> None:
    if email == login.email:
        return
    accounts.check_address(email)
    if session.scalar(select(Login.id).where(Login.email == email)) is not None:
        raise Conflict(
            "email_taken", _("There is an account with this address already."), field="email"
        )
    agent.email = login.email = email
    login.epoch += 1
