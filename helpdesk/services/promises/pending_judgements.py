"""Open tickets that are still to follow a change of policies, and their being judged again.

A row is taken away in the transaction that judges its ticket, so each is judged once by
whichever worker comes first. Judging is by the rules that hold then: nobody may change them
while something is left here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from helpdesk.extensions import reading, transaction
from helpdesk.models import PendingJudgement, Person, Ticket
from helpdesk.services.access import Actor
from helpdesk.services.database import events, memory
from helpdesk.services.database.inserting import insert_into
from helpdesk.services.promises import clock_log, judging

BATCH = 200
AT_ONCE = 200
"""So many tickets are judged again while somebody waits; the worker sees to more of them."""


def left(session: Session) -> bool:
    """Say whether a ticket is still to follow."""
    return session.scalar(select(PendingJudgement.ticket_id).limit(1)) is not None


def count(session: Session) -> int:
    """Return how many tickets are still to follow."""
    return session.scalars(select(func.count(PendingJudgement.ticket_id))).one()


def follow(
    session: Session, numbers: Sequence[int], *, by: Actor, now: datetime
) -> tuple[int, int]:
    """Have tickets judged again; return how many were, and how many are left to the worker."""
    if len(numbers) <= AT_ONCE:
        return judge(session, dict.fromkeys(numbers, by), now=now), 0
    rows = [
        {"ticket_id": number, "decided_at": now, "by": by.name[:200], "agent_id": by.agent_id}
        for number in numbers
    ]
    session.execute(insert_into(session, PendingJudgement).on_conflict_do_nothing(), rows)
    return 0, len(numbers)


def judge_some(*, now: datetime) -> int:
    """Judge a batch of waiting tickets again; return how many were looked at."""
    with reading() as session:
        if not left(session):
            return 0
    with transaction() as session:
        free = (
            select(PendingJudgement.ticket_id)
            .order_by(PendingJudgement.ticket_id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        rows = session.execute(
            delete(PendingJudgement)
            .where(PendingJudgement.ticket_id.in_(session.scalars(free).all()))
            .returning(PendingJudgement.ticket_id, PendingJudgement.by, PendingJudgement.agent_id)
        ).all()
        deciders = {number: Actor(by, agent_id) for number, by, agent_id in rows}
        return judge(session, deciders, now=now)


def judge(session: Session, deciders: Mapping[int, Actor], *, now: datetime) -> int:
    """Judge tickets again in this transaction, each in the name of who decided it."""
    if not deciders:
        return 0
    held = select(Ticket.id).where(Ticket.id.in_(deciders)).order_by(Ticket.id)
    session.execute(held.with_for_update(key_share=True))
    tickets = session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(deciders))
        .options(
            selectinload(Ticket.targets),
            joinedload(Ticket.center),
            joinedload(Ticket.group),
            joinedload(Ticket.requester).selectinload(Person.addresses),
        )
        .order_by(Ticket.id)
        .execution_options(populate_existing=True)
    ).all()
    with memory.remembering(session):
        clock_log.holds(session, tickets)
        clock_log.foresee(session, [target for ticket in tickets for target in ticket.targets])
        for ticket in tickets:
            judging.judge_again(session, ticket, now=now, by=deciders[ticket.id])
        events.write(session)
        session.flush()
    return len(tickets)
