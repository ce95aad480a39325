"""The metrics tell what the desk does, and Prometheus' own checker finds no fault."""

import subprocess
from datetime import timedelta

import pytest

from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount, Ticket
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.desk import replies, tickets
from helpdesk.services.operations import heartbeats
from helpdesk.services.promises import enforcement
from tests.services.mails import arrive, mail, mailbox
from tests.services.people import agent


@pytest.fixture
def number(session, now):
    """Return the number of a ticket that a mail opened two hours ago."""
    return arrive(session, mail(date=now - timedelta(hours=1)), now=now - timedelta(hours=1)).ticket


def test_promtool_accepts_the_exposition(client, session, now, number):
    heartbeats_and_mailbox(session, now)

    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=client.get("/metrics").data,
        capture_output=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_tickets_are_told_by_channel_and_status(sample, number):
    assert sample("helpdesk_tickets", channel="email", status="open") == 1
    assert sample("helpdesk_tickets", channel="hotline", status="open") == 0
    assert sample("helpdesk_tickets_opened_total", channel="email") == 1


def test_changes_of_status_are_counted(session, now, number, sample):
    with transaction():
        ticket = session.get_one(Ticket, number)
        viewer = agent_of(session, now)
        tickets.set_status(session, ticket, "resolved", now=now, by=viewer.actor)

    changed = "helpdesk_ticket_status_changes_total"
    assert sample(changed, channel="email", status="resolved") == 1
    assert sample(changed, channel="email", status="closed") == 0


def test_first_replies_fall_into_the_bucket_of_their_service_time(session, now, number, sample):
    viewer = agent(session, now)
    with transaction():
        replies.reply(session, session.get_one(Ticket, number), viewer, "您好", now=now)

    family = "helpdesk_first_reply_service_seconds"
    assert sample(f"{family}_count") == 1
    assert sample(f"{family}_sum") == 3600
    assert sample(f"{family}_bucket", le="1800.0") == 0
    assert sample(f"{family}_bucket", le="3600.0") == 1
    assert sample(f"{family}_bucket", le="+Inf") == 1


def test_breaches_are_counted_once(sample, number, now):
    for days in (2, 3):
        enforcement.enforce_due(now + timedelta(days=days))

    assert sample("helpdesk_breaches_total", metric="first_reply") == 1


def test_items_are_counted_by_channel_and_outcome(session, now, sample):
    arrive(session, mail(date=now), now=now)
    arrive(session, mail(date=now), now=now, uid="2")
    arrive(session, b"no mail", now=now)

    def outcome(name):
        return sample("helpdesk_inbound_items_total", channel="email", outcome=name)

    assert [outcome(name) for name in ("done", "duplicate", "quarantined")] == [1, 1, 1]
    assert sample("helpdesk_quarantined") == 1


def test_lag_is_the_age_of_what_nobody_has_understood_yet(session, now, sample):
    assert (sample("helpdesk_inbound_pending"), sample("helpdesk_inbound_lag_seconds")) == (0, 0)
    account = mailbox(session, now=now)
    before = now - timedelta(seconds=90)
    with transaction():
        from channels.message import RawItem

        intake.store(session, account, [(RawItem("x", b"x", before), "0" * 64)], now=before)

    assert (sample("helpdesk_inbound_pending"), sample("helpdesk_inbound_lag_seconds")) == (1, 90)


def test_the_outbox_tells_its_depth_and_its_oldest_mail(sample, number):
    assert sample("helpdesk_outbox", state="queued") == 1  # the acknowledgement
    assert sample("helpdesk_outbox", state="dead") == 0
    assert sample("helpdesk_outbox_oldest_age_seconds") == pytest.approx(3599, abs=2)


def test_a_worker_never_heard_of_has_no_age(session, now, sample):
    assert sample("helpdesk_worker_heartbeat_age_seconds") is None
    assert sample("helpdesk_workers") == 0

    with transaction():
        heartbeats.beat(session, "w1", now=now - timedelta(seconds=20))

    assert sample("helpdesk_worker_heartbeat_age_seconds") == 20
    assert sample("helpdesk_workers") == 1


def test_a_mailbox_that_cannot_be_read_shows(session, now, sample):
    heartbeats_and_mailbox(session, now)

    assert sample("helpdesk_channel_failing", channel="email", account="main") == 1
    assert sample("helpdesk_channel_failures", channel="email", account="main") == 1
    assert (
        sample("helpdesk_channel_last_success_age_seconds", channel="email", account="main") == 60
    )


def test_requests_are_timed_by_view_and_not_by_address(client, sample):
    client.get("/healthz?x=1")
    client.get("/no/such/page/of-nobody")
    client.open("/healthz", method="MADEUP")

    family = "helpdesk_http_request_duration_seconds_count"
    assert sample(family, method="GET", view="ops.alive", status="200") >= 1
    assert sample(family, view="none", status="404") >= 1
    assert "of-nobody" not in client.get("/metrics").text
    assert "MADEUP" not in client.get("/metrics").text


def agent_of(session, now):
    from helpdesk.services.access import viewer_of
    from helpdesk.services.identity import accounts

    login = accounts.add_login(session, email="c@office.cn", role="agent", now=now)
    return viewer_of(login)


def heartbeats_and_mailbox(session, now):
    from channels.errors import ChannelError

    account_id = mailbox(session, now=now)
    with transaction():
        account = session.get_one(ChannelAccount, account_id)
        account.settings = {"imap": {"host": "imap.example.cn"}}
        account.last_success_at = now - timedelta(seconds=60)
        heartbeats.beat(session, "w1", now=now)
    channel_accounts.note_failure(account_id, ChannelError("unreachable", "gone"), now=now)
