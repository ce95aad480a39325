"""Counters never go down, agree between processes, and survive restarts."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from channels.message import Handle
from helpdesk.extensions import transaction
from helpdesk.models import Inbound, Tally, Target, Ticket
from helpdesk.services.arrivals import bounces, intake
from helpdesk.services.desk import replies, tickets
from helpdesk.services.identity import people
from helpdesk.services.operations import tallies
from tests.services.mails import arrive, mail
from tests.services.people import agent

LATER = timedelta(minutes=5)


def _open(session, now, count=1):
    with transaction():
        asker = people.person_for(session, Handle("email", "li@x.example.cn"), now=now)
        for _ in range(count):
            ticket = tickets.open_ticket(
                session,
                subject="考场",
                channel="hotline",
                requester=asker,
                started_at=now,
                now=now,
                by=tickets.Actor("test"),
            )
        return ticket.id


def test_a_new_desk_has_counted_nothing(app, now):
    found = tallies.totals(now=now)

    assert (found.opened, found.breaches, found.inbound) == (Counter(), Counter(), Counter())
    assert found.replies == (0,) * (len(tallies.REPLY_BOUNDS) + 1)


def test_fresh_rows_are_counted_before_they_are_settled(session, now):
    _open(session, now, 2)

    assert tallies.totals(now=now).opened["hotline"] == 2
    assert session.scalars(select(Tally)).all() == []


def test_settled_rows_move_into_the_kept_sum_and_are_counted_once(session, now):
    _open(session, now, 3)

    counts = [tallies.totals(now=now + LATER).opened["hotline"] for _ in range(3)]

    assert counts == [3, 3, 3]
    kept = session.scalars(select(Tally).where(Tally.name == "events")).one()
    assert kept.sums["opened|hotline"] == 3


def test_the_kept_sum_and_what_follows_it_add_up(session, now):
    _open(session, now, 2)
    tallies.totals(now=now + LATER)
    _open(session, now + LATER)

    assert tallies.totals(now=now + LATER).opened["hotline"] == 3
    assert tallies.totals(now=now + 2 * LATER).opened["hotline"] == 3


def test_long_histories_are_read_in_chunks(session, now, monkeypatch):
    monkeypatch.setattr(tallies, "CHUNK", 3)
    monkeypatch.setattr(tallies, "MOST_CHUNKS", 50)
    _open(session, now, 10)

    assert tallies.totals(now=now + LATER).opened["hotline"] == 10


def test_a_desk_far_behind_catches_up_without_ever_going_down(session, now, monkeypatch):
    monkeypatch.setattr(tallies, "CHUNK", 2)
    monkeypatch.setattr(tallies, "MOST_CHUNKS", 2)
    _open(session, now, 12)

    counts = [tallies.totals(now=now + LATER).opened["hotline"] for _ in range(12)]

    assert counts == sorted(counts)
    assert counts[0] < counts[-1] == 12


def test_another_process_that_moved_the_sum_first_changes_nothing(session, now, monkeypatch):
    _open(session, now, 2)
    keep = tallies._keep

    def overtaken(*arguments):
        assert keep(*arguments)  # the other process
        return keep(*arguments)

    monkeypatch.setattr(tallies, "_keep", overtaken)

    assert tallies.totals(now=now + LATER).opened["hotline"] == 2
    assert tallies.totals(now=now + LATER).opened["hotline"] == 2


def test_a_reply_that_bounced_keeps_its_place(session, now):
    viewer = agent(session, now)
    number = _open(session, now)
    with transaction():
        ticket = session.get_one(Ticket, number)
        message = replies.reply(session, ticket, viewer, "好", now=now + timedelta(minutes=10))
    before = tallies.totals(now=now + LATER)

    with transaction():
        bounces.mark_failed(session, message, "550", now=now + timedelta(minutes=20))

    assert session.scalars(select(Target)).one().met_at is None
    after = tallies.totals(now=now + LATER)
    assert after.replies == before.replies == (0, 1, 0, 0, 0, 0, 0, 0, 0)
    assert after.reply_minutes == 10.0


def test_a_pending_item_is_counted_once_it_has_an_outcome(session, now):
    outcome = arrive(session, b"no mail", now=now)
    with transaction():
        session.get_one(Inbound, outcome.inbound_id).state = "pending"
    arrive(session, mail(date=now), now=now)

    assert tallies.totals(now=now + LATER).inbound == {("email", "done"): 1}

    intake.process([outcome.inbound_id], now=now + LATER)

    found = tallies.totals(now=now + 2 * LATER).inbound
    assert found == {("email", "done"): 1, ("email", "quarantined"): 1}


def test_an_item_tried_again_later_keeps_its_place(session, now):
    outcome = arrive(session, b"no mail", now=now)
    tallies.totals(now=now + LATER)

    with transaction():
        intake.retry(session, outcome.inbound_id)

    assert tallies.totals(now=now + LATER).inbound == {("email", "quarantined"): 1}
