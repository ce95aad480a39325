"""Words that tests of the pages speak: times of one November, forms with their tokens."""

import re
from contextvars import Context
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpdesk.extensions import db
from helpdesk.models import Ticket

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "correct horse"


class Browser(FlaskClient):
    """A client whose every request is alone: it inherits no context from the test."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return Context().run(super().open, *args, **options)


def at(text: str) -> datetime:
    """Return a Shanghai time of November 2026, written ``23 10:40``, as an instant."""
    day, _, hour = text.partition(" ")
    hours, _, minutes = hour.partition(":")
    local = datetime(2026, 11, int(day), int(hours), int(minutes), tzinfo=SHANGHAI)
    return local.astimezone(UTC)


def post(
    client: FlaskClient, path: str, data: dict[str, object], **options: object
) -> TestResponse:
    """Post a form with the token that its page carries."""
    return client.post(path, data={**data, "csrf_token": token_of(client)}, **options)


def token_of(client: FlaskClient) -> str:
    """Return the token that the forms of a client's pages carry."""
    page = client.get("/password/forgotten").text
    return re.search(r'name="csrf-token" content="([^"]+)"', page)[1]


def ticket_of(number: int) -> Ticket:
    """Return the ticket as the database has it now."""
    db.session.rollback()  # what was read before belongs to an older snapshot
    return db.session.get_one(Ticket, number)
