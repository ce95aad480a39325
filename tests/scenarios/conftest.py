"""A whole desk for the scenarios: database, mailboxes, worker, web server, people."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from helpdesk import create_app
from helpdesk.extensions import transaction
from helpdesk.models import Center, CenterDomain
from helpdesk.services.identity import accounts
from helpdesk.web import requests
from tests.desk import NOW, dispose, make_config
from tests.scenarios import running
from tests.scenarios.running import MovedClock
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.pages import serving
from tests.servers.process import LOOPBACK, free_port
from tests.servers.smtp import SmtpServer

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Desk:
    """A running desk and who is around it; every person has a mailbox of their own."""

    app: Flask
    url: str
    clock: MovedClock
    address: str
    smtp: SmtpServer
    contact: Mailbox
    agent: Mailbox
    password: str = field(default=PASSWORD, repr=False)


@pytest.fixture
def desk(
    *,
    database_url: str,
    tmp_path: Path,
    dovecot: Dovecot,
    smtp_server: SmtpServer,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """Run a desk on Monday 2026-11-23 from 10:00 in Shanghai on."""
    clock = MovedClock(NOW)
    monkeypatch.setattr(requests, "_clock", clock)
    smtp_server.deliver_to(dovecot, clock)
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    app = create_app(make_config(database_url, tmp_path / "data", base_url=url))
    unique = uuid.uuid4().hex[:8]
    office = dovecot.mailbox(f"service@office-{unique}.test")
    people = Desk(
        app,
        url,
        clock,
        office.address,
        smtp_server,
        contact=dovecot.mailbox(f"lijianguo@college-{unique}.test"),
        agent=dovecot.mailbox(f"chenjing@office-{unique}.test"),
    )
    settings = running.mail_settings(office, smtp_server, certificates, tmp_path)
    running.add_mailbox(app, "main", office.address, settings, now=clock())
    _people(people)
    with running.working(app, clock), serving(app, port):
        yield people
    dispose(app)


@pytest.fixture
def office(
    app: Flask,
    *,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    certificates: Certificates,
    tmp_path: Path,
) -> Mailbox:
    """Return the mailbox of a desk whose workers are processes of their own; it is empty."""
    settings = running.mail_settings(mailbox, smtp_server, certificates, tmp_path)
    running.add_mailbox(app, "main", mailbox.address, settings, now=datetime.now(UTC))
    return mailbox


def _people(desk: Desk) -> None:
    now = desk.clock()
    with desk.app.app_context(), transaction() as session:
        center = Center(code="CD017", name="成都信息学院认证中心", region="四川", created_at=now)
        center.domains = [CenterDomain(domain=desk.contact.address.partition("@")[2])]
        session.add(center)
        session.flush()
        accounts.add_login(
            session,
            email=desk.agent.address,
            role="agent",
            name="陈静",
            password=desk.password,
            now=now,
        )
        accounts.add_login(
            session,
            email=desk.contact.address,
            role="center",
            name="李建国",
            center_code="CD017",
            password=desk.password,
            now=now,
        )
