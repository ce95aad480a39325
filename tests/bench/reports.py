"""Reports and the dashboard over two years of a desk with very many tickets and calls."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from helpdesk.extensions import db, transaction
from helpdesk.models import (
    NO_PROMISE,
    Agent,
    CalendarVersion,
    Call,
    Center,
    Event,
    Group,
    PolicyRecord,
    Reopening,
    Target,
    Ticket,
)
from helpdesk.services.hotline import call_sources, call_sums
from helpdesk.services.reports import folding
from tests.bench import desks, tickets
from tests.bench.report import Figure

ROWS = int(os.environ.get("BENCH_REPORT_ROWS", "100000"))
"""So many tickets, and as many calls; a million takes a quarter of an hour to fill."""
DAYS = 730
BLOCK = 5000
CENTERS = 300
SAMPLES = 5
YEAR_MS, DASHBOARD_MS = 1000, 100
BREAKDOWNS = ("channel", "center", "region", "agent", "month", "day")
Row = dict[str, Any]


def measure(kind: str) -> Iterator[Figure]:
    """Fill a desk, fold its changes, and look at a year by several breakdowns."""
    size = f"{ROWS:,} tickets and calls"
    with desks.desk(kind) as app:
        with app.app_context():
            _fill()
            yield Figure("reports", kind, f"folding, {size}", _timed_once(folding.fold_all), "s")
            tomorrow = desks.now() + timedelta(days=1)  # today's are kept as they come
            settle = _timed_once(lambda: call_sums.settle(now=tomorrow))
            yield Figure("reports", kind, f"settling the sums of calls, {size}", settle, "s")
            tickets.settle()
            yield _small_fold(kind)
        yield from _looks(app, kind, size)


def _looks(app: Flask, kind: str, size: str) -> Iterator[Figure]:
    client = desks.signed_in(app, desks.MANAGER)
    pages = {f"a year by {by}": f"/reports/?period=last_year&by={by}" for by in BREAKDOWNS}
    pages |= {
        "a year of one channel by topic": "/reports/?period=last_year&by=topic&channel=email",
        "a year of one center by month": "/reports/?period=last_year&by=month&center=7",
        "a year's calls by day": "/reports/calls?period=last_year&by=day",
        "a year's calls by agent": "/reports/calls?period=last_year&by=agent",
        "this month by agent": "/reports/?period=month&by=agent",
    }
    for what, path in pages.items():
        milliseconds = _look(client, path)
        yield Figure("reports", kind, f"{what}, {size}", milliseconds, "ms p50", at_most=YEAR_MS)
    for period in ("month", "year"):
        milliseconds = _look(client, f"/dashboard/?period={period}")
        what = f"dashboard of the {period}, {size}"
        yield Figure("reports", kind, what, milliseconds, "ms p50", at_most=DASHBOARD_MS)


def _look(client: FlaskClient, path: str) -> float:
    """Return the median of some looks, in milliseconds, the first left out."""
    seconds = []
    for _ in range(SAMPLES + 1):
        started = time.perf_counter()
        answer = client.get(path)
        seconds.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status}")
    return sorted(seconds[1:])[SAMPLES // 2] * 1000


def _small_fold(kind: str) -> Figure:
    """Change a hundred tickets of all ages, as some minutes of work do, and fold them."""
    with transaction() as session:
        step = max(1, ROWS // 100)
        session.execute(update(Ticket).where(Ticket.id % step == 0).values(priority="urgent"))
    return Figure("reports", kind, "folding 100 changes", _timed_once(folding.fold_all), "s")


def _timed_once(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def _fill() -> None:
    tickets.add_cast()
    desks.add_people()
    with transaction() as session:
        session.add_all(
            Center(
                id=n,
                code=f"D{n}",
                name=f"第{n}中心",
                region=f"region {n % 31}",
                created_at=desks.now(),
            )
            for n in range(1001, 1001 + CENTERS)
        )
        account = call_sources.source_named(session, None, now=desks.now()).id
    maker = _Maker(account)
    for start in range(1, ROWS + 1, BLOCK):
        block = [maker.ticket(n) for n in range(start, min(start + BLOCK, ROWS + 1))]
        reopened = [maker.reopening(row) for row in block if row["id"] % 30 == 0]
        with db.engine.begin() as connection:
            connection.execute(insert(Ticket), block)
            connection.execute(insert(Target), [maker.target(row) for row in block])
            connection.execute(insert(Call), [maker.call(row) for row in block])
            connection.execute(insert(Event), [maker.event(row) for row in block])
            if reopened:
                connection.execute(insert(Reopening), reopened)
    tickets._restart_numbers("ticket", "target", "call", "reopening", "event")


class _Maker:
    """Makes a ticket and a call from a number, spread over the workdays' hours."""

    def __init__(self, account: int) -> None:
        self.account, self.chance, self.now = account, random.Random(ROWS), desks.now()
        with db.engine.connect() as connection:
            self.policy = connection.scalar(select(PolicyRecord.id))
            self.version = connection.scalar(select(CalendarVersion.id))
            self.agents = connection.scalars(select(Agent.id)).all()
            self.groups = connection.scalars(select(Group.id)).all()

    def ticket(self, number: int) -> Row:
        chance = self.chance
        age = timedelta(days=DAYS) * (ROWS - number) / ROWS
        created = self.now - age - timedelta(minutes=5)
        is_open = age < timedelta(days=30) and chance.random() < 0.3
        over = None if is_open else created + timedelta(hours=chance.uniform(0.5, 100))
        if over and over > self.now:
            over = self.now
        return {
            "id": number,
            "subject": f"ticket {number}",
            "status": "open" if is_open else "closed",
            "priority": chance.choice(("low", "normal", "normal", "high", "urgent")),
            "channel": chance.choice(("email", "email", "web", "hotline", "microblog", "onsite")),
            "topic": chance.choice(
                (None, "plaque_unveiling", "certification_exam", "career_guidance")
            ),
            "request_type": chance.choice((None, "consultation", "inquiry", "complaint")),
            "immediate": False,
            "requester_id": chance.randint(1, tickets.PEOPLE),
            "center_id": chance.randint(1001, 1000 + CENTERS),
            "assignee_id": chance.choice(self.agents),
            "group_id": chance.choice(self.groups),
            "started_at": created,
            "created_at": created,
            "updated_at": over or created,
            "resolved_at": over,
            "settled_at": over,
            "queue_at": self.now + timedelta(hours=4) if is_open else NO_PROMISE,
            "at_risk": False,
            "last_message_id": 0,
            "awaiting_reply": is_open,
            "reply_count": 0 if is_open else chance.choice((1, 1, 2, 3)),
        }

    def target(self, ticket: Row) -> Row:
        is_open, started = ticket["status"] == "open", ticket["started_at"]
        minutes = None if is_open else self.chance.expovariate(1 / 120)
        late = minutes is not None and minutes > 450
        due = ticket["queue_at"] if is_open else started + timedelta(hours=24)
        return {
            "id": ticket["id"],
            "ticket_id": ticket["id"],
            "metric": "first_reply",
            "policy_id": self.policy,
            "policy_name": "default",
            "promise": {"metric": "first_reply", "workdays": 1, "warn_minutes": [60]},
            "calendar_version_id": self.version,
            "state": "running" if is_open else "breached" if late else "met",
            "provisional": False,
            "started_at": started,
            "due_at": due,
            "next_at": due if is_open else None,
            "paused_minutes": 0.0,
            "met_at": None
            if minutes is None
            else min(started + timedelta(minutes=3 * minutes), self.now),
            "breached_at": due if late else None,
            "service_minutes": minutes,
        }

    def event(self, ticket: Row) -> Row:
        """Return the start of its clock: a page of breaches reads it."""
        due = ticket["started_at"] + timedelta(hours=24)
        return {
            "ticket_id": ticket["id"],
            "target_id": ticket["id"],
            "kind": "clock.start",
            "at": ticket["started_at"],
            "recorded_at": ticket["started_at"],
            "by": "system",
            "data": {
                "metric": "first_reply",
                "promised_minutes": 450.0,
                "pauses": False,
                "warn_minutes": [60],
                "due_at": due.isoformat(),
                "warnings": [],
                "provisional": False,
                "promise": {"metric": "first_reply", "workdays": 1, "warn_minutes": [60]},
                "calendar_version": self.version,
            },
        }

    def reopening(self, ticket: Row) -> Row:
        settled = ticket["settled_at"] or ticket["created_at"]
        return {"ticket_id": ticket["id"], "resolved_at": settled, "reopened_at": settled}

    def call(self, ticket: Row) -> Row:
        answered = self.chance.random() < 0.9
        at = ticket["created_at"]
        return {
            "id": ticket["id"],
            "account_id": self.account,
            "external_id": str(ticket["id"]),
            "direction": "inbound",
            "queue": self.chance.choice(("600", "700")),
            "agent": f"PJSIP/{self.chance.randint(1000, 1011)}" if answered else "",
            "arrived_at": at,
            "answered_at": at + timedelta(seconds=9) if answered else None,
            "ended_at": at + timedelta(seconds=90),
            "wait_seconds": 9.0,
            "talk_seconds": 80.0 if answered else 0.0,
            "outcome": "answered" if answered else "abandoned",
            "in_hours": False,
            "lines": [],
        }
