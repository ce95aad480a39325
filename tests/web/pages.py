"""Words that tests of the pages speak: times of one November, forms with their tokens."""

import secrets
from collections.abc import Iterable
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import session
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from helpdesk.extensions import db
from helpdesk.models import Login, Ticket
from helpdesk.web import signed

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "correct horse"
T = TypeVar("T")


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


def sign_in(client: FlaskClient, email: str) -> None:
    """Give a client the session that the form of signing in begins, without its two pages."""

    def begin() -> None:
        with client.application.test_request_context():
            login = db.session.scalars(select(Login).where(Login.email == email)).one()
            signed.start(login)
            begun = dict(session)
        with client.session_transaction() as kept:
            kept.update(begun)

    Context().run(begin)


def post(
    client: FlaskClient, path: str, data: dict[str, object], **options: object
) -> TestResponse:
    """Post a form with the token that its page would carry."""
    return client.post(path, data={**data, "csrf_token": token_of(client)}, **options)


def token_of(client: FlaskClient) -> str:
    """Return a token as the forms of a client's pages carry it."""

    def make() -> str:
        with client.session_transaction() as kept:
            secret = kept.setdefault("csrf_token", secrets.token_hex(20))
        signer = URLSafeTimedSerializer(client.application.secret_key, salt="wtf-csrf-token")
        return signer.dumps(secret)

    return Context().run(make)


def ticket_of(number: int) -> Ticket:
    """Return the ticket as the database has it now."""
    db.session.rollback()  # what was read before belongs to an older snapshot
    return db.session.get_one(Ticket, number)


def share(figures: Iterable[T]) -> list[T]:
    """Return the half of them that is looked at on this database; the other one has the rest."""
    return list(figures)[db.engine.dialect.name == "postgresql" :: 2]
