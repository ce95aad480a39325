"""The versions of a policy: what each promised, what it changed, and what is judged by it still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from helpdesk.errors import NotFound
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import PolicyRecord, PolicyVersion, ServiceCalendar, Target, Ticket
from helpdesk.services.access import Viewer, visible_tickets
from helpdesk.services.promises import clocks
from sla.policy import Policy, Promise

PAGE = 50


@dataclass(frozen=True, slots=True)
class Changed:
    """What a version changed: the fields by name, and the metrics promised otherwise.

    The first version changed nothing.
    """

    fields: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A version, what it changed, and how many open tickets are judged by it."""

    version: PolicyVersion
    changed: Changed
    open: int


def policy(session: Session, number: int) -> PolicyRecord:
    """Return a policy, one that holds no longer included; raise NotFound."""
    record = session.get(PolicyRecord, number)
    if record is None:
        raise NotFound("no_policy", _("There is no such policy."))
    return record


def version(record: PolicyRecord, number: int) -> PolicyVersion:
    """Return a policy's version by its number; raise NotFound."""
    found = next((row for row in record.versions if row.number == number), None)
    if found is None:
        raise NotFound("no_version", _("This policy has no such version."))
    return found


def lines(session: Session, viewer: Viewer, record: PolicyRecord) -> list[Line]:
    """Return the versions of a policy, the last one first."""
    counts = _counts(session, viewer, record)
    changes = [Changed(), *(changed(a, b) for a, b in pairwise(record.versions))]
    rows = zip(record.versions, changes, strict=True)
    return [Line(row, change, counts.get(row.id, 0)) for row, change in rows][::-1]


def changed(before: PolicyVersion, after: PolicyVersion) -> Changed:
    """Say in what a version differs from the one before."""
    fields = ("name", "conditions", "calendar_id")
    promised = [{row["metric"]: row for row in version.promises} for version in (before, after)]
    metrics = dict.fromkeys([*promised[0], *promised[1]])
    return Changed(
        tuple(name for name in fields if getattr(before, name) != getattr(after, name)),
        tuple(name for name in metrics if promised[0].get(name) != promised[1].get(name)),
    )


def as_value(version: PolicyVersion) -> Policy:
    """Return a version as the policy that it was."""
    return Policy(
        id=version.policy_id,
        name=version.name,
        position=version.position,
        is_default=version.policy.is_default,
        conditions={name: tuple(allowed) for name, allowed in version.conditions.items()},
        promises=tuple(Promise.from_json(promise) for promise in version.promises),
    )


def calendar_name(session: Session, version: PolicyVersion) -> str | None:
    """Return the name of the calendar that a version names, if it names one."""
    if version.calendar_id is None:
        return None
    return session.get_one(ServiceCalendar, version.calendar_id).name


def open_tickets(
    session: Session, viewer: Viewer, version: PolicyVersion, *, after: int | None = None
) -> Sequence[Ticket]:
    """Return open tickets judged by a version, up to one more than a page, by what is due first.

    ``after`` is the last ticket of the page before.
    """
    statement = (
        select(Ticket)
        .where(_judged_by([version.id]), visible_tickets(viewer))
        .options(selectinload(Ticket.targets))
        .order_by(Ticket.queue_at, Ticket.id)
    )
    last = session.get(Ticket, after) if after is not None else None
    if last is not None:
        behind = and_(Ticket.queue_at == last.queue_at, Ticket.id > last.id)
        statement = statement.where(or_(Ticket.queue_at > last.queue_at, behind))
    return session.scalars(statement.limit(PAGE + 1)).all()


def _judged_by(numbers: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(
        Target.ticket_id == Ticket.id,
        Target.policy_version_id.in_(numbers),
        Target.state.in_(clocks.UNFINISHED),
    )


def _counts(session: Session, viewer: Viewer, record: PolicyRecord) -> Mapping[int, int]:
    rows = session.execute(
        select(Target.policy_version_id, func.count(Target.ticket_id.distinct()))
        .join(Ticket, Ticket.id == Target.ticket_id)
        .where(
            Target.policy_version_id.in_([row.id for row in record.versions]),
            Target.state.in_(clocks.UNFINISHED),
            visible_tickets(viewer),
        )
        .group_by(Target.policy_version_id)
    )
    return {number: count for number, count in rows if number is not None}
