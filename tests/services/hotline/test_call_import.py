"""Taking calls over: once each, in whatever pieces and order, with sums that are the calls' own."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from helpdesk.extensions import db, reading, transaction
from helpdesk.models import Call, CallDay, ChannelAccount, Message, Ticket
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.hotline import (
    call_import,
    call_rows,
    call_sources,
    call_sums,
    missed_calls,
)
from helpdesk.services.hours import calendars
from sla.rates import NOTHING

T = 1795399200
"""Monday 2026-11-23 10:00 in Shanghai."""
FIRST, LAST = date(2026, 11, 20), date(2026, 11, 30)
WAYS = ("day", "hour", "month", "hour_of_day", "queue", "agent")


def line(after, call, event, *parameters, queue="600", agent="NONE"):
    return "|".join([str(T + after), f"c{call}", queue, agent, event, *map(str, parameters)])


def answered(after, call, number="13800138000", *, wait=10, talk=60, queue="600", agent="王芳"):
    return [
        line(after, call, "ENTERQUEUE", "", number, 1, queue=queue),
        line(after + wait, call, "CONNECT", wait, "x", 2, queue=queue, agent=agent),
        line(after + wait + talk, call, "COMPLETECALLER", wait, talk, 1, queue=queue, agent=agent),
    ]


def missed(after, call, number="13900139000", *, wait=30, queue="600"):
    return [
        line(after, call, "ENTERQUEUE", "", number, 1, queue=queue),
        line(after + wait, call, "ABANDON", 1, 1, wait, queue=queue),
    ]


@pytest.fixture
def source(app, now):
    with transaction() as session:
        return call_sources.source_named(session, None, now=now).id


@pytest.fixture
def take(source, now):
    """Import lines of a queue log a day later."""

    def take(lines, source=source):
        return call_import.import_log(source, "queue_log", lines, now=now + timedelta(days=8))

    return take


def totals(by="day"):
    """Return the kept sums, having checked that they are the calls' own."""
    with reading() as session:
        kept = call_sums.sums(session, FIRST, LAST, by=by)
        raw = call_sums.counted(session, FIRST, LAST, by=by)
    assert {key: tally for key, tally in kept.items() if tally != NOTHING} == raw
    return kept


def whole():
    return sum(totals().values(), NOTHING)


RECORD = (
    '"","13900139000","600","from-trunk","","SIP/trunk-1","","Queue","600",'
    '"2026-11-23 10:00:00","2026-11-23 10:00:00","2026-11-23 10:00:30","30","30","ANSWERED",'
    '"DOCUMENTATION","c1",""'
)


@pytest.mark.parametrize("order", [("queue_log", "asterisk-cdr"), ("asterisk-cdr", "queue_log")])
def test_a_call_that_two_logs_tell_of_is_one_and_the_queue_log_is_believed(source, now, order):
    logs = {"queue_log": answered(0, 1), "asterisk-cdr": [RECORD]}

    first, second, again = (
        call_import.import_log(source, kind, logs[kind], now=now + timedelta(days=8))
        for kind in (*order, order[0])
    )

    assert (first.tally.calls, second.tally.calls, again.tally.calls) == (1, 0, 0)
    assert (second.duplicates, again.duplicates) == (1, 1)
    assert (whole().offered, whole().answered, whole().talked) == (1, 1, 60)


def test_a_kept_line_that_can_no_longer_be_read_hides_none_of_the_others(take):
    enters, *rest = answered(0, 1, wait=10)
    take([enters])
    with transaction() as session:
        session.scalars(select(Call)).one().lines = [enters, f"{T + 5}|c1|600|NONE|CONN"]

    take(rest)

    assert (whole().answered, whole().waited) == (1, 10)


LEG = (
    '"","{number}","{target}","public","2026-11-23 10:00:00","2026-11-23 10:00:10",'
    '"2026-11-23 10:01:10","70","60","NORMAL_CLEARING","{leg}","{other}",""'
)


@pytest.mark.parametrize(
    "pieces",
    [
        lambda theirs, ours: (theirs, theirs + ours, theirs + ours),
        lambda theirs, ours: (theirs, ours, theirs + ours),
        lambda theirs, ours: (ours, theirs, theirs, theirs + ours),
    ],
)
def test_the_legs_of_a_call_are_one_call_in_whatever_pieces_they_are_read(source, now, pieces):
    theirs = LEG.format(number="13900139000", target="1001", leg="u-2", other="")
    ours = LEG.format(number="13900139000", target="600", leg="u-1", other="u-2")

    for lines in pieces([theirs], [ours]):
        call_import.import_log(source, "freeswitch", lines, now=now + timedelta(days=8))

    assert [call.external_id for call in db.session.scalars(select(Call))] == ["u-1"]
    assert (whole().offered, whole().answered) == (1, 1)


def test_the_sums_are_the_calls_own_however_they_are_grouped(take):
    take(answered(0, 1) + missed(600, 2, queue="700") + answered(86400, 3, agent="李强"))

    for by in WAYS:
        totals(by)
    assert (whole().offered, whole().answered) == (3, 2)
    assert set(totals("queue")) == {"600", "700"}
    assert set(totals("agent")) == {"", "王芳", "李强"}


def test_a_call_that_more_is_heard_of_counts_as_what_it_is_now(take):
    take(missed(0, 1))
    assert whole().abandoned == 1

    done = take(answered(0, 1))

    assert (whole().abandoned, whole().answered, done.duplicates) == (0, 1, 1)


def test_changed_service_hours_count_at_once_and_are_settled_within_the_hour(take, now):
    take(answered(0, 1) + missed(600, 2))
    assert whole().offered == 2
    with transaction() as session:
        calendar = calendars.default_calendar(session)
        calendars.set_hours(calendar, {0: [(14 * 60, 18 * 60)]})
        calendars.save_version(session, calendar, now=now)

    assert (whole().offered, whole().outside_hours) == (0, 2)
    later = now + timedelta(days=8)
    assert call_sums.settle(now=later) > 0
    assert call_sums.settle(now=later) == 0
    assert (whole().offered, whole().outside_hours) == (0, 2)
    assert set(db.session.scalars(select(Call.in_hours))) == {False}


def test_days_that_were_never_summed_up_are_counted_from_their_calls(take, now):
    take(answered(0, 1))
    with transaction() as session:
        session.query(CallDay).delete()

    assert whole().answered == 1
    call_sums.settle(now=now + timedelta(days=8))
    assert whole().answered == 1


def test_a_call_of_which_nothing_more_is_heard_is_given_up(take, now):
    take(missed(0, 1)[:1])
    assert whole() == NOTHING

    assert call_import.give_up(now=now + timedelta(hours=9)) == 1
    assert call_import.give_up(now=now + timedelta(hours=9)) == 0
    assert whole().abandoned == 1


def test_a_missed_call_is_rung_back_though_its_number_is_told_after_its_end(take):
    enters, abandons = missed(0, 1)

    assert take([abandons]).tickets_opened == 0
    assert take([enters]).tickets_opened == 1
    assert take([enters, abandons]).tickets_opened == 0
    assert whole().abandoned == 1


def test_a_followed_log_brings_its_calls_once_and_shows_when_it_is_gone(app, now, tmp_path):
    log = tmp_path / "queue_log"
    log.write_text("".join(f"{text}\n" for text in missed(0, 1)))
    with transaction() as session:
        account = call_sources.source_named(session, "pbx", now=now)
        account.settings = {"path": str(log), "format": "queue_log"}
        account_id = account.id
    assert account_id in channel_accounts.due(db.session(), now=now)

    _follow(account_id, now)
    _follow(account_id, now)
    with log.open("a") as file:
        file.write("".join(f"{text}\n" for text in answered(600, 2)))
    _follow(account_id, now)

    assert (whole().abandoned, whole().answered) == (1, 1)
    with reading() as session:
        assert session.scalar(select(func.count(Ticket.id))) == 1
        assert session.get_one(ChannelAccount, account_id).last_success_at == now


def test_a_log_is_followed_from_where_a_crash_left_it_and_nothing_is_doubled(app, now, tmp_path):
    log = tmp_path / "queue_log"
    log.write_text("".join(f"{text}\n" for text in missed(0, 1)))
    with transaction() as session:
        account = call_sources.source_named(session, "pbx", now=now)
        account.settings = {"path": str(log)}
        account_id = account.id
    call_import.import_log(account_id, "queue_log", log.read_text().splitlines(), now=now)

    _follow(account_id, now)  # the calls were kept, and then the cursor was not

    assert whole().abandoned == 1


def _follow(account_id, now):
    with transaction() as session:
        assert channel_accounts.claim(session, account_id, "a worker", now=now)
    with reading() as session:
        source = channel_accounts.open_source(session.get_one(ChannelAccount, account_id))
    channel_accounts.poll(account_id, source, worker="a worker", clock=lambda: now)


def test_a_call_that_was_told_all_this_before_is_a_duplicate_however_little_is_told_again(take):
    take(answered(0, 1) + missed(600, 2))

    done = take(answered(0, 1)[1:] + missed(600, 2) + answered(1200, 3))

    assert (done.duplicates, done.tally.calls) == (2, 1)
    assert whole().offered == 3


def test_a_day_that_was_never_summed_up_is_counted_with_the_calls_that_it_has_already(take):
    take(answered(0, 1) + missed(60, 2))
    with transaction() as session:
        session.query(CallDay).delete()

    take(answered(600, 3))

    assert (whole().answered, whole().abandoned) == (2, 1)


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_missed_calls_of_a_number_share_its_ticket_however_many_are_brought_in_at_once(
    take, monkeypatch, at_once
):
    monkeypatch.setattr(missed_calls, "AT_ONCE", at_once)
    monkeypatch.setattr(call_import, "CHUNK", 3)
    lines = [text for n in range(7) for text in missed(100 * n, n, f"1390013900{n % 2}")]

    done = take(lines)

    assert done.tickets_opened == 2
    with reading() as session:
        assert session.scalar(select(func.count(Ticket.id))) == 2
        assert session.scalar(select(func.count(Message.id))) == 7
        on_tickets = select(func.count(Call.id)).where(Call.ticket_id.is_not(None))
        assert session.scalar(on_tickets) == 7


def test_after_a_crash_the_worker_brings_in_what_missed_calls_ask_for(take, monkeypatch, now):
    def crash(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(missed_calls, "bring_in", crash)
        with pytest.raises(KeyboardInterrupt):
            take(missed(0, 1) + missed(600, 2, "13800138000"))
    assert whole().abandoned == 2
    with reading() as session:
        waiting = intake.pending(session)

    outcomes = intake.process(waiting, now=now + timedelta(days=8))

    assert [outcome.status for outcome in outcomes] == ["created", "created"]
    assert take(missed(0, 1)).tickets_opened == 0


def test_what_is_told_of_a_new_call_at_the_same_moment_is_all_heard(app, source, now, monkeypatch):
    """A telephone system pushes that it rings and that somebody took it almost at once."""
    both_looked, look = Barrier(2), call_rows.told
    failed = []

    def look_together(*asked):
        found = look(*asked)
        with suppress(BrokenBarrierError):  # the other one waits for us, as it should
            both_looked.wait(0.5)
        return found

    def push(text):
        with app.app_context():
            try:
                call_import.import_log(source, "queue_log", [text], now=now + timedelta(days=8))
            except Exception as error:  # noqa: BLE001 - whatever it is, the call is lost
                failed.append(error)
            finally:
                db.session.remove()

    monkeypatch.setattr(call_rows, "told", look_together)
    pushes = [Thread(target=push, args=(text,)) for text in answered(0, 1)]
    for thread in pushes:
        thread.start()
    for thread in pushes:
        thread.join()

    assert failed == []
    assert (whole().offered, whole().answered, whole().talked) == (1, 1, 60)


_NUMBERS = count()
_STORIES = st.lists(
    st.tuples(st.sampled_from(["answered", "missed"]), st.integers(0, 7 * 86400)),
    min_size=1,
    max_size=8,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)
@given(stories=_STORIES, random=st.randoms(use_true_random=False))
def test_shuffled_and_cut_logs_bring_the_same_calls_and_sums(app, now, stories, random):
    tell = {"answered": answered, "missed": missed}
    lines = [text for n, (kind, after) in enumerate(stories) for text in tell[kind](after, n)]
    shuffled = random.sample(lines, len(lines))
    cut = random.randrange(len(lines) + 1)
    later = now + timedelta(days=9)
    names = [f"exchange {next(_NUMBERS)}" for _ in range(2)]
    with transaction() as session:
        whole_log, in_pieces = (
            call_sources.source_named(session, name, now=now).id for name in names
        )

    before = sum(totals().values(), NOTHING)
    call_import.import_log(whole_log, "queue_log", lines, now=later)
    once = sum(totals().values(), NOTHING)
    for piece in (shuffled[:cut], shuffled[cut:], lines):
        call_import.import_log(in_pieces, "queue_log", piece, now=later)
    twice = sum(totals().values(), NOTHING)

    assert twice - once == once - before
    assert _told(whole_log) == _told(in_pieces)
    assert twice.answered + twice.abandoned == twice.offered


def _told(account_id):
    with reading() as session:
        return session.execute(
            select(
                Call.external_id,
                Call.outcome,
                Call.arrived_at,
                Call.wait_seconds,
                Call.talk_seconds,
            )
            .where(Call.account_id == account_id)
            .order_by(Call.external_id)
        ).all()
