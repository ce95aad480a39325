"""``helpdesk sla verify`` names exactly the target that somebody has damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from helpdesk.extensions import transaction
from helpdesk.models import Event, Target, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hours import calendar_changes, calendars
from helpdesk.services.promises import enforcement, policies
from helpdesk.services.promises.verification import verify_targets
from sla.policy import Promise
from tests.services.mails import arrive, mail
from tests.services.people import agent
from tests.web.pages import at

FIRST = Promise("first_reply", workdays=1, warn_percent=(50, 80))
SHORT = Promise("first_reply", minutes=90, warn_minutes=(30,))
RESOLUTION = Promise("resolution", minutes=450, pauses=True, warn_percent=(50,))
SOON = Promise("resolution", minutes=300, pauses=True)
OTHER_HOURS = 3


@pytest.fixture
def desk(session, now):
    """A desk with a promise in each state, judged anew on the way; return their ids."""
    with transaction():
        default = policies.Draft("default", {}, (FIRST, RESOLUTION))
        policies.save(session, policies.default(session), default, by="test", now=now)
        for name, promised in (("urgent", (SHORT, SOON)), ("low", ())):
            draft = policies.Draft(name, {"priority": (name,)}, promised)
            policies.save(session, None, draft, by="test", now=now)
    chen = agent(session, now)
    for number in range(5):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)

    def does(when, number, verb, *args, **more):
        with transaction():
            verb(session, session.get_one(Ticket, number), *args, now=at(when), **more)

    by = {"by": chen.actor}
    does("23 10:10", 1, tickets.set_property, "priority", "urgent", **by)
    does("23 10:15", 1, replies.reply, chen, "好", status="waiting")
    does("23 10:20", 2, tickets.set_property, "priority", "low", **by)
    far = calendar_changes.days(date(2026, 12, 25), date(2026, 12, 25), kind="holiday")
    with transaction():  # it moves nothing, and is judged by from now on
        calendar_changes.make(session, calendars.default_calendar(session), far, now=at("23 10:30"))
    does("23 10:40", 3, tickets.set_status, "waiting", **by)
    does("23 11:10", 3, tickets.set_status, "open", **by)
    enforcement.enforce_due(at("23 15:20"))
    does("23 15:30", 3, tickets.set_status, "resolved", **by)
    enforcement.enforce_due(at("24 11:00"))
    arrive(session, mail(date=at("24 11:00"), message_id="<6@cdxx.example.cn>"), now=at("24 11:00"))
    does("24 11:10", 4, replies.reply, chen, "晚了")
    does("24 11:20", 4, tickets.set_status, "resolved", **by)
    does("24 11:30", 4, tickets.set_status, "open", **by)
    with transaction():  # other hours, for the damage to name
        calendar = calendars.default_calendar(session)
        calendars.set_hours(calendar, {0: [(540, 600)]})
        assert calendars.save_version(session, calendar, now=at("24 12:00")).id == OTHER_HOURS
    assert list(verify_targets()) == []
    return session.scalars(select(Target.id).order_by(Target.id)).all()


def test_a_damaged_target_is_named_and_no_other(session, now, desk):
    """BEHAVIOURS 14: whichever column it is."""
    states = set(session.scalars(select(Target.state)))
    assert states == {"running", "paused", "met", "breached", "cancelled"}

    for target_id in desk:
        for column in Target.__table__.c:
            if column.name == "id":
                continue
            assert damaged_and_named(session, target_id, column), (target_id, column.name)
    assert list(verify_targets()) == []


def damaged_and_named(session, target_id, column) -> bool:
    kept = row_of(session, target_id)
    value = damage(column.name, getattr(kept, column.name))
    write(session, target_id, {column.name: value})
    named = {(d.ticket, d.metric) for d in verify_targets()}
    now = row_of(session, target_id)
    write(session, target_id, {column.name: getattr(kept, column.name)})
    return named == {(now.ticket_id, now.metric)}


def damage(name: str, value: Any) -> Any:
    """Return another value of the same kind, which the database takes."""
    others = {
        "ticket_id": 2,  # which was promised nothing of late
        "metric": "callback",
        "policy_id": 3,
        "policy_version_id": 4,
        "calendar_version_id": OTHER_HOURS,
        "state": "met" if value != "met" else "running",
        "round": 7,
        "policy_name": "another",
        "provisional": not value,
    }
    if name == "ticket_id" and value == 2:
        return 5
    if name == "policy_version_id" and value == 4:
        return 3
    if name == "policy_id" and value == 3:
        return 2
    if name in others:
        return others[name]
    if name == "promise":
        return {**value, "warn_minutes": [7]}
    if name.endswith("_at"):
        return (value or at("23 12:00")) + timedelta(minutes=1)
    return (value or 0.0) + 1


def row_of(session, target_id):
    session.rollback()
    return session.execute(select(Target.__table__).where(Target.id == target_id)).one()


def write(session, target_id, values):
    with transaction():
        if "ticket_id" in values:  # a ticket has one target of a metric and round
            values["round"] = 9 if row_of_ticket(session, target_id) != values["ticket_id"] else 1
        session.execute(update(Target.__table__).where(Target.id == target_id).values(**values))


def row_of_ticket(session, target_id):
    return session.scalar(
        select(Event.ticket_id).where(Event.target_id == target_id).order_by(Event.id).limit(1)
    )


def test_a_damaged_event_is_told_of_its_target_and_no_other(session, desk):
    """BEHAVIOURS 14: its instant, its kind, each of its facts; lost, or recorded twice."""
    rows = session.execute(
        select(Event.__table__).where(Event.target_id.in_(desk)).order_by(Event.id)
    ).all()
    kinds = {row.kind.removeprefix("clock.") for row in rows}
    assert kinds == {
        *("start", "warn", "breach", "meet", "pause", "resume", "cancel", "reopen"),
        *("reschedule", "judge"),
    }

    last = session.scalar(select(func.max(Event.id)))
    for row in rows:
        for what, change in changes(row):
            with transaction():
                session.execute(change)
            named = {(d.ticket, d.metric) for d in verify_targets()}
            restore(session, row, last)
            metric = next(r.data["metric"] for r in rows if r.target_id == row.target_id)
            assert named == {(row.ticket_id, metric)}, (row.id, row.kind, what, named)
    assert list(verify_targets()) == []


def changes(row) -> Iterator[tuple[str, Any]]:
    """Yield what may be done to an event, and what it is."""
    table = Event.__table__
    this = update(table).where(table.c.id == row.id)
    yield "at", this.values(at=row.at + timedelta(minutes=1))
    yield "kind", this.values(kind="clock.dance")
    yield "ticket", this.values(ticket_id=row.ticket_id % 5 + 1)
    yield "lost", delete(table).where(table.c.id == row.id)
    for key, value in row.data.items():
        damaged = OTHER_HOURS if key == "calendar_version" else other(value)
        yield key, this.values(data={**row.data, key: damaged})
    yield (
        "twice",
        insert(table).values(**{k: v for k, v in row._mapping.items() if k != "id"}),
    )


def other(value: Any) -> Any:
    """Return another fact of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, list):
        return [*value, 7] if not value or not isinstance(value[0], str) else value[1:]
    if isinstance(value, dict):
        return {**value, "pauses": not value["pauses"]}
    try:
        return (datetime.fromisoformat(value) + timedelta(minutes=1)).isoformat()
    except ValueError:
        return "callback"


def restore(session, row, last: int) -> None:
    """Put an event back as it was."""
    table = Event.__table__
    with transaction():
        session.execute(delete(table).where((table.c.id == row.id) | (table.c.id > last)))
        session.execute(insert(table).values(**row._mapping))


def test_the_command_names_the_damaged_target_and_exits_with_1(session, desk, command):
    assert command("sla", "verify").exit_code == 0
    with transaction():
        broken = session.get_one(Target, desk[0])
        broken.met_at = at("23 10:14")
        number, metric = broken.ticket_id, broken.metric

    told = command("sla", "verify")
    lines = command("sla", "verify", "--json").stdout.splitlines()

    assert told.exit_code == 1
    assert [line.split(":")[0] for line in told.stdout.splitlines()] == [f"#{number} {metric}"]
    assert "1 differences" in told.stderr
    assert {(row["ticket"], row["metric"]) for row in map(json.loads, lines)} == {(number, metric)}


def test_a_ticket_that_stands_wrong_in_the_queue_is_named(session, desk, command):
    with transaction():
        session.get_one(Ticket, 5).at_risk = False

    told = command("sla", "verify")

    assert (told.exit_code, told.stdout) == (1, "#5 queue: at_risk is False, not True\n")
