"""A center's mail becomes a ticket, once, with its promise running."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from channels.message import RawItem
from helpdesk.extensions import db, transaction
from helpdesk.models import Address, Center, CenterDomain, Inbound, Message, Outbox, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import intake, understanding
from tests.services.mails import arrive, mail, mailbox
from tests.services.outboxes import a_reply


def _center(session, now):
    with transaction():
        center = Center(
            code="CD017", name="成都信息工程学院认证中心", region="四川", created_at=now
        )
        center.domains = [CenterDomain(domain="cdxx.example.cn")]
        session.add(center)


def test_a_mail_becomes_a_ticket_of_its_center_with_a_running_promise(session, now):
    _center(session, now)

    outcome = arrive(session, mail(date=now), now=now)

    assert outcome.status == "created", outcome
    ticket = session.get(Ticket, outcome.ticket)
    assert (ticket.subject, ticket.channel, ticket.status) == ("揭牌仪式", "email", "open")
    assert ticket.center.code == "CD017"
    assert ticket.requester.name == "李建国"
    [target] = ticket.targets
    assert (target.metric, target.state) == ("first_reply", "running")
    assert target.due_at == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert ticket.queue_at == target.due_at


def test_it_is_acknowledged_in_chinese_with_the_promised_time(session, now):
    outcome = arrive(session, mail(date=now), now=now)

    ack = session.scalars(select(Message).where(Message.automatic)).one()
    assert "11月24日 周二 10:00" in ack.text
    assert f"#{outcome.ticket}" in ack.text
    row = session.scalars(select(Outbox)).one()
    assert (row.kind, row.state) == ("acknowledgement", "queued")
    assert row.recipients == ["lijianguo@cdxx.example.cn"]


def test_an_english_mail_is_acknowledged_in_english(session, now):
    arrive(session, mail("Exam dates", "When is the next exam, please?", date=now), now=now)

    ack = session.scalars(select(Message).where(Message.automatic)).one()
    assert "We will reply to you by Tue 24 Nov 10:00" in ack.text


def test_an_acknowledgement_is_not_a_reply(session, now):
    """BEHAVIOURS 3."""
    outcome = arrive(session, mail(date=now), now=now)

    assert session.get(Ticket, outcome.ticket).targets[0].met_at is None


def test_the_same_mail_twice_is_one_ticket(session, now):
    """BEHAVIOURS 21."""
    first = arrive(session, mail(date=now), now=now, uid="1")
    second = arrive(session, mail(date=now), now=now, uid="2")

    assert (second.status, second.ticket) == ("duplicate", first.ticket)
    assert len(session.scalars(select(Ticket)).all()) == 1


def test_without_a_message_id_the_bytes_tell_it_apart(session, now):
    """BEHAVIOURS 21."""
    raw = mail(date=now, message_id=None)
    arrive(session, raw, now=now, uid="1")

    assert arrive(session, raw, now=now, uid="2").status == "duplicate"
    assert arrive(session, raw + b"more", now=now, uid="3").status == "created"


@pytest.mark.parametrize("length", [998, 999, 1000, 5000])
def test_a_message_id_of_any_length_is_no_reason_to_keep_a_mail_out(session, now, length):
    long = f"<{'a' * (length - len('<@b>'))}@b>"

    assert arrive(session, mail(date=now, message_id=long), now=now).status == "created"


def test_the_same_message_in_two_mailboxes_is_kept_by_both(session, now):
    """BEHAVIOURS 21."""
    other = mailbox(session, now=now, name="exams", address="exam@miec.example.cn")
    arrive(session, mail(date=now), now=now)

    assert arrive(session, mail(date=now), now=now, account=other).status == "created"


def test_a_clock_starts_when_the_mail_was_written_not_when_it_was_read(session, now):
    """BEHAVIOURS 17."""
    written = now - timedelta(hours=20)
    outcome = arrive(session, mail(date=written), now=now)

    assert session.get(Ticket, outcome.ticket).targets[0].started_at == written


def test_an_old_mail_is_not_acknowledged(session, now):
    arrive(session, mail(date=now - timedelta(days=2)), now=now)

    assert session.scalars(select(Outbox)).all() == []


def test_acknowledgements_to_one_sender_are_capped(session, now):
    """BEHAVIOURS 22."""
    for number in range(14):
        arrive(session, mail(date=now, message_id=f"<{number}@cdxx.example.cn>"), now=now)

    assert len(session.scalars(select(Outbox)).all()) == 10


def test_many_senders_cannot_let_the_desk_flood_somebody_else(session, now):
    """BEHAVIOURS 22."""
    for number in range(14):
        raw = mail(
            date=now,
            sender=f"s{number}@evil.example",
            message_id=f"<{number}@evil.example>",
            Reply_To="victim@else.example",
        )
        arrive(session, raw, now=now)

    assert len(session.scalars(select(Outbox)).all()) == 10
    other = mail(date=now, message_id="<o@b>", Reply_To="office@cdxx.example.cn")
    arrive(session, other, now=now)
    assert len(session.scalars(select(Outbox)).all()) == 11


def test_a_muted_address_is_not_acknowledged(session, now):
    """BEHAVIOURS 22."""
    arrive(session, mail(date=now), now=now)
    with transaction():
        session.scalars(select(Address)).first().muted_at = now
    arrive(session, mail(date=now, message_id="<q2@cdxx.example.cn>"), now=now)

    assert len(session.scalars(select(Outbox)).all()) == 1


def test_poison_goes_to_quarantine_and_the_next_mail_goes_on(session, now):
    """BEHAVIOURS 25."""
    outcome = arrive(session, b"", now=now, uid="poison")
    assert outcome.status == "quarantined"
    assert outcome.reason

    assert arrive(session, mail(date=now), now=now).status == "created"
    assert session.get(Inbound, outcome.inbound_id).state == "quarantined"


def test_an_answer_waits_for_the_mail_that_another_process_brings_in(app, session, now):
    """BEHAVIOURS 19: a worker takes up the beginning of what an import has stored."""
    question = mail(date=now)
    answer = mail("Re: 揭牌仪式", date=now, message_id="<q2@b>", In_Reply_To="<q1@cdxx.example.cn>")
    account = mailbox(session, now=now)
    arrive(session, mail("学校的上一封", date=now, message_id="<q0@b>"), now=now)
    items = [RawItem(str(number), raw, now) for number, raw in enumerate([question, answer])]
    with transaction():
        ids = intake.store(session, account, [(item, None) for item in items], now=now)
    outcomes, both = {}, understanding.understand(current_storage(), understanding.waiting(ids))

    def import_both():
        with app.app_context():
            outcomes.update({o.inbound_id: o for o in intake.bring_in(both, now=now)})
            db.session.remove()

    importing = Thread(target=import_both)
    postgres = session.get_bind().dialect.name == "postgresql"
    with transaction():
        intake._wait_for_others(session, {account})
        [begun] = intake._bring_in(session, intake._claimed(session, both[:1]), now)
        if postgres:
            importing.start()
            importing.join(1)
    if not postgres:
        importing.start()
    importing.join()

    [continued] = outcomes.values()
    assert (continued.status, continued.ticket) == ("appended", begun.ticket)


def test_an_answer_through_a_groups_address_opens_its_ticket_again(session, now):
    """BEHAVIOURS 10, 22: nothing answers it by itself."""
    ticket, message = a_reply(session, now, status="resolved")
    fields = {"In_Reply_To": message.identity, "List_Id": "<office.cdxx.example.cn>"}

    answer = mail("Re: 揭牌仪式", "还有一个问题。", date=now, message_id="<q2@b>", **fields)
    outcome = arrive(session, answer, now=now)

    session.refresh(ticket)
    assert (outcome.ticket, ticket.status, ticket.awaiting_reply) == (ticket.id, "open", True)
    assert [row.kind for row in session.scalars(select(Outbox))] == ["reply"]
