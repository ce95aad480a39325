"""``docs/adding-a-channel.md``, followed: one registry line, and the desk does the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from channels import registry
from helpdesk import metrics
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Inbound, Target, Ticket
from tests.scenarios.conftest import Desk
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import reply_on_the_ticket, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def trays(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Plug the fax machine in: the registry's line and an account."""
    monkeypatch.setitem(registry.CHANNELS, "fax", ("tests.scenarios.fax", "FaxChannel"))
    monkeypatch.setattr(registry, "_made", {})
    folders = tmp_path / "in", tmp_path / "out"
    for folder in folders:
        folder.mkdir()
    with desk.app.app_context(), transaction() as session:
        session.add(
            ChannelAccount(
                channel="fax",
                name="fax in the corridor",
                settings={"in_tray": str(folders[0]), "out_tray": str(folders[1])},
                created_at=desk.clock(),
            )
        )
    return folders


def test_a_new_channel_brings_tickets_takes_answers_and_shows_its_health(
    desk: Desk, page: Page, trays: tuple[Path, Path]
) -> None:
    letters, answers = trays
    (letters / "001").write_text("01062001234\n贵中心何时揭牌？\n请答复。")
    ticket = eventually(lambda: look(desk.app, lambda s: s.scalar(select(Ticket))), "the ticket")
    assert (ticket.channel, ticket.subject) == ("fax", "贵中心何时揭牌？")

    sign_in(page, desk, desk.agent.address)
    page.goto(f"{desk.url}/tickets/{ticket.id}")
    expect(page.locator("main")).to_contain_text("贵中心何时揭牌？")
    reply_on_the_ticket(page, "十二月五日。")
    [sent] = eventually(lambda: list(answers.iterdir()), "the answer in the out-tray")
    assert sent.read_text() == "01062001234\n十二月五日。"
    assert look(desk.app, lambda s: s.scalars(select(Target)).one()).state == "met"

    (letters / "002").write_text("nobody\nwho am I?")
    stuck = select(Inbound).where(Inbound.state == "quarantined")
    assert "does not say who sent it" in str(
        eventually(lambda: look(desk.app, lambda s: s.scalar(stuck)), "the quarantine").reason
    )
    for letter in letters.iterdir():
        letter.unlink()
    letters.rmdir()
    trouble = select(ChannelAccount.last_error).where(ChannelAccount.channel == "fax")
    assert "switched off" in eventually(
        lambda: look(desk.app, lambda s: s.scalar(trouble)), "the trouble"
    )
    assert 'channel="fax"' in _metrics(desk.app, desk)


def _metrics(app: Flask, desk: Desk) -> str:
    with app.app_context():
        return metrics.exposition(now=desk.clock()).decode()
