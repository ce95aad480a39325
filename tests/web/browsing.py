"""The pages in a real browser: a server for the test, and a way in through the sign-in."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.servers.pages import serving

SESSION = "helpdesk"
"""The cookie of who is signed in."""
SIZES = {"wide": (1440, 900), "middle": (1024, 768), "phone": (390, 844)}

in_every_look = pytest.mark.parametrize(
    ("size", "theme"), [("wide", "light"), ("middle", "dark"), ("phone", "dark")]
)
"""Look at pages in each size and each theme: sizes move things about, and themes colour them.

What axe finds between the two ends, in a theme that it has seen, it finds at one of them.
"""


OUT_OF_SIGHT = """() => [...document.querySelectorAll(".subnav, .steps ol, .public-top nav, .views-narrow")].some((line) => {
  const here = line.querySelector("[aria-current]")?.getBoundingClientRect();
  const there = line.getBoundingClientRect();
  return here && (here.left < there.left - 1 || here.right > there.right + 1);
})"""
"""Whether the place one is at stands beyond the edge of a line of places."""
CUT_OFF = """() => [...document.querySelectorAll("details.menu[open] > .pop")].some((menu) => {
  const here = menu.getBoundingClientRect();
  return here.left < 0 || here.right > document.documentElement.clientWidth;
})"""
"""Whether a menu that is open reaches beyond the left or the right edge of the window."""


def assert_usable(page: Page) -> None:
    """Fail where axe finds a fault on the page, or where it is wider than its window.

    Between the two ends of ``SIZES`` axe is not asked. Of the places that lead on, the one
    that one is at has to be in sight. A page that a click has led to may still be on its way.
    """
    page.wait_for_load_state("load")
    width = page.viewport_size["width"]
    if width != SIZES["middle"][0]:
        found = Axe().run(page, options={"reporter": "no-passes"})
        assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, page.url
    assert not page.evaluate(OUT_OF_SIGHT), page.url
    assert not page.evaluate(CUT_OFF), page.url


def _is_fault(line: ConsoleMessage) -> bool:
    """Whether a line of the console tells a fault: a form that was refused is none."""
    return line.type == "error" and "the server responded with a status of 400" not in line.text


@pytest.fixture
def address(desk: Flask) -> Iterator[str]:
    """Serve the desk for the test and return where."""
    with serving(desk) as where:
        yield where


@pytest.fixture
def visit(
    chromium: Browser, address: str, sign_in: Callable[..., FlaskClient]
) -> Iterator[Callable[..., Page]]:
    """Return a way to open a page signed in; nothing may be said on the console.

    The scenarios sign in on the page; here it would be half of what a test takes.
    """
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def enter(
        path: str,
        *,
        size: str = "wide",
        language: str = "en",
        theme: str = "light",
        script: bool = True,
        email: str = "wu@office.test",
    ) -> Page:
        signed_in = sign_in(email).get_cookie(SESSION)
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            base_url=address,
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": address}
                for name, value in (
                    ("lang", language),
                    ("theme", theme),
                    (SESSION, signed_in.value),
                )
            ]
        )
        page = context.new_page()
        page.on("console", lambda line: said.append(line.text) if _is_fault(line) else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert said == []
