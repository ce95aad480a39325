"""A real Chromium: one program for the whole session, a clean profile for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MILLISECONDS = 60_000
INSTALL = "`make test` as root installs what it needs, or says what to install."


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Run the browser that Debian installs, without its windows where it comes without them.

    Elsewhere the one that Playwright brings will do, as on Ubuntu.
    """
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=[*QUIET])
        except Error as error:
            pytest.fail(f"Chromium does not start here. {INSTALL}\n{error}", pytrace=False)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return an empty page of somebody who reads Chinese; an error in a script fails the test."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    yield opened
    context.close()
    assert trouble == []
