"""A worker that is killed at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from helpdesk.models import Inbound, Message, Outbox, Ticket
from helpdesk.services.connections import channel_accounts
from helpdesk.services.sending import delivery
from tests.scenarios.letters import letter
from tests.scenarios.running import eventually, look
from tests.scenarios.worker_process import worker_process
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpServer

MAILS = 500
KILLS = 10
SEED = 20261123
LEASE_OVER = channel_accounts.LEASE + timedelta(seconds=1)
CLAIMS_OVER = KILLS * LEASE_OVER + delivery.CLAIM


def test_killed_at_random_points_the_desk_takes_each_of_500_mails_once(
    app: Flask, database_url: str, tmp_path: Path, office: Mailbox, smtp_server: SmtpServer
):
    """BEHAVIOURS 21, 30."""
    chance = random.Random(SEED)
    arriving = iter(range(MAILS))
    for kill in range(KILLS):
        _deliver(office, arriving, MAILS // KILLS)
        with worker_process(database_url, tmp_path / "data", ahead=kill * LEASE_OVER):
            time.sleep(chance.uniform(0.2, 2))  # the moment of the kill is what is being tried

    with worker_process(database_url, tmp_path / "data", ahead=CLAIMS_OVER) as last:
        eventually(lambda: _counted(app, Message.automatic) == MAILS, "500 acknowledgements")
        eventually(lambda: not look(app, _unsent), "an empty outbox")
        last.stop()

    assert look(app, _states) == {"done": MAILS}
    assert _counted(app, Message.direction == "in") == MAILS
    identities = look(
        app, lambda s: s.scalars(select(Message.identity).where(Message.direction == "in")).all()
    )
    assert len(set(identities)) == MAILS
    assert look(app, lambda s: s.scalar(select(func.count()).select_from(Ticket))) == MAILS
    sent = defaultdict(set)
    for mail in smtp_server.delivered:
        sent[mail.recipients].add(message_from_bytes(mail.raw)["Message-ID"])
    assert len(sent) == MAILS, "an acknowledgement is missing"
    assert {len(ids) for ids in sent.values()} == {1}, "sent again under another Message-ID"


def _deliver(office: Mailbox, arriving: Iterator[int], count: int) -> None:
    now = datetime.now(UTC)
    for number in itertools.islice(arriving, count):
        sender = f"contact{number}@college{number % 40}.test"
        mail = letter(f"咨询 {number}", "请问如何报名？", sender=sender, to=office.address, at=now)
        office.deliver(mail.as_bytes())


def _counted(app: Flask, condition) -> int:
    return look(app, lambda s: s.scalar(select(func.count()).select_from(Message).where(condition)))


def _unsent(session):
    return session.scalars(select(Outbox.id).where(Outbox.state != "sent").limit(1)).all()


def _states(session):
    return Counter(session.scalars(select(Inbound.state)))
