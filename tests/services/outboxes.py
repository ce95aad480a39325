"""A desk that sends through the tests' SMTP server."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Message, Outbox, Ticket
from helpdesk.services.connections import channel_accounts
from helpdesk.services.desk import replies
from helpdesk.services.sending import delivery
from tests.servers.smtp import SmtpServer
from tests.services.mails import arrive, mail, mailbox
from tests.services.people import agent


def send_through(session: Session, server: SmtpServer, *, now: datetime, **settings) -> int:
    """Let the desk's mailbox send through this server; return its id."""
    account_id = mailbox(session, now=now)
    smtp = {"host": server.host, "port": server.port, "security": "plain", **settings}
    with transaction():
        session.get_one(ChannelAccount, account_id).settings = {"smtp": smtp}
    return account_id


def deliver(now: datetime, worker: str = "w1") -> int:
    """Send once what is due."""
    senders = channel_accounts.Senders()
    try:
        return delivery.deliver_due(senders, worker=worker, now=now)
    finally:
        senders.close()


def a_reply(session: Session, now: datetime, **more) -> tuple[Ticket, Message]:
    """Let a mail of a list arrive (nobody acknowledges it) and an agent answer it at ``now``."""
    raw = mail(date=now - timedelta(hours=1), Precedence="list")
    outcome = arrive(session, raw, now=now - timedelta(hours=1))
    chen = agent(session, now)
    with transaction():
        ticket = session.get_one(Ticket, outcome.ticket)
        message = replies.reply(session, ticket, chen, "两位代表出席。", now=now, **more)
    return ticket, message


def only_row(session: Session) -> Outbox:
    """Return the outbox's only row as it is now."""
    session.rollback()
    return session.scalars(select(Outbox).execution_options(populate_existing=True)).one()
