"""Word to agents, in the desk and by mail: each occasion once for each agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext, speaking
from helpdesk.models import Agent, Group, Login, Message, Notification, Outbox, Target, Ticket
from helpdesk.presentation.dates import stamp
from helpdesk.runtime import current_config
from helpdesk.services import clocks, outgoing

# A worker that was away for a week records what it missed, but mails nobody about it.
STALE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What somebody is told about; ``key`` makes sure that it is told once."""

    kind: str
    key: str
    ticket: Ticket | None
    text: str


def due_soon(session: Session, target: Target, *, now: datetime) -> int:
    """Warn who holds the ticket that its promise falls due; return how many were told."""
    return _tell(session, target, "warning", watchers(session, target.ticket), now=now)


def breached(session: Session, target: Target, *, now: datetime) -> int:
    """Tell who holds the ticket, and the managers, that its promise is broken."""
    people = {agent.id: agent for agent in watchers(session, target.ticket)}
    people |= {agent.id: agent for agent in _managers(session)}
    return _tell(session, target, "breach", list(people.values()), now=now)


def assigned(session: Session, ticket: Ticket, *, now: datetime, by_agent: int | None) -> None:
    """Tell an agent in the desk that somebody else gave them a ticket."""
    agent = ticket.assignee
    if agent is None or agent.id == by_agent:
        return
    key = f"assigned.{ticket.id}.{now.timestamp():.0f}"
    _notify(session, agent, Occasion("assigned", key, ticket, ticket.subject), now)


def answered(session: Session, ticket: Ticket, message: Message, *, now: datetime) -> None:
    """Tell the assignee in the desk that the requester wrote again."""
    if ticket.assignee is not None and ticket.assignee.active:
        occasion = Occasion("answer", f"answer.{message.id}", ticket, ticket.subject)
        _notify(session, ticket.assignee, occasion, now)


def delivery_failed(session: Session, message: Message, *, now: datetime) -> None:
    """Tell who wrote a reply, and the managers, that it did not arrive."""
    people = {agent.id: agent for agent in _managers(session)}
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
    for agent in _managers(session):
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


def year_unknown(session: Session, year: int, *, today: date, now: datetime) -> None:
    """Tell the administrators that a year's days off are not entered; once a local day."""
    for agent in _managers(session):
        if agent.role == "admin":
            occasion = Occasion("calendar", f"year.{year}.{today:%Y%m%d}", None, str(year))
            _notify(session, agent, occasion, now)


def tell(
    session: Session,
    agent: Agent,
    occasion: Occasion,
    *,
    now: datetime,
    subject: str = "",
    text: str = "",
) -> bool:
    """Tell an agent once, in the desk and, where there is a text, by mail; False when told before.

    ``text`` is in the agent's language; the ticket's address is added to it.
    """
    if not _notify(session, agent, occasion, now):
        return False
    if text and agent.notify_by_mail:
        outgoing.queue_notice(
            session,
            agent.email,
            subject=subject,
            text=_with_address(text, occasion.ticket),
            kind="notice",
            now=now,
            ticket=occasion.ticket,
            identity=outgoing.notice_identity(session, occasion.key, agent.email),
        )
    return True


def token_ends(session: Session, name: str, ends: date, *, key: str, now: datetime) -> None:
    """Tell the administrators that an account's token ends on a day, or has ended."""
    for agent in _managers(session):
        if agent.role == "admin":
            _notify(session, agent, Occasion("token", key, None, f"{name} · {ends}"), now)


def watchers(session: Session, ticket: Ticket) -> Sequence[Agent]:
    """Return who is told about a ticket: its assignee, else its group, else everybody."""
    if ticket.assignee is not None and ticket.assignee.active:
        return [ticket.assignee]
    group = ticket.group or session.scalar(select(Group).where(Group.is_default))
    members = [agent for agent in group.agents if agent.active] if group else []
    present = [agent for agent in members if not agent.away]
    if present or members:
        return present or members
    return session.scalars(select(Agent).where(Agent.active)).all()


def _with_address(text: str, ticket: Ticket | None) -> str:
    return f"{text}\n\n{current_config().base_url}/tickets/{ticket.id}\n" if ticket else text


def _managers(session: Session) -> Sequence[Agent]:
    return session.scalars(
        select(Agent).where(Agent.active, Agent.role.in_(("manager", "admin")))
    ).all()


def _tell(
    session: Session, target: Target, kind: str, agents: Sequence[Agent], *, now: datetime
) -> int:
    ticket = target.ticket
    due = target.due_at or now
    occasion = Occasion(kind, f"{kind}.{target.id}.{due.timestamp():.0f}", ticket, ticket.subject)
    told = 0
    for agent in agents:
        if not _notify(session, agent, occasion, now):
            continue
        told += 1
        if agent.notify_by_mail and now - due < STALE:
            _mail(session, agent, occasion, target, now=now)
    return told


def _notify(session: Session, agent: Agent, occasion: Occasion, now: datetime) -> bool:
    """Tell an agent of an occasion; False when they have been told before."""
    known = select(Notification.id).where(
        Notification.agent_id == agent.id, Notification.occasion == occasion.key
    )
    if session.scalar(known) is not None:
        return False
    session.add(
        Notification(
            agent_id=agent.id,
            kind=occasion.kind,
            occasion=occasion.key,
            ticket_id=occasion.ticket.id if occasion.ticket else None,
            text=occasion.text[:500],
            created_at=now,
        )
    )
    session.flush()
    return True


def _mail(
    session: Session, agent: Agent, occasion: Occasion, target: Target, *, now: datetime
) -> None:
    ticket = target.ticket
    locale = session.scalar(select(Login.locale).where(Login.agent_id == agent.id))
    calendar = clocks.calendar_of(session, target)
    with speaking(locale or current_config().locale):
        due = stamp(target.due_at or now, now=now, zone=calendar.zone)
        subject, first = _words(occasion.kind, ticket, due)
    outgoing.queue_notice(
        session,
        agent.email,
        subject=subject,
        text=_with_address(first, ticket),
        kind="notice",
        now=now,
        ticket=ticket,
        identity=outgoing.notice_identity(session, occasion.key, agent.email),
    )


def _words(kind: str, ticket: Ticket, due: str) -> tuple[str, str]:
    values = {"number": ticket.id, "subject": ticket.subject}
    if kind == "breach":
        return (
            gettext("Overdue: #%(number)s %(subject)s", **values),
            gettext("The first reply was due by %(when)s and has not been given.", when=due),
        )
    return (
        gettext("Due soon: #%(number)s %(subject)s", **values),
        gettext("The first reply falls due by %(when)s.", when=due),
    )
