"""Which policy and which calendar hold for a ticket, as one value.

A change of policies, groups or regions is tried in a transaction that is rolled back; what is
kept of it are these rules, and open tickets are held against them when no lock is held any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import (
    CalendarVersion,
    Group,
    PolicyRecord,
    PolicyVersion,
    ServiceCalendar,
    Ticket,
)
from helpdesk.services.database import memory
from helpdesk.services.hours import calendars
from sla.policy import Policy, Promise, choose


@dataclass(frozen=True, slots=True)
class Applied:
    """A policy as the arithmetic knows it, its own calendar if any, and the version in force."""

    value: Policy
    calendar_id: int | None
    version_id: int


@dataclass(frozen=True, slots=True)
class Places:
    """Whose service hours count where.

    ``groups`` and ``regions`` name the calendars that were chosen for them, ``versions`` the
    version of each calendar that new deadlines are computed from.
    """

    regions: Mapping[str, int]
    groups: Mapping[int, int]
    versions: Mapping[int, int]
    default: int

    def calendar(self, own: int | None, region: str | None, group_id: int | None) -> int:
        """Return the calendar in which promises count.

        The policy's own, else that of the center's region, else that of the ticket's group,
        else the default one.
        """
        if own is not None:
            return own
        if region and region in self.regions:
            return self.regions[region]
        if group_id is not None and group_id in self.groups:
            return self.groups[group_id]
        return self.default

    def version(self, calendar_id: int) -> int:
        """Return a calendar's version in force; the default one's where it was never saved."""
        return self.versions.get(calendar_id) or self.versions[self.default]

    def version_for(self, policy: Applied, ticket: Ticket) -> int:
        """Return the calendar version in which a policy's promises to a ticket count."""
        group = ticket.group.id if ticket.group else None
        return self.version(self.calendar(policy.calendar_id, region_of(ticket), group))


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides by what a ticket is judged."""

    policies: Mapping[int, Applied]
    places: Places

    def policy_for(self, ticket: Ticket) -> Applied | None:
        """Return the policy whose promises hold for a ticket; None when nothing is promised."""
        return _chosen(self.policies, ticket)


def policy_for(session: Session, ticket: Ticket) -> Applied | None:
    """Return the policy whose promises hold for a ticket now; None when nothing is promised."""
    return _chosen(memory.once(session, "policies", lambda: _policies(session)), ticket)


def version_for(session: Session, policy: Applied, ticket: Ticket) -> int:
    """Return the calendar version in which a policy's promises to a ticket count now."""
    return memory.once(session, "places", lambda: _places(session)).version_for(policy, ticket)


def current(session: Session) -> Rules:
    """Return the rules that hold now; a batch asks only once."""
    policies = memory.once(session, "policies", lambda: _policies(session))
    return Rules(policies, memory.once(session, "places", lambda: _places(session)))


def load(session: Session) -> Rules:
    """Read the rules, changes of this transaction included."""
    return Rules(_policies(session), _places(session))


def as_value(record: PolicyRecord) -> Policy:
    """Return the record as the pure value that the arithmetic knows."""
    return Policy(
        id=record.id,
        name=record.name,
        position=record.position,
        is_default=record.is_default,
        conditions={name: tuple(allowed) for name, allowed in record.conditions.items()},
        promises=tuple(Promise.from_json(promise) for promise in record.promises),
    )


def facts(ticket: Ticket) -> dict[str, str | None]:
    """Return what policies' conditions may ask about a ticket."""
    return {
        "channel": ticket.channel,
        "topic": ticket.topic,
        "request_type": ticket.request_type,
        "priority": ticket.priority,
        "center": ticket.center.code if ticket.center else None,
        "region": region_of(ticket),
        "group": ticket.group.name if ticket.group else None,
        "requester": ticket.requester.email if ticket.requester else None,
    }


def region_of(ticket: Ticket) -> str | None:
    """Return the region of the ticket's center, if it is known."""
    return (ticket.center.region or None) if ticket.center else None


def _chosen(policies: Mapping[int, Applied], ticket: Ticket) -> Applied | None:
    chosen = choose([applied.value for applied in policies.values()], facts(ticket))
    return policies[chosen.id] if chosen else None


def _places(session: Session) -> Places:
    rows = session.execute(
        select(ServiceCalendar.id, ServiceCalendar.regions, ServiceCalendar.is_default).where(
            ServiceCalendar.retired.is_(False)
        )
    ).all()
    chosen = select(Group.id, Group.calendar_id).where(Group.calendar_id.is_not(None))
    newest = func.max(CalendarVersion.id).label("version")
    latest = select(CalendarVersion.calendar_id, newest).group_by(CalendarVersion.calendar_id)
    versions = {row.calendar_id: row.version for row in session.execute(latest)}
    default = next((row.id for row in rows if row.is_default), None)
    if default is None or default not in versions:
        default = calendars.default_version(session).calendar_id  # says what is missing
    return Places(
        regions={region: row.id for row in rows for region in row.regions or ()},
        groups={group: calendar for group, calendar in session.execute(chosen) if calendar},
        versions=versions,
        default=default,
    )


def _policies(session: Session) -> dict[int, Applied]:
    last = (
        select(func.max(PolicyVersion.id))
        .where(PolicyVersion.policy_id == PolicyRecord.id)
        .scalar_subquery()
    )
    rows = session.execute(select(PolicyRecord, last).where(PolicyRecord.retired.is_(False)))
    return {
        row.id: Applied(as_value(row), row.calendar_id, version)
        for row, version in rows
        if version is not None
    }
