"""Two workers on PostgreSQL whose clocks jump, among agents at work: everything once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk import create_app
from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Event, Notification, Target, Ticket
from helpdesk.services.desk import replies, tickets
from helpdesk.services.promises import enforcement, policies
from helpdesk.services.promises.verification import verify_targets
from sla.escalation import Action
from sla.policy import Promise
from tests.desk import NOW, dispose, make_config
from tests.services.mails import arrive, mail
from tests.services.people import agent

MANY = 60
MINUTE = timedelta(minutes=1)
PROMISE = Promise(
    "first_reply",
    minutes=100,
    warn_percent=(50, 80),
    actions=(
        Action("50%", "priority", "high"),
        Action("80%", "notify", "managers"),
        Action("breach", "assign", "wu@miec.example.cn"),
    ),
)
SOLVED = Promise("resolution", minutes=200, pauses=True, warn_percent=(80,))
JUMPS = [NOW + minutes * MINUTE for minutes in (0, 20, 60, 61, 90, 90, 110, 300, 3000)]
"""Over no point, over one, over several at once; the breach is 100 minutes after each start."""


@pytest.fixture
def build(postgres_url: str, tmp_path: Path) -> Iterator[Callable[[], Flask]]:
    """Return what makes a process's own application, with connections of its own."""
    made = []

    def one_more() -> Flask:
        made.append(create_app(make_config(postgres_url, tmp_path / "data")))
        return made[-1]

    yield one_more
    for app in made:
        dispose(app)


@pytest.fixture
def viewers(build: Callable[[], Flask]) -> Iterator[list]:
    """Open tickets a second after one another; return who works on them."""
    with build().app_context():
        session = db.session()
        people = [
            agent(session, NOW, "chen@miec.example.cn"),
            agent(session, NOW, "wu@miec.example.cn", name="吴昊"),
            agent(session, NOW, "boss@miec.example.cn", role="manager", name="张主任"),
        ]
        with transaction():
            record = policies.default(session)
            draft = policies.Draft("default", {}, (PROMISE, SOLVED))
            policies.save(session, record, draft, by="test", now=NOW)
        for number in range(MANY):
            then = NOW + timedelta(seconds=number)
            arrive(session, mail(date=then, message_id=f"<{number}@college.test>"), now=then)
        with transaction():
            chen = session.get_one(Agent, people[0].agent_id)
            for ticket in session.scalars(select(Ticket)):
                tickets.assign(session, ticket, chen, now=NOW, by=people[0].actor)
        yield people


def together(*jobs: Callable[[], None]) -> None:
    """Begin all jobs at once and wait for them; the first error is raised."""
    gate = threading.Barrier(len(jobs))

    def begin(job: Callable[[], None]) -> None:
        gate.wait()
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(begin, job) for job in jobs]:
            done.result()


def worker(app: Flask, moments: list[datetime]) -> Callable[[], None]:
    """Return a worker whose clock reads these moments, one after the other."""

    def sweep() -> None:
        for now in moments:
            with app.app_context():
                enforcement.enforce_due(now)

    return sweep


def back_and_forth(seed: int) -> list[datetime]:
    """Return moments that jump ahead over deadlines and back again, the last one at the end."""
    chance = Random(seed)
    return [*(chance.choice(JUMPS) for _ in range(12)), JUMPS[-1]]


def recorded(*kinds: str) -> Counter:
    rows = db.session.execute(select(Event.target_id, Event.kind).where(Event.kind.in_(kinds)))
    return Counter((target, kind) for target, kind in rows)


@pytest.mark.parametrize("seed", range(3))
def test_jumping_clocks_record_and_act_once(build, viewers, seed):
    """BEHAVIOURS 15, 18: forwards over several deadlines at once, and backwards."""
    together(
        worker(build(), back_and_forth(seed)),
        worker(build(), back_and_forth(seed + 100)),
    )

    db.session.rollback()
    targets = db.session.execute(select(Target.id, Target.state)).all()
    assert {state for _, state in targets} == {"breached"}
    breaches = recorded("clock.breach")
    assert (len(breaches), set(breaches.values())) == (2 * MANY, {1})
    assert no_warning_twice()
    assert all_actions_once()
    assert list(verify_targets()) == []


def test_sweeps_among_agents_at_work_leave_a_log_that_proves_itself(build, viewers):
    """BEHAVIOURS 14: a reply at the moment of a breach, a pause at that of a warning."""

    def works(seed: int, app: Flask) -> Callable[[], None]:
        chance = Random(seed)

        def work() -> None:
            for step in range(90):
                now = NOW + timedelta(minutes=30 + step)
                with app.app_context():
                    act(db.session(), viewers[seed % 2], chance, now)
                    db.session.remove()

        return work

    steps = [NOW + timedelta(minutes=30 + step) for step in range(90)]
    together(
        worker(build(), steps),
        worker(build(), steps),
        works(1, build()),
        works(2, build()),
    )

    db.session.rollback()
    assert no_warning_twice()
    assert all_actions_once()
    assert list(verify_targets()) == []


def act(session, viewer, chance: Random, now: datetime) -> None:
    """Do what agents do to tickets that others work on just now."""
    number = chance.randrange(1, 9)
    status = chance.choice(("open", "waiting", "resolved"))
    with transaction():
        ticket = session.get_one(Ticket, number)
        if chance.random() < 0.4:
            replies.reply(session, ticket, viewer, "好的", status=status, now=now)
        else:
            tickets.set_status(session, ticket, status, now=now, by=viewer.actor)


def no_warning_twice() -> bool:
    """Say whether each warning instant was recorded once, and everybody told once of it."""
    rows = db.session.execute(
        select(Event.target_id, Event.at).where(Event.kind == "clock.warn")
    ).all()
    told = db.session.execute(select(Notification.agent_id, Notification.occasion)).all()
    return len(set(rows)) == len(rows) and len(set(told)) == len(told)


def all_actions_once() -> bool:
    """Say whether each point's actions were taken once for each ticket."""
    taken = Counter(
        (event.ticket_id, event.data["metric"], event.data["when"], event.data["do"])
        for event in db.session.scalars(select(Event).where(Event.kind == "promise.escalated"))
    )
    return set(taken.values()) <= {1}
