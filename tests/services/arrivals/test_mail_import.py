"""Mails from files: each on its ticket once, whatever fails in the middle."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from helpdesk.extensions import transaction
from helpdesk.models import (
    AttachmentRecord,
    Event,
    Inbound,
    Message,
    Outbox,
    Person,
    Target,
    Ticket,
)
from helpdesk.runtime import current_storage
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals import intake, mail_import
from helpdesk.services.desk import search
from helpdesk.services.sending import acknowledgements
from tests.services.mails import mail, mailbox

MAILS = 7
POISON = 3
AGENT = Viewer(1, "agent", "赵敏", "zhao@desk.test", agent_id=1)


@pytest.fixture
def account(session, now):
    return mailbox(session, now=now)


def letters(now, count=MAILS):
    return [
        (
            f"{number}.eml",
            mail(
                f"咨询{number}",
                sender=f"c{number}@college.test",
                message_id=f"<{number}@college.test>",
                date=now,
            ),
        )
        for number in range(count)
    ]


def imported(account, mails, now):
    return dict(mail_import.import_mails(account, mails, now=now))


def counted(session, kind):
    return session.scalar(select(func.count()).select_from(kind))


@pytest.fixture(params=["before its rows are written", "after its rows are written"])
def poisoned(request, monkeypatch):
    """Let the desk fail on one mail when most of it is done."""
    acknowledge = acknowledgements.acknowledge

    def fail(session, ticket, *args, **named):
        if ticket.subject == f"咨询{POISON}":
            if request.param.startswith("after"):
                session.flush()
            raise RuntimeError("poison")
        return acknowledge(session, ticket, *args, **named)

    monkeypatch.setattr(acknowledgements, "acknowledge", fail)


@pytest.mark.usefixtures("poisoned")
def test_a_mail_that_fails_in_the_middle_undoes_itself_alone(session, now, account):
    """BEHAVIOURS 25."""
    found = imported(account, letters(now), now)

    bad = found.pop(f"{POISON}.eml")
    assert (bad.status, bad.ticket) == ("quarantined", None)
    assert "poison" in bad.reason
    assert {outcome.status for outcome in found.values()} == {"created"}
    subjects = {f"咨询{number}" for number in range(MAILS) if number != POISON}
    assert set(session.scalars(select(Ticket.subject))) == subjects
    for kind in (Ticket, Person, Target, Outbox):
        assert counted(session, kind) == MAILS - 1, kind
    assert counted(session, Message) == 2 * (MAILS - 1)  # each with its acknowledgement
    opened = session.scalars(select(Event.ticket_id).where(Event.kind == "ticket.opened")).all()
    assert sorted(opened) == sorted(outcome.ticket for outcome in found.values())


@pytest.mark.usefixtures("poisoned")
def test_nothing_of_it_is_left_for_later_transactions(session, now, account):
    imported(account, letters(now), now)

    with transaction():
        session.flush()
    assert f"咨询{POISON}" not in session.scalars(select(Ticket.subject)).all()
    page = search.search(session, AGENT, f"咨询{POISON}")
    assert page.tickets == []


def test_it_is_brought_in_when_somebody_puts_it_back(session, now, account, monkeypatch):
    def fail(*_args, **_named):
        raise RuntimeError("poison")

    with monkeypatch.context() as patch:
        patch.setattr(acknowledgements, "acknowledge", fail)
        [bad] = imported(account, letters(now, 1), now).values()
    with transaction():
        intake.retry(session, bad.inbound_id)

    [outcome] = intake.process([bad.inbound_id], now=now)
    assert outcome.status == "created"
    assert counted(session, Ticket) == 1


def test_an_answer_in_the_same_batch_finds_its_ticket_though_another_fails(
    session, now, account, poisoned
):
    mails = letters(now)
    answer = mail(
        "回复：咨询0",
        sender="c0@college.test",
        message_id="<answer@college.test>",
        In_Reply_To="<0@college.test>",
        date=now,
    )

    found = imported(account, [*mails, ("answer.eml", answer)], now)

    assert found["answer.eml"].status == "appended"
    assert found["answer.eml"].ticket == found["0.eml"].ticket


def test_what_an_import_that_was_cut_off_had_stored_is_brought_in_by_the_next(
    session, now, account
):
    mails = letters(now)
    safe = mail_import._keep(current_storage(), mails[:4], now)
    with transaction():
        intake.store(session, account, safe, now=now)

    found = imported(account, mails, now)

    assert Counter(outcome.status for outcome in found.values()) == {"created": MAILS}
    assert set(session.scalars(select(Inbound.state))) == {"done"}
    again = imported(account, mails, now)
    assert {outcome.status for outcome in again.values()} == {"duplicate"}
    assert counted(session, Message) == 2 * MAILS


@pytest.mark.parametrize("size", [100, intake.IN_ROW, intake.IN_ROW + 1, 3 * intake.IN_ROW])
def test_a_mail_of_any_size_is_kept_as_it_came(session, now, account, size):
    raw = mail("大邮件", date=now)
    raw += b"x" * (size - len(raw))
    [outcome] = imported(account, [("big.eml", raw)], now).values()

    kept = session.get_one(Inbound, outcome.inbound_id)
    with intake.raw_of(kept) as file:
        assert file.read() == raw
    assert (kept.raw_key is None) == (len(raw) <= intake.IN_ROW)


def test_a_file_comes_with_its_message(session, now, account):
    raw = (
        b"From: c1@college.test\r\nMessage-ID: <f@college.test>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\n"
        b"Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1;2\r\n"
        b"--x--\r\n"
    )
    imported(account, [("file.eml", raw)], now)

    [file] = session.scalars(select(AttachmentRecord))
    assert file.message.direction == "in"
    assert current_storage().read(file.sha256) == b"1;2"
