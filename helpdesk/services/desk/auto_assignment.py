"""Groups that assign their tickets by themselves: the worker's round gives each to somebody.

Neither who brings a ticket nor who moves one waits for it, and an import pays nothing. A
round decides for a batch at once: whose turn it is follows from rows (``turns.deal``), and
each ticket is claimed by a conditional update, so that of several workers and an agent who
takes it by hand one wins. State, event and notice are one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import structlog
from sqlalchemy import ColumnElement, and_, func, literal_column, select, update
from sqlalchemy.orm import Session, joinedload

from helpdesk.extensions import reading, transaction
from helpdesk.models import Agent, Group, Ticket
from helpdesk.models.agent import membership
from helpdesk.services import access
from helpdesk.services.access import SYSTEM
from helpdesk.services.database.events import record
from helpdesk.services.desk import notices, turns
from helpdesk.services.desk.turns import Candidate, Way

BATCH = 200
log = structlog.get_logger(__name__)


def assign_due(now: datetime) -> int:
    """Assign what waits in the groups that do so; return how many tickets somebody got."""
    with reading() as session:
        chosen = select(Group).where(Group.auto_assign != "off").order_by(Group.id)
        wanted = [group.id for group in session.scalars(chosen) if _can(session, group, now)]
    given = 0
    for number in wanted:
        while True:
            with transaction() as session:
                got = _round(session, number, now)
            given += got
            if got < BATCH:
                break
    return given


def open_counts(session: Session, agents: Sequence[int]) -> Mapping[int, int]:
    """Return how many tickets some agents have open, whatever group these came from."""
    counted = (
        select(Ticket.assignee_id, func.count())
        .where(Ticket.assignee_id.in_(agents), Ticket.status == "open")
        .group_by(Ticket.assignee_id)
    )
    return {agent: count for agent, count in session.execute(counted) if agent is not None}


def _can(session: Session, group: Group, now: datetime) -> bool:
    """Say whether a ticket waits and somebody may be given it, before anything is locked."""
    if session.scalar(select(Ticket.id).where(_waiting(group)).limit(1)) is None:
        return False
    candidates = _candidates(session, _members(session, group), now)
    return turns.choose(candidates, _way(group), group.most_open) is not None


def _round(session: Session, number: int, now: datetime) -> int:
    """Assign one batch; nothing while another worker is at this group."""
    mine = select(Group).where(Group.id == number, Group.auto_assign != "off")
    group = session.scalar(mine.with_for_update(skip_locked=True, key_share=True))
    if group is None:
        return 0
    # who works on a ticket just now may be about to take it: it is left for the next round
    waiting = session.scalars(
        select(Ticket.id)
        .where(_waiting(group))
        .order_by(Ticket.queue_at, Ticket.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    members = _members(session, group)
    agents = {agent.id: agent for agent, _ in members}
    tickets = frozenset(waiting)
    may_hold = {id_: access.may_hold(session, agent, tickets) for id_, agent in agents.items()}
    candidates = _candidates(session, members, now)
    dealt = list(turns.deal(waiting, candidates, _way(group), group.most_open, may_hold=may_hold))
    claimed = _claim(session, group, dealt, now)
    _take_turns(session, group, [(t, agent) for t, agent in dealt if t in claimed])
    for ticket in claimed.values():
        _note(session, group, ticket, now)
    notices.auto_assigned(session, claimed.values(), now=now)
    if claimed:
        log.info("tickets.auto_assigned", group=group.id, tickets=len(claimed))
    return len(claimed)


def _waiting(group: Group) -> ColumnElement[bool]:
    """Return the condition on what waits in a group, as ``ix_ticket_unassigned`` has it.

    A parameter in place of the status would hide from the databases that the index has all.
    """
    status: ColumnElement[str] = literal_column("'open'")
    return and_(Ticket.group_id == group.id, Ticket.assignee_id.is_(None), Ticket.status == status)


def _members(session: Session, group: Group) -> list[tuple[Agent, int]]:
    rows = session.execute(
        select(Agent, membership.c.turn)
        .join(membership, membership.c.agent_id == Agent.id)
        .where(membership.c.group_id == group.id, Agent.active)
        .order_by(Agent.id)
    )
    return [(agent, turn) for agent, turn in rows]


def _candidates(
    session: Session, members: Sequence[tuple[Agent, int]], now: datetime
) -> list[Candidate]:
    counts = open_counts(session, [agent.id for agent, _ in members])
    return [
        Candidate(agent.id, not agent.is_away(now), counts.get(agent.id, 0), turn)
        for agent, turn in members
    ]


def _claim(
    session: Session, group: Group, dealt: Sequence[tuple[int, int]], now: datetime
) -> dict[int, Ticket]:
    """Give each ticket to its agent, unless it is somebody's by now; return what was given."""
    won: set[int] = set()
    for agent in sorted({agent for _, agent in dealt}):
        theirs = [ticket for ticket, whose in dealt if whose == agent]
        claim = update(Ticket).where(Ticket.id.in_(theirs), _waiting(group))
        won.update(
            session.scalars(
                claim.values(assignee_id=agent, updated_at=now)
                .returning(Ticket.id)
                .execution_options(synchronize_session=False)
            )
        )
    found = session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(won))
        .options(joinedload(Ticket.assignee))
        .execution_options(populate_existing=True)
    )
    tickets = {ticket.id: ticket for ticket in found}
    return {number: tickets[number] for number, _ in dealt if number in won}


def _take_turns(session: Session, group: Group, given: Sequence[tuple[int, int]]) -> None:
    highest = select(func.max(membership.c.turn)).where(membership.c.group_id == group.id)
    turn = session.scalar(highest) or 0
    last = {agent: turn + place for place, (_, agent) in enumerate(given, 1)}
    for agent, number in last.items():
        row = update(membership).where(
            membership.c.group_id == group.id, membership.c.agent_id == agent
        )
        session.execute(row.values(turn=number))


def _note(session: Session, group: Group, ticket: Ticket, now: datetime) -> None:
    assert ticket.assignee is not None
    data = {
        "from": None,
        "to": ticket.assignee.name,
        "auto_assigned": group.auto_assign,
        "group": group.name,
    }
    record(session, "ticket.assignee", at=now, now=now, by=SYSTEM, ticket=ticket, data=data)


def _way(group: Group) -> Way:
    return cast("Way", group.auto_assign)
