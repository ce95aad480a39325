"""A month of a busy hotline: its log taken over, and the page of its rates."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta

from flask.testing import FlaskClient

from helpdesk.extensions import transaction
from helpdesk.services.hotline import call_import, call_sources
from tests.bench import desks, tickets
from tests.bench.report import Figure, timed

CALLS = 100_000
DAYS = 25
CALLERS = 2_000
MISSED = 0.08


def measure(kind: str) -> Iterator[Figure]:
    """Import the log, import it again, and look at the month."""
    lines = log()
    with desks.desk(kind) as app:
        with app.app_context():
            with transaction() as session:
                source = call_sources.source_named(session, None, now=desks.now()).id
            for what, bound in ((f"{CALLS:,} calls, new", 10.0), ("the same again", None)):
                started = time.perf_counter()
                call_import.import_log(source, "queue_log", lines, now=desks.now())
                seconds = time.perf_counter() - started
                yield Figure("calls", kind, what, seconds, "s", at_most=bound)
            tickets.add_cast()
            desks.add_people()
        client = desks.signed_in(app, desks.MANAGER)
        for by in ("day", "hour", "queue", "agent"):
            path = f"/calls/rates?by={by}&month={_middle()}"
            middle, _slow = timed(lambda path=path: _look(client, path))  # type: ignore[misc]
            yield Figure("calls", kind, f"a month's rates by {by}", middle, "ms p50", at_most=50)


def _look(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200 or answer.text.count("<tr") < 4:
        raise RuntimeError(f"{path}: {answer.status}")


def log() -> list[str]:
    """Return a queue log of two queues and twelve agents, up to today."""
    chance = random.Random(85)
    numbers = [f"139{chance.randrange(10**8):08}" for _ in range(CALLERS)]
    agents = [f"PJSIP/10{n:02}" for n in range(12)]
    start = int((desks.now() - timedelta(days=DAYS)).timestamp())
    lines = []
    for call in range(CALLS):
        at = start + call * DAYS * 86_400 // CALLS
        key, queue, number = f"{start}.{call}", chance.choice("67") + "00", chance.choice(numbers)
        lines.append(f"{at}|{key}|{queue}|NONE|ENTERQUEUE||{number}|1")
        if chance.random() < MISSED:
            lines.append(f"{at + 30}|{key}|{queue}|NONE|ABANDON|1|1|30")
            continue
        agent, wait, talk = (
            chance.choice(agents),
            chance.randrange(2, 40),
            chance.randrange(20, 400),
        )
        lines.append(f"{at + 1}|{key}|{queue}|{agent}|RINGNOANSWER|1000")
        lines.append(f"{at + wait}|{key}|{queue}|{agent}|CONNECT|{wait}|x|1")
        lines.append(f"{at + wait + talk}|{key}|{queue}|{agent}|COMPLETECALLER|{wait}|{talk}|1")
    return lines


def _middle() -> str:
    return (desks.now() - timedelta(days=DAYS / 2)).strftime("%Y-%m")
