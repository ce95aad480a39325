"""A delivery report of one of our mails: the reply failed, and the promise is owed again."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Address, Event, Inbound, Message, Notification, Outbox, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals import intake
from helpdesk.services.desk import merging, replies
from helpdesk.services.promises import enforcement
from tests.services.mails import DESK, arrive, mail
from tests.services.outboxes import a_reply
from tests.services.people import agent

REQUESTER = "lijianguo@cdxx.example.cn"
HOUR = timedelta(hours=1)
ANOTHER = Viewer(0, "agent", "吴昊", "wu@miec.example.cn")

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.cn
To: {desk}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <bounce.{unique}@mx.example.cn>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=="

--==
Content-Type: text/plain

This is the mail system.

--==
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.cn

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {said}

--==
Content-Type: text/rfc822-headers

Message-ID: {identity}
Subject: Re: x

--==--
"""


def report(
    identity: str, *, now, to=REQUESTER, action="failed", status="5.1.1", said="user unknown"
) -> bytes:
    """Return a delivery report as RFC 3464 lays it out."""
    return REPORT.format(
        desk=DESK,
        date=format_datetime(now),
        unique=f"{action}.{status}.{now.timestamp()}",
        to=to,
        action=action,
        status=status,
        said=said,
        identity=identity,
    ).encode()


def _bounced(session, now, **changes):
    """Answer a ticket at ``now`` and let a report of the answer come back an hour later."""
    ticket, message = a_reply(session, now)
    outcome = arrive(session, report(message.identity, now=now + HOUR, **changes), now=now + HOUR)
    for row in (ticket, message, *ticket.targets):
        session.refresh(row)
    return ticket, message, outcome


def test_a_bounced_reply_failed_and_its_promise_is_owed_again(session, now):
    """BEHAVIOURS 23."""
    ticket, message, outcome = _bounced(session, now)

    assert (outcome.status, outcome.ticket) == ("appended", ticket.id)
    assert (message.delivery, "user unknown" in message.delivery_error) == ("failed", True)
    [target] = ticket.targets
    assert (target.state, target.met_at, target.service_minutes) == ("running", None, None)
    assert ticket.queue_at == target.due_at
    assert ticket.awaiting_reply
    [notice] = session.scalars(select(Notification).where(Notification.kind == "delivery"))
    assert notice.ticket_id == ticket.id


def test_a_bounced_reply_is_breached_like_none(session, now):
    """BEHAVIOURS 23."""
    ticket, _message, _outcome = _bounced(session, now)
    [target] = ticket.targets

    enforcement.enforce_due(target.due_at + HOUR)

    session.refresh(target)
    assert (target.state, target.breached_at) == ("breached", target.due_at)


def test_a_report_after_the_deadline_records_the_breach_at_its_instant(session, now):
    """BEHAVIOURS 18, 23."""
    ticket, message = a_reply(session, now)
    [target] = ticket.targets
    late = target.due_at + HOUR

    arrive(session, report(message.identity, now=late), now=late)
    enforcement.enforce_due(late + HOUR)

    session.refresh(target)
    assert (target.met_at, target.breached_at) == (None, target.due_at)


def test_another_reply_that_arrived_keeps_the_promise(session, now):
    ticket, message = a_reply(session, now)
    with transaction():
        second = replies.reply(session, ticket, ANOTHER, "另请带上证件。", now=now + HOUR)
    arrive(session, report(message.identity, now=now + 2 * HOUR), now=now + 2 * HOUR)

    [target] = ticket.targets
    session.refresh(target)
    assert (target.state, target.met_at) == ("met", second.at)


def test_the_same_report_twice_changes_nothing_more(session, now):
    _ticket, message, _ = _bounced(session, now)

    again = report(message.identity, now=now + 2 * HOUR)
    arrive(session, again, now=now + 2 * HOUR)

    failed = select(Event).where(Event.kind == "delivery.failed")
    assert len(session.scalars(failed).all()) == 1


@pytest.mark.parametrize("action", ["failed", "delayed"])
def test_a_report_about_a_mail_of_a_merged_ticket_goes_on_with_it(session, now, action):
    """BEHAVIOURS 23, 32."""
    ticket, message = a_reply(session, now)
    raw = mail("证书", date=now, message_id="<q2@cdxx.example.cn>", Precedence="list")
    goes_on = arrive(session, raw, now=now).ticket
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    with transaction():
        merging.merge(session, wu, [ticket.id], goes_on, now=now)

    again = report(message.identity, now=now + HOUR, action=action)
    outcome = arrive(session, again, now=now + HOUR)

    assert (outcome.status, outcome.ticket) == ("appended", goes_on)
    session.refresh(message)
    assert (message.delivery == "failed") == (action == "failed")


def test_a_delayed_mail_is_no_failed_one(session, now):
    """BEHAVIOURS 23."""
    ticket, message, outcome = _bounced(session, now, action="delayed", status="4.4.1")

    assert outcome.ticket == ticket.id
    assert message.delivery != "failed"
    assert ticket.targets[0].met_at == now
    assert session.scalars(select(Notification)).all() == []
    assert session.scalars(select(Address).where(Address.muted_at.is_not(None))).all() == []


def test_a_full_mailbox_fails_the_reply_but_mutes_nobody(session, now):
    _ticket, message, _ = _bounced(session, now, status="4.2.2", said="mailbox full")

    assert message.delivery == "failed"
    assert session.scalars(select(Address).where(Address.muted_at.is_not(None))).all() == []


def test_an_address_that_failed_for_good_is_muted_and_shown(session, now):
    """BEHAVIOURS 22."""
    _bounced(session, now)

    [address] = session.scalars(select(Address).where(Address.muted_at.is_not(None)))
    assert address.value == REQUESTER
    assert "user unknown" in address.muted_reason
    fresh = mail(date=now + 2 * HOUR, message_id="<fresh@cdxx.example.cn>")
    assert arrive(session, fresh, now=now + 2 * HOUR).status == "created"
    assert session.scalars(select(Outbox).where(Outbox.kind == "acknowledgement")).all() == []


def test_a_report_is_never_answered_and_opens_no_ticket(session, now):
    """BEHAVIOURS 22."""
    a_reply(session, now)
    tickets, mails = _counts(session)

    outcome = arrive(session, report("<not.ours@elsewhere.example>", now=now), now=now)

    assert outcome.status == "suppressed"
    assert _counts(session) == (tickets, mails)
    with intake.raw_of(session.get_one(Inbound, outcome.inbound_id)) as file:
        assert file.read()


def test_a_made_up_report_mutes_nobody(session, now):
    """BEHAVIOURS 22."""
    a_reply(session, now)

    arrive(session, report("<not.ours@elsewhere.example>", now=now), now=now)

    assert session.scalars(select(Address).where(Address.muted_at.is_not(None))).all() == []


def test_who_got_our_mail_cannot_mute_somebody_else(session, now):
    """BEHAVIOURS 22."""
    other = "wangfang@cdxx.example.cn"
    arrive(session, mail(date=now, sender=other, message_id="<w1@b>"), now=now)
    _ticket, message = a_reply(session, now)

    arrive(session, report(message.identity, now=now + HOUR, to=other), now=now + HOUR)

    assert session.scalars(select(Address).where(Address.muted_at.is_not(None))).all() == []


def test_a_bounced_acknowledgement_touches_no_promise(session, now):
    outcome = arrive(session, mail(date=now), now=now)
    acknowledgement = session.scalars(select(Message).where(Message.automatic)).one()

    arrive(session, report(acknowledgement.identity, now=now + HOUR), now=now + HOUR)

    session.refresh(acknowledgement)
    [target] = session.get_one(Ticket, outcome.ticket).targets
    assert acknowledgement.delivery == "failed"
    assert (target.state, target.met_at) == ("running", None)


@pytest.mark.parametrize("to", [REQUESTER, "somebody@else.example"])
def test_a_notice_without_message_id_is_known_by_token_and_recipient(session, now, to):
    """BEHAVIOURS 23: the large Chinese providers' notices quote only the subject."""
    ticket, message = a_reply(session, now)
    with transaction():
        message.delivery = "sent"
    text = (
        "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n"
        f"主题：Re: 揭牌仪式 [#{ticket.id}]\n收件人：{to}\n\n"
        f"退信原因：\n用户不存在 550 User not found: {to}\n"
    )
    notice = mail(
        "系统退信",
        text,
        sender="postmaster@163.com",
        message_id="<n1@163.com>",
        date=now + HOUR,
        Return_Path="<>",
    )

    outcome = arrive(session, notice, now=now + HOUR)

    session.refresh(message)
    known = to == REQUESTER
    assert outcome.ticket == (ticket.id if known else None)
    assert message.delivery == ("failed" if known else "sent")


def test_every_promise_can_still_be_recomputed_from_its_log(session, now):
    """BEHAVIOURS 14."""
    from helpdesk.services.promises.verification import verify_targets

    _bounced(session, now)
    assert list(verify_targets()) == []


def _counts(session):
    session.rollback()
    return len(session.scalars(select(Ticket)).all()), len(session.scalars(select(Outbox)).all())
