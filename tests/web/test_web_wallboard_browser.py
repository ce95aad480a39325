"""The hotline's figures in a real browser: for everybody, and on a wall that refreshes itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from helpdesk.extensions import db, transaction
from helpdesk.services.access import WALL
from helpdesk.services.reports import wallboards
from helpdesk.web import requests
from tests.web.browsing import assert_usable, in_every_look
from tests.web.hotline_calls import offered, take_over, taken
from tests.web.pages import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def calls(desk):
    """Three weeks with calls in every hour, more of them than anybody could answer on Mondays."""
    lines = []
    for day in (2, 3, 4, 5, 9, 10, 11, 16, 17, 20):
        for minute in range(0, 60, 2 if day in (2, 9, 16) else 12):
            lines += taken(at(f"{day} 9:{minute:02}"), talk=600)
        lines += (
            taken(at(f"{day} 14:10")) + offered(at(f"{day} 15:10")) + offered(at(f"{day} 12:30"))
        )
    take_over(lines + offered(at("23 9:30")), now=at("23 10:00"))


@in_every_look
def test_the_hotlines_pages_can_be_used_by_everybody(visit, calls, open_ticket, size, theme):
    open_ticket("考试报名系统无法上传学员名单", "20 9:55")
    page = visit("/dashboard/", size=size, theme=theme, language="zh")

    for path in (
        "/dashboard/",
        "/dashboard/?period=year",
        "/dashboard/ahead/",
        f"/wallboard/?look={theme}",
        "/wallboard/address",
        "/calls/rates",
        "/calls/?which=offered&hour=9&weekday=0",
    ):
        page.goto(path)
        assert_usable(page)


@pytest.fixture
def wall(chromium, address, desk):
    """Open the secret address on a screen of its own, where errors may be said."""
    with transaction() as session:
        wallboards.renew_address(session, WALL_MAKER, now=at("23 9:00"))
    token = wallboards.address_of(db.session(), WALL).token
    db.session.remove()
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, base_url=address)
    page = context.new_page()
    page.clock.install()
    page.goto(f"/wallboard/screen/{token}?lang=en")
    yield page
    context.close()


WALL_MAKER = WALL.__class__(1, "manager", "吴昊", "wu@office.test", agent_id=None)


def test_the_wall_refreshes_itself(wall, open_ticket, monkeypatch):
    expect(wall.locator(".wall-tile b").nth(4)).to_have_text("0")
    open_ticket("A question", "23 10:00")
    monkeypatch.setattr(requests, "_clock", lambda: at("23 10:41"))

    wall.clock.run_for("00:31")

    expect(wall.locator(".wall-tile b").nth(4)).to_have_text("1")
    expect(wall.locator(".wall-foot")).to_contain_text("Refreshed 10:41:00")
    expect(wall.locator("[data-stale]")).to_be_hidden()


def test_the_wall_says_when_it_cannot_refresh_and_goes_on_by_itself(wall):
    expect(wall.locator("[data-stale]")).to_be_hidden()

    wall.route("**/wallboard/**", lambda route: route.abort())
    wall.clock.run_for("00:31")
    expect(wall.locator("[data-stale]")).to_contain_text("Cannot be refreshed since 10:40:00")
    wall.unroute("**/wallboard/**")
    wall.clock.run_for("00:31")

    expect(wall.locator("[data-stale]")).to_be_hidden()


def test_the_wall_is_one_screen_high(wall):
    assert wall.evaluate("document.documentElement.scrollHeight") <= 1080


CUT = """() => [...document.querySelectorAll(".wall-card *, .wall-tile *, .wall-top *, .wall-foot *")]
  .filter((part) => {
    const frame = part.closest(".wall-card, .wall-tile, .wall-top, .wall-foot");
    const [here, there] = [part.getBoundingClientRect(), frame.getBoundingClientRect()];
    const beyond = here.right > there.right + 1 || here.bottom > there.bottom + 1;
    return here.width && (beyond || here.bottom > innerHeight || here.right > innerWidth);
  })
  .map((part) => part.textContent.trim())"""
"""What reaches beyond its frame or the screen."""
LINES = "new Set([...document.querySelectorAll('.wall-due li')].map((each) => each.offsetTop)).size"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_wall_shows_all_of_it_on_every_screen(wall, calls, open_ticket, monkeypatch, language):
    """In the morning most hours are still to come."""
    open_ticket("A question", "20 9:55")
    monkeypatch.setattr(requests, "_clock", lambda: at("23 9:01"))
    screen = wall.url.partition("?")[0]
    for size in ((1024, 768), (1280, 720), (1920, 1080)):
        wall.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        wall.goto(f"{screen}?lang={language}")
        assert (wall.evaluate(CUT), wall.evaluate(LINES)) == ([], 1), size
        assert wall.evaluate("document.documentElement.scrollHeight") <= size[1]


def test_the_wall_takes_over_a_new_version(wall, desk):
    desk.jinja_env.globals["asset"] = _next_version(desk.jinja_env.globals["asset"])

    with wall.expect_event("load"):
        wall.clock.run_for("00:31")

    expect(wall.locator("[data-stale]")).to_be_hidden()


def _next_version(asset):
    return lambda path: f"{asset(path)}?next"
