"""What automations do with a ticket that arrives, before its promises start.

They are asked from above. What one of them sets is not set again by those below, and what the
requester or an agent chose stays as it was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk.i18n import gettext, speaking
from helpdesk.models import Agent, Automation, Center, Group, Person, Ticket
from helpdesk.services.access import Actor
from helpdesk.services.automations.conditions import unmet
from helpdesk.services.database import memory
from helpdesk.services.database.events import record
from helpdesk.services.desk import notices
from helpdesk.services.desk.notices import Occasion

ARRIVAL = "arrival"
TOO_OLD = timedelta(days=1)
"""Of what comes out of an archive nobody is told (compare ``acknowledgements.TOO_OLD``)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a ticket is going to be. None is not known; a priority of None is the normal one."""

    channel: str
    requester: Person
    center: Center | None
    group: Group | None
    assignee: Agent | None
    topic: str | None
    request_type: str | None
    priority: str | None

    def facts(self) -> dict[str, str | None]:
        """Return what conditions may ask, as ``rules.facts`` does of a ticket."""
        return {
            "channel": self.channel,
            "topic": self.topic,
            "request_type": self.request_type,
            "priority": self.priority or "normal",
            "center": self.center.code if self.center else None,
            "region": (self.center.region or None) if self.center else None,
            "group": self.group.name if self.group else None,
            "requester": self.requester.email,
        }


@dataclass(frozen=True, slots=True)
class Applied:
    """One automation whose conditions were met, and what it set."""

    automation: Automation
    changed: Mapping[str, str] = field(default_factory=dict)


def decide(
    session: Session, traits: Traits, text: str, *, now: datetime
) -> tuple[Traits, Sequence[Applied]]:
    """Return what a ticket becomes by the automations, and which of them applied."""
    applied: list[Applied] = []
    settled = {
        name
        for name in ("assignee", "topic", "request_type", "priority")
        if getattr(traits, name) is not None
    }
    for row in memory.once(session, ("automations", ARRIVAL), lambda: _asked(session)):
        if unmet(row.conditions, traits.facts(), text):
            continue
        found = {name: value for name, value in _set(row, now).items() if name not in settled}
        settled |= found.keys()
        changed = {n: v for n, v in found.items() if getattr(traits, n) is not v}
        traits = replace(traits, **changed)
        applied.append(Applied(row, {name: _plain(value) for name, value in changed.items()}))
    return traits, applied


def note(session: Session, ticket: Ticket, applied: Sequence[Applied], *, now: datetime) -> None:
    """Write into the ticket's log which automations applied, and tell whom they say."""
    news = now - ticket.started_at <= TOO_OLD
    for one in applied:
        told = _told(session, one.automation) if news else []
        if not one.changed and not told:
            continue
        record(
            session,
            "automation.applied",
            at=now,
            now=now,
            by=Actor(one.automation.name),
            ticket=ticket,
            data={
                "automation": one.automation.id,
                "set": dict(one.changed),
                "told": [agent.name for agent in told],
            },
        )
        for agent in told:
            _tell(session, agent, ticket, one.automation, now)
        if "assignee" in one.changed and news:
            notices.assigned(session, ticket, now=now, by_agent=None)


def verdicts(
    session: Session, facts: Mapping[str, str | None], text: str
) -> list[tuple[Automation, tuple[str, ...]]]:
    """Return each active automation for arrivals with the conditions that a ticket fails."""
    return [(row, unmet(row.conditions, facts, text)) for row in _asked(session)]


def _asked(session: Session) -> Sequence[Automation]:
    return session.scalars(
        select(Automation)
        .where(Automation.active, Automation.occasion == ARRIVAL)
        .options(joinedload(Automation.group), joinedload(Automation.assignee))
        .order_by(Automation.position, Automation.id)
    ).all()


def _set(row: Automation, now: datetime) -> dict[str, Any]:
    """Return what an automation sets; nobody is given work who is not there to do it."""
    assignee = row.assignee
    if assignee is not None and (not assignee.active or assignee.is_away(now)):
        assignee = None
    wanted = {
        "group": row.group,
        "assignee": assignee,
        "priority": row.priority,
        "topic": row.topic,
        "request_type": row.request_type,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _plain(value: object) -> str:
    return value.name if isinstance(value, Group | Agent) else str(value)


def _told(session: Session, row: Automation) -> Sequence[Agent]:
    if not row.tell:
        return []
    told = select(Agent).where(Agent.id.in_(row.tell), Agent.active).order_by(Agent.id)
    return session.scalars(told).all()


def _tell(session: Session, agent: Agent, ticket: Ticket, row: Automation, now: datetime) -> None:
    with speaking(notices.language_of(session, agent)):
        subject = gettext("New: #%(number)s %(subject)s", number=ticket.id, subject=ticket.subject)
        text = gettext("A ticket has arrived that “%(name)s” is to tell you of.", name=row.name)
    notices.tell(
        session,
        agent,
        Occasion("automation", f"automation.{row.id}.{ticket.id}", ticket, ticket.subject),
        now=now,
        subject=subject,
        text=text,
        not_before=notices.leaves_at(session, agent, now),
    )
