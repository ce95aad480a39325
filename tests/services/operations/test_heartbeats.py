"""Which workers are alive."""

from datetime import timedelta

from helpdesk.extensions import transaction
from helpdesk.services.operations import heartbeats

LONG = timedelta(hours=3)


def _beat(session, worker, now):
    with transaction():
        heartbeats.beat(session, worker, now=now)


def test_a_worker_is_alive_for_a_minute_after_it_was_heard_of(session, now):
    _beat(session, "w1", now)

    assert [row.worker for row in heartbeats.alive(session, now=now)] == ["w1"]
    assert heartbeats.alive(session, now=now + timedelta(seconds=61)) == []


def test_a_worker_whose_machine_slept_beats_on(session, now):
    _beat(session, "w1", now)

    _beat(session, "w1", now + LONG)

    assert heartbeats.last(session) == now + LONG


def test_workers_dead_for_long_are_forgotten(session, now):
    _beat(session, "w1", now)

    _beat(session, "w2", now + LONG)

    with transaction():
        assert session.get(heartbeats.Heartbeat, "w1") is None


def test_a_worker_that_stops_as_it_should_is_forgotten_at_once(session, now):
    _beat(session, "w1", now)

    with transaction():
        heartbeats.remove(session, "w1")

    assert heartbeats.last(session) is None


def test_a_machine_buries_its_own_dead_workers_and_no_others(session, now):
    names = ["desk-1:100:aa", "desk-1:200:bb", "desk-10:100:cc"]
    for name in names:
        _beat(session, name, now)

    with transaction():
        buried = heartbeats.bury(session, "desk-1:", running=lambda process: process == 200)

    assert buried == ["desk-1:100:aa"]
    assert {row.worker for row in heartbeats.alive(session, now=now)} == set(names[1:])
