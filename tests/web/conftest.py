"""What tests of the pages share: languages alone, and a desk with people who sign in."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from channels.message import Handle
from helpdesk import i18n
from helpdesk.extensions import transaction
from helpdesk.models import Message
from helpdesk.services.access import Actor
from helpdesk.services.desk import tickets
from helpdesk.services.identity import accounts, people
from helpdesk.web import requests
from sla.calendar import Calendar, CalendarSpec
from sla.china import DEFAULT_HOURS
from tests.web import pages
from tests.web.browsing import address, visit
from tests.web.pages import PASSWORD, Browser, at

__all__ = ["address", "visit"]


@pytest.fixture
def calendar() -> Calendar:
    return Calendar(CalendarSpec("Asia/Shanghai", DEFAULT_HOURS))


@pytest.fixture(params=["zh"])
def speech(request: pytest.FixtureRequest) -> Iterator[str]:
    """Speak a language without a desk around it."""
    app = Flask("helpdesk")
    i18n.init_app(app, default=request.param, chosen=lambda: None)
    with app.app_context():
        yield request.param


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return a desk with one agent, one manager, one contact, at 10:40 on Monday the 23rd."""
    app.test_client_class = Browser
    monkeypatch.setattr(requests, "_clock", lambda: at("23 10:40"))
    with transaction() as session:
        for email, role, name in (
            ("chen@office.test", "agent", "陈静"),
            ("wu@office.test", "manager", "吴昊"),
            ("zhou@college.test", "center", "周敏"),
        ):
            accounts.add_login(
                session, email=email, role=role, name=name, password=PASSWORD, now=at("2 9:00")
            )
    return app


@pytest.fixture
def open_ticket(desk: Flask) -> Callable[..., int]:
    """Return a way to open a ticket of the college's contact and get its number."""

    def open_one(
        subject: str = "无法上传名单", when: str = "23 10:00", request_type: str | None = None
    ) -> int:
        with transaction() as session:
            person = people.person_for(
                session, Handle("email", "zhou@college.test", "周敏"), now=at(when)
            )
            ticket = tickets.open_ticket(
                session,
                subject=subject,
                channel="email",
                requester=person,
                started_at=at(when),
                now=at(when),
                by=Actor(person.display_name, person_id=person.id),
                request_type=request_type,
            )
            message = Message(
                direction="in",
                channel="email",
                author_name="周敏",
                author_address="zhou@college.test",
                person_id=person.id,
                at=at(when),
                text="请问如何处理？",
            )
            tickets.add_message(session, ticket, message, (), at(when))
            return ticket.id

    return open_one


@pytest.fixture
def sign_in(desk: Flask) -> Callable[..., FlaskClient]:
    """Return a way to get a client that somebody is signed in with."""

    def enter(email: str = "chen@office.test", language: str = "en") -> FlaskClient:
        client = desk.test_client()
        client.set_cookie("lang", language)
        pages.sign_in(client, email)
        return client

    return enter


@pytest.fixture
def admin(desk: Flask, sign_in: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """Return a way to get a client that an administrator is signed in with."""
    with transaction() as session:
        accounts.add_login(
            session,
            email="admin@office.test",
            role="admin",
            name="管理员",
            password=PASSWORD,
            now=at("2 9:00"),
        )
    return lambda language="en": sign_in("admin@office.test", language)
