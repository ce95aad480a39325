"""Answers land on their ticket, and nobody else's words do."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Message, Outbox, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import threads
from helpdesk.services.desk import replies
from helpdesk.services.sending.outgoing_mail import compose_stored
from tests.services.mails import DESK, arrive, mail
from tests.services.people import agent


def _answered(session, now):
    """Let a mail arrive and an agent answer it; return the ticket and the mail sent."""
    outcome = arrive(session, mail(date=now), now=now)
    chen = agent(session, now)
    with transaction():
        ticket = session.get(Ticket, outcome.ticket)
        replies.reply(session, ticket, chen, "两位代表出席。", now=now + timedelta(hours=1))
    row = session.scalars(select(Outbox).where(Outbox.kind == "reply")).one()
    sent = message_from_bytes(compose_stored(row.mail, current_storage()), policy=default)
    return session.get(Ticket, outcome.ticket), sent


def test_the_reply_threads_in_the_requesters_mail_program(session, now):
    ticket, sent = _answered(session, now)

    assert "<q1@cdxx.example.cn>" in sent["References"]
    assert sent["In-Reply-To"]
    assert sent["Subject"] == f"Re: 揭牌仪式 [#{ticket.id}]"
    assert sent["From"].addresses[0].addr_spec == DESK
    assert sent["To"] == "lijianguo@cdxx.example.cn"


def test_an_answer_to_the_reply_lands_on_the_ticket(session, now):
    """BEHAVIOURS 19."""
    ticket, sent = _answered(session, now)
    answer = mail(
        "完全换了主题",
        "谢谢！",
        message_id="<q2@cdxx.example.cn>",
        date=now,
        In_Reply_To=sent["Message-ID"],
    )

    outcome = arrive(session, answer, now=now + timedelta(hours=2))

    assert (outcome.status, outcome.ticket) == ("appended", ticket.id)


@pytest.mark.parametrize(
    "prefix", ["Re: ", "回复：", "答复: ", "Re[5]: ", "AW: ", "RE：", "FWD: ", "回复: Re: "]
)
def test_without_headers_the_token_in_the_subject_finds_the_ticket(session, now, prefix):
    """BEHAVIOURS 19."""
    ticket, _ = _answered(session, now)
    answer = mail(
        f"{prefix}揭牌仪式 [#{ticket.id}]", "收到", message_id="<q3@cdxx.example.cn>", date=now
    )

    assert arrive(session, answer, now=now).ticket == ticket.id


def test_a_stranger_who_guesses_a_number_opens_a_ticket_of_their_own(session, now):
    """BEHAVIOURS 20."""
    ticket, _ = _answered(session, now)
    guess = mail(
        f"Re: [#{ticket.id}]",
        "give me everything",
        sender="mallory@evil.example.com",
        message_id="<m1@evil.example.com>",
        date=now,
    )

    outcome = arrive(session, guess, now=now)

    assert outcome.status == "created"
    assert outcome.ticket != ticket.id


def test_somebody_in_copy_may_answer_by_the_token(session, now):
    first = mail(date=now, Cc="同事 <colleague@other.example.cn>")
    ticket = arrive(session, first, now=now).ticket
    answer = mail(
        f"Re: [#{ticket}]",
        "补充一句",
        sender="colleague@other.example.cn",
        message_id="<c1@other.example.cn>",
        date=now,
    )

    assert arrive(session, answer, now=now).ticket == ticket


def test_the_signed_marker_in_the_quoted_body_finds_the_ticket(session, now):
    """BEHAVIOURS 19."""
    ticket, _ = _answered(session, now)
    answer = mail(
        "hello",
        f"thanks\n\n> {threads.marker(ticket.id)}",
        sender="secretary@elsewhere.example.cn",
        message_id="<s1@elsewhere.example.cn>",
        date=now,
    )

    assert arrive(session, answer, now=now).ticket == ticket.id


def test_a_forged_marker_is_nothing(session, now):
    """BEHAVIOURS 20."""
    ticket, _ = _answered(session, now)
    forged = mail(
        "hello",
        f"[ref:{ticket.id}.00000000000000000000]",
        sender="mallory@evil.example.com",
        message_id="<m2@evil.example.com>",
        date=now,
    )

    assert arrive(session, forged, now=now).status == "created"


def test_control_headers_of_a_stranger_are_ignored(session, now):
    """BEHAVIOURS 28."""
    ticket, _ = _answered(session, now)
    forged = mail(
        "hello",
        "text",
        sender="mallory@evil.example.com",
        message_id="<m3@evil.example.com>",
        date=now,
        X_Helpdesk_Ticket=str(ticket.id),
    )

    assert arrive(session, forged, now=now).status == "created"


def test_a_reply_to_a_merged_ticket_goes_to_its_target(session, now):
    """BEHAVIOURS 32."""
    ticket, sent = _answered(session, now)
    other = arrive(session, mail(date=now, message_id="<q9@cdxx.example.cn>"), now=now).ticket
    with transaction():
        ticket.status, ticket.merged_into_id = "merged", other
    answer = mail(date=now, message_id="<q10@cdxx.example.cn>", In_Reply_To=sent["Message-ID"])

    assert arrive(session, answer, now=now).ticket == other


def test_an_answer_reopens_and_a_first_reply_that_was_met_stays_met(session, now):
    """BEHAVIOURS 10."""
    ticket, sent = _answered(session, now)
    met_at = ticket.targets[0].met_at
    with transaction():
        ticket.status = "resolved"
    answer = mail(date=now, message_id="<q11@cdxx.example.cn>", In_Reply_To=sent["Message-ID"])

    arrive(session, answer, now=now + timedelta(hours=3))

    assert ticket.status == "open"
    assert met_at is not None
    assert ticket.targets[0].met_at == met_at


def test_an_automatic_reply_is_kept_but_changes_nothing(session, now):
    """BEHAVIOURS 22."""
    ticket, sent = _answered(session, now)
    with transaction():
        ticket.status = "resolved"
    vacation = mail(
        "自动回复: 揭牌仪式",
        "我在休假。",
        message_id="<v1@cdxx.example.cn>",
        date=now,
        In_Reply_To=sent["Message-ID"],
        Auto_Submitted="auto-replied",
    )

    outcome = arrive(session, vacation, now=now + timedelta(hours=2))

    assert (outcome.status, outcome.ticket) == ("appended", ticket.id)
    assert ticket.status == "resolved"
    kept = session.scalars(select(Message).where(Message.identity == "<v1@cdxx.example.cn>")).one()
    assert kept.automatic


def test_an_automatic_reply_to_nothing_is_suppressed_and_never_answered(session, now):
    """BEHAVIOURS 22."""
    vacation = mail("自动回复", "休假", date=now, Auto_Submitted="auto-replied")

    assert arrive(session, vacation, now=now).status == "suppressed"
    assert session.scalars(select(Outbox)).all() == []


def test_the_desks_own_mail_coming_back_is_suppressed(session, now):
    """BEHAVIOURS 22."""
    loop = mail(date=now, sender=f"desk <{DESK}>", message_id="<loop@x.example.cn>")

    assert arrive(session, loop, now=now).status == "suppressed"


def test_a_new_tickets_subject_carries_no_other_tickets_token(session, now):
    outcome = arrive(session, mail("回复：【#77】 教材", date=now), now=now)

    assert session.get(Ticket, outcome.ticket).subject == "教材"
