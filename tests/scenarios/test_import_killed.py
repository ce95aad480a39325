"""An import that is killed between any two steps loses nothing and doubles nothing."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk.extensions import reading
from helpdesk.models import Inbound, Message, Outbox, Ticket
from helpdesk.services.arrivals import intake, mail_import
from tests.scenarios.import_process import CHUNK, STEPS, import_until, mails_in
from tests.scenarios.letters import letter
from tests.scenarios.running import eventually
from tests.services.mails import DESK, mailbox

MAILS = 4 * CHUNK


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_the_second_chunk_the_import_is_only_run_again(
    app: Flask, database_url: str, tmp_path: Path, step: str
):
    """BEHAVIOURS 21."""
    folder = tmp_path / "mails"
    folder.mkdir()
    now = datetime.now(UTC)
    for number in range(MAILS):
        mail = letter(f"咨询 {number}", "请问？", sender=f"c{number}@a.test", to=DESK, at=now)
        (folder / f"{number:03}.eml").write_bytes(mail.as_bytes())
    with app.app_context(), reading() as session:
        account = mailbox(session, now=now)

    ended = import_until(
        step, 2, database_url=database_url, data=tmp_path / "data", account=account, folder=folder
    )
    assert ended == -signal.SIGKILL

    with app.app_context():
        told = dict(mail_import.import_mails(account, mails_in(folder), now=now))
        assert len(told) == MAILS
        eventually(lambda: _all_done(now), "every mail on its ticket")
        with reading() as session:
            assert Counter(session.scalars(select(Inbound.state))) == {"done": MAILS}
            assert session.scalar(select(func.count()).select_from(Ticket)) == MAILS
            came = select(Message.identity).where(Message.direction == "in")
            assert set(Counter(session.scalars(came)).values()) == {1}
            answered = Counter(session.scalars(select(Outbox.ticket_id)))
            assert (len(answered), set(answered.values())) == (MAILS, {1})


def _all_done(now: datetime) -> bool:
    """Do what a worker does with what waits; PostgreSQL may notice a death a moment later."""
    with reading() as session:
        waiting = intake.pending(session)
    intake.process(waiting, now=now)
    return not waiting
