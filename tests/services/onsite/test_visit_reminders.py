"""Reminders of visits: at their time, once with any number of workers, to the right people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Address, Notification, Outbox, Visit
from helpdesk.services.onsite import visit_reminders
from helpdesk.services.onsite.visit_reminders import remind_due
from tests.services.onsite.visiting import (
    WANG,
    agreed,
    asked,
    kinds,
    proposed,
    span,
    step,
)
from tests.services.people import agent, contact, record_of
from tests.web.pages import at


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def wang(session, now):
    return contact(session, now, WANG, "CD017")


def notices(session) -> list[tuple[str, str]]:
    """Return who got which notice by mail, in order."""
    session.rollback()
    rows = session.scalars(select(Outbox).where(Outbox.kind == "notice").order_by(Outbox.id))
    return [(row.recipients[0], row.subject) for row in rows]


def bells(session) -> list[str]:
    session.rollback()
    rows = select(Notification.kind).where(Notification.kind.startswith("visit_"))
    return [k for k in session.scalars(rows) if k not in ("visit_answered", "visit_assigned")]


@pytest.fixture
def agreed_visit(session, wang, chen, now):
    return agreed(session, chen, wang, asked(session, wang, now), "26 14:00-16:00", now=now)


def test_the_day_before_the_agent_and_the_center_are_reminded_once(session, chen, agreed_visit):
    assert agreed_visit.next_at == at("25 9:00")
    assert remind_due(at("25 8:59")) == 0

    assert remind_due(at("25 9:00")) == 1
    assert remind_due(at("25 9:01")) == 0

    assert notices(session) == [
        (chen.email, "即将上门：#1"),
        (WANG, "上门指导即将到来 [#1]"),
    ]
    assert bells(session) == ["visit_before"]
    assert kinds(session, agreed_visit)[-1] == "reminded"
    [mail] = [
        r for r in session.scalars(select(Outbox)) if r.recipients == [WANG] and r.kind == "notice"
    ]
    assert "11月26日 周四 14:00–16:00" in mail.mail["text"]


def test_a_visit_on_monday_is_reminded_of_on_friday(session, wang, chen, now):
    visit = agreed(session, chen, wang, asked(session, wang, now), "30 9:00-12:00", now=now)

    assert visit.next_at == at("27 9:00")


def test_how_many_service_days_before_is_configured(app, session, wang, chen, now):
    app.extensions["helpdesk.config"] = replace(
        app.extensions["helpdesk.config"], visit_reminder_days=3
    )

    visit = agreed(session, chen, wang, asked(session, wang, now), "30 9:00-12:00", now=now)

    assert visit.next_at == at("25 9:00")


def test_who_agrees_on_the_same_day_needs_no_reminder_but_owes_a_report(session, wang, chen, now):
    visit = agreed(session, chen, wang, asked(session, wang, now), "23 14:00-16:00", now=now)

    assert visit.reminder == "report"
    assert remind_due(at("23 13:59")) == 0


def test_a_visit_that_cannot_be_told_of_does_not_hold_up_the_others(
    session, wang, chen, agreed_visit, monkeypatch
):
    now = at("23 11:00")
    other = asked(session, wang, now, submission="b" * 32)
    agreed(session, chen, wang, other, "27 14:00-16:00", now=now)
    poisoned, words = agreed_visit.id, visit_reminders._words_for_agents

    def broken(work, visit, of, at_now):
        if visit.id == poisoned:
            raise ZeroDivisionError
        return words(work, visit, of, at_now)

    monkeypatch.setattr(visit_reminders, "_words_for_agents", broken)
    assert remind_due(at("26 9:00")) == 2
    assert [subject for to, subject in notices(session) if to == chen.email] == ["即将上门：#2"]

    monkeypatch.undo()
    assert remind_due(at("26 9:59")) == 0
    assert remind_due(at("26 10:00")) == 1
    assert [subject for to, subject in notices(session) if to == chen.email] == [
        "即将上门：#2",
        "即将上门：#1",
    ]


def test_a_worker_that_was_away_reminds_nobody_of_a_visit_that_has_begun(session, agreed_visit):
    """BEHAVIOURS 15."""
    remind_due(at("26 15:00"))

    assert notices(session) == []
    assert session.get_one(Visit, agreed_visit.id).reminder == "report"


def test_a_report_that_is_missing_a_service_day_later_is_asked_for_once(
    session, chen, agreed_visit
):
    remind_due(at("25 9:00"))

    remind_due(at("27 15:59"))
    assert bells(session) == ["visit_before"]
    remind_due(at("27 16:00"))
    remind_due(at("30 16:00"))

    assert bells(session) == ["visit_before", "visit_report"]
    assert notices(session)[-1] == (chen.email, "缺少上门报告：#1")


def test_a_visit_that_was_reported_is_not_asked_for(session, chen, agreed_visit):
    step(
        session,
        "report",
        chen,
        agreed_visit.id,
        done="看过",
        findings="",
        signed_by="王芳",
        now=at("26 16:00"),
    )

    assert remind_due(at("30 16:00")) == 0


def test_dates_that_the_center_leaves_unanswered_are_reminded_of(session, wang, chen, now):
    visit = proposed(session, chen, asked(session, wang, now), "30 9:00-12:00", now=now)
    assert visit.next_at == at("25 10:00")  # two service days

    remind_due(at("25 10:00"))
    remind_due(at("27 10:00"))

    assert notices(session) == [
        (chen.email, "上门指导尚无答复：#1"),
        (WANG, "请确认上门时间 [#1]"),
    ]


def test_a_center_that_waits_for_the_office_is_brought_to_mind(session, wang, chen, now):
    visit = proposed(session, chen, asked(session, wang, now), "30 9:00-12:00", now=now)
    step(session, "suggest", wang, visit.id, [span("30 14:00-16:00")], now=now)

    remind_due(at("25 10:00"))

    assert notices(session) == [(chen.email, "上门指导待答复：#1")]
    assert bells(session) == ["visit_answer"]


def test_each_step_counts_anew(session, wang, chen, now):
    visit = proposed(session, chen, asked(session, wang, now), "30 9:00-12:00", now=now)
    later = at("25 9:00")

    step(session, "suggest", wang, visit.id, [span("30 14:00-16:00")], now=later)

    assert remind_due(at("25 10:00")) == 0
    assert session.get_one(Visit, visit.id).next_at == at("26 18:00")


def test_of_two_workers_at_once_each_reminder_is_sent_by_one(app, session, agreed_visit):
    def sweep(_):
        with app.app_context():
            try:
                return remind_due(at("25 9:00"))
            finally:
                db.session.remove()

    session.rollback()
    with ThreadPoolExecutor(2) as workers:
        assert sum(workers.map(sweep, range(2))) == 1

    assert len(notices(session)) == 2


def test_who_wants_no_mail_is_told_in_the_desk_alone(session, chen, agreed_visit):
    with transaction():
        record_of(session, chen).notify_by_mail = False

    remind_due(at("25 9:00"))

    assert [to for to, _ in notices(session)] == [WANG]
    assert bells(session) == ["visit_before"]


def test_an_address_that_bounced_is_left_alone(session, chen, agreed_visit, now):
    """BEHAVIOURS 22."""
    with transaction():
        session.scalars(select(Address).where(Address.value == WANG)).one().muted_at = now

    remind_due(at("25 9:00"))

    assert [to for to, _ in notices(session)] == [chen.email]


def test_a_visit_that_was_called_off_is_nobodys_concern(session, chen, agreed_visit, now):
    step(session, "cancel", chen, agreed_visit.id, reason="停电", now=now)

    assert remind_due(at("30 9:00")) == 0


def test_the_day_before_is_counted_back_over_a_long_holiday(app, session):
    from helpdesk.services.hours import calendars

    calendar = calendars.default(session)
    first_after_national_day = at("1 9:00").replace(month=10, day=8)

    before = visit_reminders.days_before(calendar, first_after_national_day, 1)

    assert before == at("1 9:00").replace(month=9, day=30)
    assert first_after_national_day - before == timedelta(days=8)
