"""A year of a desk with very many tickets, driven at random, and the proof of all its promises."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from random import Random

from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.models import Event, Target, Ticket
from helpdesk.services.promises.verification import verify_targets
from tests.bench import desks
from tests.bench.report import Figure
from tests.life import truths, year
from tests.life.world import World

COUNT = int(os.environ.get("BENCH_YEAR_TICKETS", "100000"))
"""So many tickets in the year; a hundred thousand take an hour or so."""
SEED = 20_261_123
MOST_NAMED = 20


def measure(kind: str) -> Iterator[Figure]:
    """Play the year, then recompute every promise of it."""
    with desks.desk(kind) as app, app.app_context():
        started = time.perf_counter(), time.process_time()
        world = World(year.BEGINS)
        year.play(world, Random(SEED), count=COUNT, told=_tell)
        wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
        acts = sum(world.done.values())
        yield Figure("year", kind, f"{acts:,} acts of agents and customers", wall, "s")
        yield Figure("year", kind, "processor time of the same", cpu, "s")
        for what, model in (("tickets", Ticket), ("targets", Target), ("events", Event)):
            counted = db.session.scalar(select(func.count()).select_from(model)) or 0
            yield Figure("year", kind, what, counted, "")
        db.session.rollback()
        yield from _proof(kind, world)


def _proof(kind: str, world: World) -> Iterator[Figure]:
    began = time.perf_counter()
    found = list(verify_targets())
    for difference in found[:MOST_NAMED]:
        sys.stderr.write(f"{difference}\n")
    seconds = time.perf_counter() - began
    yield Figure("year", kind, "helpdesk sla verify", seconds, "s")
    yield Figure("year", kind, "differences found", len(found), "", at_most=0)
    events = truths.all_hold(world.session)
    truths.everybody_is_told_once(world.session)
    truths.nothing_is_due(world.session, world.now)
    yield Figure("year", kind, "clock events read again by the truths", events, "")


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
