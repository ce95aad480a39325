"""Importing mails: raw bytes stored, understood, on their tickets and acknowledged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.models import ChannelAccount, Message, Outbox
from helpdesk.services.arrivals import mail_import
from tests.bench.corpus import corpus
from tests.bench.desks import desk, now
from tests.bench.report import Figure

MAILS = 1000
RUNS = 3
AGES = {"new mails, acknowledged": timedelta(), "an archive, not acknowledged": timedelta(days=30)}


def measure(kind: str) -> Iterator[Figure]:
    """Import the corpus into an empty desk, as new mail and as an archive; the best run counts."""
    for what, age in AGES.items():
        seconds = min(_run(kind, age) for _ in range(RUNS))
        yield Figure("import", kind, what, MAILS / seconds, "mails/s", at_least=500)


def _run(kind: str, age: timedelta) -> float:
    with desk(kind) as app:
        return import_corpus(app, age)


def import_corpus(app: Flask, age: timedelta) -> float:
    """Import the corpus, dated ``age`` ago, and return how many seconds that took."""
    mails = [(str(n), raw) for n, raw in enumerate(corpus(MAILS, latest=now() - age))]
    with app.app_context():
        account_id = db.session.scalars(
            select(ChannelAccount.id).where(ChannelAccount.name == "main")
        ).one()
        db.session.remove()
        started = time.perf_counter()
        outcomes = list(mail_import.import_mails(account_id, mails, now=now()))
        seconds = time.perf_counter() - started
        _check(Counter(outcome.status for _label, outcome in outcomes), acknowledged=not age)
    return seconds


def _check(statuses: Counter[str], *, acknowledged: bool) -> None:
    """A fast import that loses mails would be no figure."""
    messages = db.session.scalar(select(func.count()).where(Message.direction == "in"))
    answers = db.session.scalar(select(func.count(Outbox.id)))
    if (
        messages != MAILS
        or set(statuses) != {"created", "appended"}
        or bool(answers) != acknowledged
    ):
        raise RuntimeError(f"not every mail arrived: {statuses}, {messages=}, {answers=}")
