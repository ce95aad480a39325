"""A browserless client for what machines ask, at Monday 2026-11-23 10:00."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk.web import requests
from tests.web.pages import Browser

Sample = Callable[..., float | None]


@pytest.fixture
def client(app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client on this machine whose requests all happen now."""
    app.test_client_class = Browser
    monkeypatch.setattr(requests, "_clock", lambda: now)
    return app.test_client()


@pytest.fixture
def sample(client: FlaskClient) -> Sample:
    """Return a way to scrape one sample: ``sample("helpdesk_tickets", channel="web")``."""

    def scrape(name: str, **labels: str) -> float | None:
        text = client.get("/metrics").text
        for line in text.splitlines():
            found = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
            if found is None or found[1] != name:
                continue
            given = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if labels.items() <= given.items():
                return float(found[3])
        return None

    return scrape
