"""What holds on every desk at every moment, read from its rows and its log.

These ask in other words than ``helpdesk sla verify`` does: a service that computes the
log and the row wrongly in the same way passes there and not here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from helpdesk.models import NO_PROMISE, Agent, Event, Message, Notification, Target, Ticket
from helpdesk.services.promises.verification import verify_targets

DEADLINES = ("start", "resume", "retract", "reopen", "reschedule")
FINISHED = ("met", "breached", "cancelled")
PAGE = 500


def the_proof_is_silent() -> None:
    """BEHAVIOURS 14: every figure follows from the log."""
    found = list(verify_targets())
    assert not found, found


def all_hold(session: Session) -> int:
    """Check every ticket, page by page; return how many events were read."""
    after, read = 0, 0
    while True:
        session.rollback()
        tickets = session.execute(
            select(Ticket.__table__).where(Ticket.id > after).order_by(Ticket.id).limit(PAGE)
        ).all()
        if not tickets:
            return read
        span = tickets[0].id, tickets[-1].id
        targets: dict[int, list[Row[Any]]] = {ticket.id: [] for ticket in tickets}
        for target in session.execute(
            select(Target.__table__).where(Target.ticket_id.between(*span)).order_by(Target.id)
        ):
            targets[target.ticket_id].append(target)
        logs: dict[int, list[Row[Any]]] = {}
        for event in session.execute(
            select(Event.__table__)
            .where(Event.ticket_id.between(*span), Event.kind.startswith("clock."))
            .order_by(Event.id)
        ):
            logs.setdefault(event.target_id, []).append(event)
        answered = _answered(session, span)
        for ticket in tickets:
            _ticket(
                ticket,
                targets[ticket.id],
                answered=ticket.id in answered,
                taken_over={n for n, log in logs.items() if _is_first_of_another(log)},
            )
            for target in targets[ticket.id]:
                _row(target)
                _log(target, logs[target.id])
        read += sum(map(len, logs.values()))
        after = span[1]


def everybody_is_told_once(session: Session) -> None:
    """BEHAVIOURS 15: nobody hears of the same occasion twice."""
    twice = (
        select(Notification.agent_id, Notification.occasion)
        .where(Notification.kind.in_(("warning", "breach")))
        .group_by(Notification.agent_id, Notification.occasion)
        .having(func.count() > 1)
    )
    assert session.execute(twice).all() == []


def nobody_away_is_handed_anything(session: Session) -> None:
    """BEHAVIOURS 33: by the log alone, whoever was handed a ticket was there, and it was nobody's.

    Who said until when they are away is back by then, whenever that was noted.
    """
    session.rollback()
    away: dict[str, datetime | None] = {}
    holder: dict[int, str | None] = {}
    kinds = ("agent.away", "agent.back", "ticket.assignee", "automation.applied")
    for event in session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)):
        data = event.data
        if event.kind == "agent.back":
            away.pop(data["name"])
        elif event.kind == "agent.away":
            away[data["name"]] = datetime.fromisoformat(data["until"]) if data["until"] else None
        elif event.kind == "ticket.assignee" or "assignee" in data["set"]:
            before, after = (
                data.get("from"),
                data["to"] if "to" in data else data["set"]["assignee"],
            )
            assert holder.get(event.ticket_id) == before, f"#{event.ticket_id}: {data}"
            if "auto_assigned" in data or "set" in data:
                assert before is None, f"#{event.ticket_id} was somebody's"
                until = away.get(after, event.at) or NO_PROMISE
                assert until <= event.at, f"{after} was away"
            holder[event.ticket_id] = after
    for number, name in session.execute(
        select(Ticket.id, Agent.name).join(Ticket.assignee, isouter=True)
    ):
        assert holder.get(number) == name, (
            f"#{number} is {name}'s, by the log {holder.get(number)}'s"
        )


def nothing_is_due(session: Session, now: datetime) -> None:
    """BEHAVIOURS 18: after a sweep no warning and no breach is left to be recorded."""
    session.rollback()
    late = select(Target.id).where(Target.state == "running", Target.due_at < now)
    assert session.scalars(late).all() == []
    assert session.scalars(select(Target.id).where(Target.next_at <= now)).all() == []


def finished(session: Session) -> Mapping[int, tuple[Any, ...]]:
    """Return the rows of finished targets by id; ``next_at`` waits for the sweep alone."""
    session.rollback()
    columns = [column for column in Target.__table__.c if column.name != "next_at"]
    rows = session.execute(select(*columns).where(Target.state.in_(FINISHED)))
    return {row.id: tuple(row) for row in rows}


def _ticket(
    ticket: Row[Any], targets: list[Row[Any]], *, answered: bool, taken_over: Collection[int]
) -> None:
    alive = [target for target in targets if target.state in ("running", "paused")]
    owed = [
        target
        for target in targets
        if target.state == "running" or (target.state == "breached" and target.met_at is None)
    ]
    if ticket.status in ("spam", "merged"):
        assert not alive, f"BEHAVIOURS 11: #{ticket.id} is {ticket.status} and promises {alive}"
        owed = []
    due = min((target.due_at for target in owed), default=NO_PROMISE)
    assert ticket.queue_at == due, f"#{ticket.id} stands at {ticket.queue_at}, owed by {due}"
    risky = any(
        target.state == "breached" or (target.warned_at and not target.warn_at) for target in owed
    )
    assert ticket.at_risk == risky, f"#{ticket.id} at risk: {ticket.at_risk}"
    for metric in {target.metric for target in targets}:
        open_rounds = [t for t in targets if t.metric == metric and t.met_at is None]
        owing = [t for t in open_rounds if t.state != "cancelled"]
        # an answer that failed is owed again, beside what was broken for a later question by then
        assert {t.state for t in owing[1:]} <= {"breached"}, f"#{ticket.id} runs {metric} twice"
    if ticket.status in ("resolved", "closed"):
        # what a ticket that was merged into this one was promised first is owed all the same
        unsettled = [
            t
            for t in alive
            if t.metric == "resolution" or (t.metric == "next_reply" and t.id not in taken_over)
        ]
        assert not unsettled, f"#{ticket.id} is {ticket.status}, and {unsettled} runs"
    for target in targets:
        if target.metric == "first_reply" and target.state != "cancelled":
            # BEHAVIOURS 3, 5, 23: a human's answer that did not fail, and nothing else
            assert (target.met_at is not None) == answered, (
                f"#{ticket.id} was answered: {answered}, first reply met at {target.met_at}"
            )


def _is_first_of_another(log: list[Row[Any]]) -> bool:
    return any(event.data.get("taken_over") == "first_reply" for event in log)


def _row(target: Row[Any]) -> None:
    name = f"target {target.id} ({target.metric} of #{target.ticket_id}, {target.state})"
    if target.state == "met":
        assert target.met_at <= target.due_at, name
        assert target.breached_at is None, name
    elif target.state == "breached":
        assert target.breached_at == target.due_at, name
        assert target.met_at is None or target.met_at > target.due_at, name
    elif target.state == "cancelled":
        assert target.due_at is None, name
    else:
        assert target.met_at is None, name
        assert (target.state == "paused") == (target.paused_at is not None), name
    assert (target.service_minutes is None) == (target.met_at is None), name


def _log(target: Row[Any], log: list[Row[Any]]) -> None:
    assert log[0].kind == "clock.start", log[0].kind
    for before, event in pairwise(log):
        assert before.recorded_at <= event.recorded_at
    in_force, due, warnings, warned = 0, None, [], []
    for event in log:
        kind, data = event.kind.removeprefix("clock."), event.data
        if kind in DEADLINES and "due_at" in data:
            due = datetime.fromisoformat(data["due_at"])
            warnings = [datetime.fromisoformat(at) for at in data["warnings"]]
            warned = []
        if kind in ("start", "hand_over"):
            in_force = 0
        elif kind == "warn":
            assert event.at in warnings, f"{target.id}: warned at {event.at}, not at {warnings}"
            assert event.recorded_at >= event.at, "a warning before its instant"
            assert event.at not in warned, f"{target.id}: warned twice at {event.at}"
            warned.append(event.at)
        elif kind == "breach":
            assert event.at == due, f"{target.id}: breached at {event.at}, due at {due}"
            assert event.recorded_at > event.at, "a breach before its instant"
            in_force += 1
        elif kind == "meet" and due is not None and event.at <= due:
            in_force = 0
        assert in_force <= 1, f"target {target.id} has {in_force} breaches in force"
    assert (in_force == 1) == (target.breached_at is not None and target.state == "breached")


def _answered(session: Session, span: tuple[int, int]) -> set[int]:
    """Return the tickets with a human's answer; one that failed and waits again is none yet."""
    failed = {
        data["message"]
        for data in session.scalars(
            select(Event.data).where(
                Event.ticket_id.between(*span), Event.kind == "delivery.failed"
            )
        )
    }
    rows = session.execute(
        select(Message.ticket_id, Message.id, Message.delivery).where(
            Message.ticket_id.between(*span),
            Message.direction == "out",
            Message.automatic.is_(False),
            Message.delivery != "failed",
        )
    )
    return {number for number, message, state in rows if message not in failed or state != "queued"}
