"""Automations as administrators keep them: in which order they are asked, and what each does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Agent, Automation, Group
from helpdesk.models.automation import OCCASIONS
from helpdesk.services.automations.arrival import ARRIVAL
from helpdesk.services.automations.conditions import WORDS

LONGEST_NAME = 100
MOST_WORKDAYS = 365
ENDS: Mapping[str, tuple[str, ...]] = {"waiting": ("resolved", "closed"), "resolved": ("closed",)}
"""What becomes of a ticket that was left alone in a status."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants an automation to be; what is None is left as it is on the ticket."""

    name: str
    occasion: str
    conditions: Mapping[str, tuple[str, ...]]
    workdays: int | None = None
    group_id: int | None = None
    assignee_id: int | None = None
    priority: str | None = None
    topic: str | None = None
    request_type: str | None = None
    status: str | None = None
    tell: tuple[int, ...] = ()
    active: bool = True


def listing(session: Session) -> Sequence[Automation]:
    """Return all of them as they are asked."""
    return session.scalars(
        select(Automation)
        .options(joinedload(Automation.group), joinedload(Automation.assignee))
        .order_by(Automation.position, Automation.id)
    ).all()


def found(session: Session, number: int) -> Automation:
    """Return one; raise NotFound."""
    row = session.get(Automation, number)
    if row is None:
        raise NotFound("no_automation", _("There is no such automation."))
    return row


def save(session: Session, row: Automation | None, draft: Draft) -> Automation:
    """Add one behind all others, or change one; raise Refusal and save nothing."""
    known = session.scalar(select(Automation).where(Automation.name == draft.name))
    if known is not None and known is not row:
        raise Refusal("name_taken", _("Another one has this name."), field="name")
    if draft.occasion == ARRIVAL:
        _check_arrival(session, draft)
    else:
        _check_quiet(draft)
    if row is None:
        last = session.scalar(
            select(Automation.position).order_by(Automation.position.desc()).limit(1)
        )
        row = Automation(position=0 if last is None else last + 1)
        session.add(row)
    arrives = draft.occasion == ARRIVAL
    row.name, row.occasion, row.active = draft.name, draft.occasion, draft.active
    row.conditions = {name: list(allowed) for name, allowed in draft.conditions.items()}
    row.workdays = None if arrives else draft.workdays
    row.status = None if arrives else draft.status
    row.group_id = draft.group_id if arrives else None
    row.assignee_id = draft.assignee_id if arrives else None
    row.priority = draft.priority if arrives else None
    row.topic = draft.topic if arrives else None
    row.request_type = draft.request_type if arrives else None
    row.tell = list(draft.tell) if arrives else []
    session.flush()
    return row


def move(session: Session, row: Automation, *, up: bool) -> None:
    """Let one be asked before or after its neighbour."""
    rows = list(listing(session))
    place = rows.index(row)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, one in enumerate(rows):
        one.position = position
    session.flush()


def rename_group(session: Session, before: str, name: str) -> None:
    """Let conditions that name a group follow its new name."""
    for row in listing(session):
        allowed = row.conditions.get("group", ())
        if before in allowed:
            renamed = [name if each == before else each for each in allowed]
            row.conditions = {**row.conditions, "group": renamed}
    session.flush()


def delete(session: Session, row: Automation) -> None:
    """Take one away; what it did stays."""
    session.delete(row)
    session.flush()


def _check_arrival(session: Session, draft: Draft) -> None:
    agents = {draft.assignee_id, *draft.tell} - {None}
    there = set(session.scalars(select(Agent.id).where(Agent.active, Agent.id.in_(agents))))
    if agents - there:
        raise Refusal("inactive_agent", _("This agent no longer works here."), field="assignee")
    if draft.group_id is not None and session.get(Group, draft.group_id) is None:
        raise Refusal("no_group", _("This group is not there any more."), field="group")
    sets = (
        draft.group_id,
        draft.assignee_id,
        draft.priority,
        draft.topic,
        draft.request_type,
        *draft.tell,
    )
    if not any(sets):
        raise Refusal("does_nothing", _("Say what it does."))


def _check_quiet(draft: Draft) -> None:
    if draft.occasion not in OCCASIONS:
        raise Refusal("unknown_value", _("Choose one of the values offered."), field="occasion")
    if draft.workdays is None or not 1 <= draft.workdays <= MOST_WORKDAYS:
        raise Refusal(
            "wrong_workdays",
            _("Write for how many working days: a whole number from 1 to %(most)s.", most=365),
            field="workdays",
        )
    if draft.status not in ENDS[draft.occasion]:
        raise Refusal("unknown_value", _("Say what becomes of the ticket."), field="status")
    if WORDS in draft.conditions:
        raise Refusal(
            "words_on_arrival",
            _("Words are looked for when a ticket arrives, not later; leave this empty."),
            field=f"if_{WORDS}",
        )
