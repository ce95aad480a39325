"""The telephone exchange writes its log; the desk sees who was missed, and rings back in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Callback, ChannelAccount, Message, Target
from helpdesk.services.hotline import call_sources
from tests.scenarios.conftest import Desk
from tests.scenarios.running import eventually, look
from tests.scenarios.screens import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def log(desk: Desk, tmp_path: Path) -> Path:
    """Set up an exchange whose log the worker follows."""
    path = tmp_path / "queue_log"
    path.touch()
    with desk.app.app_context(), transaction() as session:
        account = call_sources.source_named(session, "pbx", now=desk.clock())
        account.settings = {"path": str(path), "format": "queue_log"}
    return path


def _write(log: Path, *lines: str) -> None:
    with log.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _missed(desk: Desk, call: str, number: str) -> tuple[str, ...]:
    at = int(desk.clock().timestamp()) - 40
    return (
        f"{at}|{call}|600|NONE|ENTERQUEUE||{number}|1",
        f"{at + 30}|{call}|600|NONE|ABANDON|1|1|30",
    )


def _answered(desk: Desk, call: str, number: str) -> tuple[str, ...]:
    at = int(desk.clock().timestamp()) - 90
    return (
        f"{at}|{call}|600|NONE|ENTERQUEUE||{number}|1",
        f"{at + 9}|{call}|600|陈静|CONNECT|9|x|2",
        f"{at + 70}|{call}|600|陈静|COMPLETECALLER|9|61|1",
    )


def _callback(desk: Desk, number: str) -> int:
    waiting = select(Callback.ticket_id).where(Callback.number == number, Callback.open)
    return eventually(lambda: look(desk.app, lambda s: s.scalar(waiting)), "the callback to make")


def test_a_missed_call_is_rung_back_and_the_log_may_rotate_meanwhile(
    desk: Desk, page: Page, log: Path
):
    _write(log, *_answered(desk, "1.1", "13800138000"), *_missed(desk, "1.2", "13900139000"))
    number = _callback(desk, "13900139000")
    sign_in(page, desk, desk.agent.address)
    page.goto(f"{desk.url}/callbacks/")
    expect(page.locator("main")).to_contain_text("13900139000")
    page.get_by_role("button", name="我来回拨").click()
    page.locator("textarea[name=said]").fill("已说明缴费标准。")
    page.get_by_role("button", name="已接通").click()
    expect(page.locator("main")).not_to_contain_text("13900139000")

    target = look(desk.app, lambda s: s.scalars(select(Target)).one())
    said = select(Message.text).where(Message.ticket_id == number, Message.direction == "out")
    assert target.state == "met"
    assert look(desk.app, lambda s: s.scalars(said).all()) == ["已说明缴费标准。"]
    page.goto(f"{desk.url}/calls/rates")
    expect(page.locator("tfoot")).to_contain_text("50%")

    log.rename(log.with_name("queue_log.1"))
    _write(log, *_missed(desk, "1.3", "13900139000"))
    again = _callback(desk, "13900139000")
    assert again != number
    read = select(ChannelAccount.last_error).where(ChannelAccount.name == "pbx")
    eventually(lambda: look(desk.app, lambda s: s.scalar(read)) is None, "a log that is read")


def test_a_caller_whom_nobody_rings_back_is_a_broken_promise(desk: Desk, page: Page, log: Path):
    """BEHAVIOURS 17, 18."""
    _write(log, *_missed(desk, "1.1", "13900139000"))
    number = _callback(desk, "13900139000")
    target = look(desk.app, lambda s: s.scalars(select(Target)).one())
    # the promise runs from the call, not from when the desk heard of it
    assert desk.clock() - target.started_at >= timedelta(seconds=30)

    desk.clock.set(target.due_at + timedelta(minutes=5))
    eventually(
        lambda: look(desk.app, lambda s: s.scalars(select(Target)).one()).breached_at,
        "the broken promise",
    )
    sign_in(page, desk, desk.agent.address)
    page.goto(f"{desk.url}/queue/due")
    expect(page.locator(".item", has_text=f"#{number}").locator(".promise")).to_contain_text(
        "已超时"
    )
