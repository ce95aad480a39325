"""Very many tickets at once, as years of work leave them: written in bulk, not through services."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from helpdesk.extensions import db, transaction
from helpdesk.models import (
    NO_PROMISE,
    Address,
    Agent,
    CalendarVersion,
    Center,
    Event,
    Group,
    Message,
    Person,
    PolicyRecord,
    Target,
    Ticket,
)
from helpdesk.services.desk import search_words
from tests.bench import desks
from tests.bench.corpus import GIVEN, SENTENCES, SUBJECTS, SURNAMES

CENTERS, PEOPLE, AGENTS, GROUPS = 60, 2000, 12, 3
BLOCK = 5000
OPEN_SHARE = 0.03
HOUR = timedelta(hours=1)
RARE, RARE_EVERY = "鲲鹏", 20_000
Row = dict[str, Any]


def add_cast() -> None:
    """Make the centers, people, agents and groups that tickets belong to."""
    now = desks.now()
    with transaction() as session:
        session.add_all(
            Center(id=n, code=f"C{n - 1:03}", name=f"第{n}职业学院认证中心", created_at=now)
            for n in range(1, CENTERS + 1)
        )
        session.flush()
        for n in range(1, PEOPLE + 1):
            name = SURNAMES[n % 20] + GIVEN[n // 20 % 20] + GIVEN[n // 400]
            person = Person(name=name, center_id=n % CENTERS + 1, created_at=now)
            person.addresses = [Address(kind="email", value=f"p{n}@college{n % CENTERS}.test")]
            session.add(person)
        groups = [Group(name=f"group {n}") for n in range(GROUPS)]
        for n in range(AGENTS):
            agent = Agent(name=f"客服{n}", email=f"a{n}@office.test", created_at=now)
            agent.groups = [groups[n % GROUPS]]
            session.add(agent)
        session.flush()
    _restart_numbers("center", "person", "address")


def grow(first: int, last: int) -> None:
    """Add the tickets numbered ``first`` to ``last``: three in a hundred open, the rest done."""
    maker = _Maker(last)
    for start in range(first, last + 1, BLOCK):
        block = [maker.ticket(n) for n in range(start, min(start + BLOCK, last + 1))]
        with db.engine.begin() as connection:
            for model, rows in (
                (Ticket, block),
                (Target, [maker.target(row) for row in block]),
                (Message, [message for row in block for message in maker.messages(row)]),
                (Event, [event for row in block for event in maker.events(row)]),
            ):
                connection.execute(insert(model), rows)
            _index(connection, block, maker)
    _restart_numbers("ticket", "target", "message", "event")


def open_all() -> None:
    """Open every ticket again, each with a promise that runs: a desk that drowns."""
    soon = desks.now() + 8 * HOUR
    with db.engine.begin() as connection:
        numbers = connection.scalars(select(Ticket.id)).all()
        # no two promises fall due at once
        rows: list[Row] = [{"n": n, "at": soon + timedelta(seconds=n)} for n in numbers]
        connection.execute(
            update(Ticket.__table__)
            .where(Ticket.id == bindparam("n"))
            .values(status="open", resolved_at=None, queue_at=bindparam("at"), at_risk=False),
            rows,
        )
        connection.execute(
            update(Target.__table__)
            .where(Target.ticket_id == bindparam("n"))
            .values(
                state="running",
                met_at=None,
                warned_at=None,
                breached_at=None,
                due_at=bindparam("at"),
                next_at=bindparam("at"),
            ),
            rows,
        )
    settle()


def settle() -> None:
    """Let the database tidy up, as its own housekeeping does in time."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
        else:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


class _Maker:
    """Makes the rows of a ticket from its number, the same for the same number."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.now = desks.now()
        self.chance = random.Random(last)
        self.texts: dict[int, list[str]] = {}
        with db.engine.connect() as connection:
            self.policy = connection.scalar(select(PolicyRecord.id))
            self.version = connection.scalar(select(CalendarVersion.id))
            self.agents = connection.scalars(select(Agent.id)).all()
            self.groups = connection.scalars(select(Group.id)).all()

    def ticket(self, number: int) -> Row:
        chance, started = self.chance, self.now - HOUR * (self.last - number) / 10 - HOUR
        is_open = chance.random() < OPEN_SHARE
        status = "open" if is_open else chance.choice(["resolved", "closed", "closed", "closed"])
        due = self.now + HOUR * chance.uniform(-20, 40) if is_open else NO_PROMISE
        person = chance.randint(1, PEOPLE)
        done = None if is_open else started + 2 * HOUR
        return {
            "id": number,
            "subject": f"{chance.choice(SUBJECTS)} {number}",
            "status": status,
            "priority": "normal",
            "channel": chance.choice(["email", "email", "web"]),
            "immediate": False,
            "requester_id": person,
            "center_id": person % CENTERS + 1,
            "assignee_id": chance.choice([None, *self.agents]) if is_open else self.agents[0],
            "group_id": chance.choice(self.groups),
            "started_at": started,
            "created_at": started,
            "updated_at": done or started,
            "resolved_at": done,
            "queue_at": due,
            "at_risk": is_open and due - HOUR < self.now,
            "last_message_id": number * 2,
            "awaiting_reply": is_open,
        }

    def target(self, ticket: Row) -> Row:
        is_open = ticket["status"] == "open"
        due = ticket["queue_at"] if is_open else ticket["started_at"] + 8 * HOUR
        late = is_open and due <= self.now
        return {
            "id": ticket["id"],
            "ticket_id": ticket["id"],
            "metric": "first_reply",
            "round": 1,
            "policy_id": self.policy,
            "policy_name": "default",
            "promise": {"metric": "first_reply", "workdays": 1, "warn_minutes": [60]},
            "calendar_version_id": self.version,
            "state": ("breached" if late else "running") if is_open else "met",
            "provisional": False,
            "started_at": ticket["started_at"],
            "due_at": due,
            "next_at": due if is_open and not late else None,
            "warned_at": due - HOUR if is_open and due - HOUR < self.now else None,
            "risk_at": due - HOUR,
            "paused_minutes": 0.0,
            "met_at": None if is_open else ticket["started_at"] + HOUR,
            "breached_at": due if late else None,
            "service_minutes": None if is_open else 60.0,
        }

    def messages(self, ticket: Row) -> Iterator[Row]:
        number = ticket["id"]
        texts = self.texts[number] = [
            " ".join(self.chance.sample(SENTENCES, 4)) + f" 报名表 {number}",
            " ".join(self.chance.sample(SENTENCES, 3)),
        ]
        if number % RARE_EVERY == RARE_EVERY // 2:
            texts[0] += f" {RARE}计划"
        directions = ("in",) if ticket["status"] == "open" else ("in", "out")
        for place, direction in enumerate(directions):
            yield {
                "id": number * 2 + place,
                "ticket_id": number,
                "direction": direction,
                "channel": "email",
                "automatic": False,
                "person_id": ticket["requester_id"] if direction == "in" else None,
                "agent_id": ticket["assignee_id"] if direction == "out" else None,
                "author_name": "王芳" if direction == "in" else "客服0",
                "author_address": "",
                "at": ticket["started_at"] + HOUR * place,
                "created_at": ticket["started_at"] + HOUR * place,
                "subject": ticket["subject"],
                "text": texts[place],
                "identity": f"<{number}.{place}@college.test>",
                "recipients": [],
                "cc": [],
                "delivery": "none",
            }

    def events(self, ticket: Row) -> Iterator[Row]:
        kinds = ["ticket.opened", "clock.start", "message.received"]
        if ticket["status"] != "open":
            kinds += ["message.sent", "clock.meet", "ticket.status"]
        for kind in kinds:
            yield {
                "ticket_id": ticket["id"],
                "target_id": ticket["id"] if kind.startswith("clock.") else None,
                "kind": kind,
                "at": ticket["started_at"],
                "recorded_at": ticket["started_at"],
                "by": "system",
                "data": {"from": "open", "to": "resolved"} if kind == "ticket.status" else {},
            }


def _index(connection: Connection, block: list[Row], maker: _Maker) -> None:
    rows: list[Row] = []
    for ticket in block:
        texts = (str(ticket["id"]), ticket["subject"], *maker.texts.pop(ticket["id"]))
        person = ticket["requester_id"]
        name = SURNAMES[person % 20] + GIVEN[person // 20 % 20] + GIVEN[person // 400]
        words = sorted(set().union(*map(search_words.lexemes, (*texts, name))))
        rows.append({"id": ticket["id"], "words": words})
    if connection.dialect.name == "postgresql":
        statement = "INSERT INTO ticket_search VALUES (:id, array_to_tsvector(:words))"
    else:
        statement = "INSERT INTO ticket_search (rowid, lexemes) VALUES (:id, :words)"
        rows = [{**row, "words": " ".join(row["words"])} for row in rows]
    connection.execute(text(statement), rows)


def _restart_numbers(*tables: str) -> None:
    """PostgreSQL's sequences know nothing of numbers that were given."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            for table in tables:
                connection.execute(
                    text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
                )
