"""Word to agents, in the desk and by mail: each occasion once for each agent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from helpdesk.models import (
    Agent,
    Center,
    Group,
    Login,
    Message,
    Notification,
    Outbox,
    ServiceCalendar,
    Ticket,
)
from helpdesk.runtime import current_config
from helpdesk.services.database import memory
from helpdesk.services.database.rows import AnyTicket
from helpdesk.services.hours import calendars
from helpdesk.services.sending import outgoing
from sla.calendar import NeverOpens


@dataclass(frozen=True, slots=True)
class Occasion:
    """What somebody is told about, on a ticket or a center; ``key``: it is told once."""

    kind: str
    key: str
    ticket: Ticket | None
    text: str
    center: Center | None = None


def assigned(session: Session, ticket: Ticket, *, now: datetime, by_agent: int | None) -> None:
    """Tell an agent in the desk that somebody else gave them a ticket."""
    agent = ticket.assignee
    if agent is None or agent.id == by_agent:
        return
    _notify(session, agent, _assignment(ticket, now), now)


def auto_assigned(session: Session, tickets: Iterable[Ticket], *, now: datetime) -> None:
    """Tell the assignees of many tickets the same, which a group has just given to them."""
    told = {(ticket.assignee_id, _assignment(ticket, now).key): ticket for ticket in tickets}
    known = session.execute(
        select(Notification.agent_id, Notification.occasion).where(
            Notification.agent_id.in_({agent for agent, _ in told}),
            Notification.occasion.in_({key for _, key in told}),
        )
    )
    before = {(agent, key) for agent, key in known}
    session.add_all(
        _notification(agent_id, _assignment(ticket, now), now)
        for (agent_id, key), ticket in told.items()
        if agent_id is not None and (agent_id, key) not in before
    )


def answered(session: Session, ticket: Ticket, message: Message, *, now: datetime) -> None:
    """Tell the assignee in the desk that the requester wrote again."""
    if ticket.assignee is not None and ticket.assignee.active:
        occasion = Occasion("answer", f"answer.{message.id}", ticket, ticket.subject)
        _notify(session, ticket.assignee, occasion, now)


def merged(session: Session, source: Ticket, target: Ticket, *, now: datetime) -> None:
    """Tell the assignee in the desk that another ticket went into theirs."""
    if target.assignee is not None and target.assignee.active:
        occasion = Occasion("merged", f"merged.{source.id}", target, source.subject)
        _notify(session, target.assignee, occasion, now)


def delivery_failed(session: Session, message: Message, *, now: datetime) -> None:
    """Tell who wrote a reply, and the managers, that it did not arrive."""
    people = {agent.id: agent for agent in managers(session)}
    for agent in (message.agent, message.ticket.assignee):
        if agent is not None and agent.active:
            people[agent.id] = agent
    occasion = Occasion(
        "delivery", f"delivery.{message.id}", message.ticket, message.delivery_error or ""
    )
    for agent in people.values():
        _notify(session, agent, occasion, now)


def mail_given_up(session: Session, outbox: Outbox, *, now: datetime) -> None:
    """Tell the administrators that a mail of the desk itself could not be sent."""
    for agent in managers(session):
        if agent.role == "admin":
            _notify(
                session,
                agent,
                Occasion(
                    "delivery",
                    f"outbox.{outbox.id}",
                    outbox.ticket,
                    f"{outbox.subject}: {outbox.last_error or ''}",
                ),
                now,
            )


def year_unknown(
    session: Session, year: int, calendar: ServiceCalendar, *, today: date, now: datetime
) -> None:
    """Tell the administrators that a calendar lacks a year's days off; once a local day."""
    whose = "" if calendar.is_default else f".{calendar.id}"
    text = str(year) if calendar.is_default else f"{year} · {calendar.name}"
    for agent in managers(session):
        if agent.role == "admin":
            occasion = Occasion("calendar", f"year.{year}{whose}.{today:%Y%m%d}", None, text)
            _notify(session, agent, occasion, now)


def tell(
    session: Session,
    agent: Agent,
    occasion: Occasion,
    *,
    now: datetime,
    subject: str = "",
    text: str = "",
    not_before: datetime | None = None,
) -> bool:
    """Tell an agent once, in the desk and, where there is a text, by mail; False when told before.

    ``text`` is in the agent's language; the address of what it speaks of is added to it.
    """
    if not _notify(session, agent, occasion, now):
        return False
    if text and agent.notify_by_mail:
        outgoing.queue_notice(
            session,
            agent.email,
            subject=subject,
            text=with_address(text, occasion.ticket, occasion.center),
            kind="notice",
            now=now,
            ticket=occasion.ticket,
            identity=outgoing.notice_identity(session, occasion.key, agent.email),
            not_before=not_before,
        )
    return True


def leaves_at(session: Session, agent: Agent, now: datetime) -> datetime:
    """Return when a mail may reach somebody who wants none outside hours (BEHAVIOURS 16)."""
    if not agent.quiet:
        return now
    calendar = calendars.default(session)
    try:
        return calendar.next_opening(now)
    except NeverOpens:
        return now


def language_of(session: Session, agent: Agent) -> str:
    """Return the language in which an agent is written to."""

    def find() -> str | None:
        return session.scalar(select(Login.locale).where(Login.agent_id == agent.id))

    return memory.once(session, ("locale", agent.id), find) or current_config().locale


def token_ends(session: Session, name: str, ends: date, *, key: str, now: datetime) -> None:
    """Tell the administrators that an account's token ends on a day, or has ended."""
    for agent in managers(session):
        if agent.role == "admin":
            _notify(session, agent, Occasion("token", key, None, f"{name} · {ends}"), now)


def watchers(session: Session, ticket: AnyTicket, *, now: datetime) -> Sequence[Agent]:
    """Return who is told about a ticket: its assignee, else its group, else everybody.

    While the assignee is away it is whoever of the group is there; with nobody there, them.
    """
    holder = ticket.assignee if ticket.assignee is not None and ticket.assignee.active else None
    if holder is not None and not holder.is_away(now):
        return [holder]
    found = members(session, ticket, now=now)
    if holder is not None and all(agent.is_away(now) for agent in found):
        return [holder]
    return found


def members(session: Session, ticket: AnyTicket, *, now: datetime) -> Sequence[Agent]:
    """Return who of the ticket's group is there, else its members, else everybody."""
    group = ticket.group or memory.once(session, "default group", lambda: _default_group(session))
    active = [agent for agent in group.agents if agent.active] if group else []
    present = [agent for agent in active if not agent.is_away(now)]
    if present or active:
        return present or active
    return session.scalars(select(Agent).where(Agent.active)).all()


def _default_group(session: Session) -> Group | None:
    return session.scalar(select(Group).where(Group.is_default))


def with_address(text: str, ticket: AnyTicket | None, center: Center | None = None) -> str:
    """Return a text with the address of its ticket or center below."""
    if ticket is not None:
        return f"{text}\n\n{current_config().base_url}/tickets/{ticket.id}\n"
    if center is not None:
        return f"{text}\n\n{current_config().base_url}/centers/{center.code}\n"
    return text


def channel_managers(session: Session) -> Sequence[Agent]:
    """Return who reviews applications: the channel managers, and whoever leads the desk."""
    reviewing = or_(Agent.channel_manager, Agent.role.in_(("manager", "admin")))
    return session.scalars(select(Agent).where(Agent.active, reviewing).order_by(Agent.id)).all()


def managers(session: Session) -> Sequence[Agent]:
    """Return the managers and administrators who are there."""

    def find() -> Sequence[Agent]:
        leading = Agent.role.in_(("manager", "admin"))
        return session.scalars(select(Agent).where(Agent.active, leading)).all()

    return memory.once(session, "managers", find)


def _notify(session: Session, agent: Agent, occasion: Occasion, now: datetime) -> bool:
    """Tell an agent of an occasion; False when they have been told before."""
    known = select(Notification.id).where(
        Notification.agent_id == agent.id, Notification.occasion == occasion.key
    )
    if session.scalar(known) is not None:
        return False
    session.add(_notification(agent.id, occasion, now))
    session.flush()
    return True


def _assignment(ticket: Ticket, now: datetime) -> Occasion:
    key = f"assigned.{ticket.id}.{now.timestamp():.0f}"
    return Occasion("assigned", key, ticket, ticket.subject)


def _notification(agent_id: int, occasion: Occasion, now: datetime) -> Notification:
    return Notification(
        agent_id=agent_id,
        kind=occasion.kind,
        occasion=occasion.key,
        ticket_id=occasion.ticket.id if occasion.ticket else None,
        center_id=occasion.center.id if occasion.center else None,
        text=occasion.text[:500],
        created_at=now,
    )
