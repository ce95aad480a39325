"""Languages without a desk, for refusals of what is pure."""

from collections.abc import Iterator

import pytest
from flask import Flask

from helpdesk import i18n


def _spoken(language: str) -> Iterator[None]:
    app = Flask("helpdesk")
    i18n.init_app(app, default=language, chosen=lambda: None)
    with app.app_context():
        yield


@pytest.fixture
def speech() -> Iterator[None]:
    """Speak Chinese."""
    yield from _spoken("zh")


@pytest.fixture
def speech_en() -> Iterator[None]:
    """Speak English."""
    yield from _spoken("en")
