"""Rows of a batch, written past the session, are the rows that the session would have written."""

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import AttachmentRecord, Message, Outbox, Ticket
from helpdesk.services.database import events, memory, waiting_rows
from tests.services.mails import arrive, mail


@pytest.fixture
def ticket(session, now):
    return session.get(Ticket, arrive(session, mail(date=now), now=now).ticket)


def _message(ticket, now, **more):
    return Message(
        ticket_id=ticket.id,
        direction="out",
        channel="email",
        author_name="认证办",
        at=now,
        created_at=now,
        text="收到",
        **more,
    )


def _outbox(message, now, identity):
    return Outbox(
        kind="reply",
        ticket_id=message.ticket_id,
        message_id=message.id,
        identity=identity,
        sender="service@miec.example.cn",
        recipients=["li@cdxx.example.cn"],
        mail={},
        next_try_at=now,
        created_at=now,
    )


def _columns(session, kind):
    """Return the table's last two rows without what tells them apart."""
    rows = session.execute(select(*kind.__table__.c).order_by(kind.id.desc()).limit(2)).mappings()
    apart = {"id", "identity", "message_id"}
    return [{name: row[name] for name in row if name not in apart} for row in rows]


def test_they_have_the_same_defaults(session, now, ticket):
    with transaction():
        plain = _message(ticket, now, recipients=[], cc=[])
        waiting_rows.add(session, plain)
        waiting_rows.add(session, _outbox(plain, now, "<a@desk>"))
        session.flush()
        with memory.remembering(session):
            waiting = _message(ticket, now, recipients=[], cc=[])
            waiting_rows.add(session, waiting)
            waiting_rows.add(session, _outbox(waiting, now, "<b@desk>"))
            events.write(session)

    for kind in (Message, Outbox):
        one, other = _columns(session, kind)
        assert one == other


def test_a_message_with_files_keeps_them(session, now, ticket):
    with transaction(), memory.remembering(session):
        message = _message(ticket, now, recipients=[], cc=[])
        message.attachments = [
            AttachmentRecord(name="a.txt", content_type="text/plain", size=1, sha256="0" * 64)
        ]
        waiting_rows.add(session, message)
        events.write(session)

    assert [file.name for file in session.get(Message, message.id).attachments] == ["a.txt"]


def test_what_waits_is_dropped_with_the_batch_that_failed(session, now, ticket):
    before = len(session.scalars(select(Message.id)).all())
    with transaction(), memory.remembering(session):
        waiting_rows.add(session, _message(ticket, now, recipients=[], cc=[]))

    events.write(session)
    assert len(session.scalars(select(Message.id)).all()) == before
