"""Saved reports: when they leave, to whom, what they say, and that each leaves once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from email import message_from_bytes, policy
from io import BytesIO
from threading import Barrier

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from helpdesk.errors import Forbidden, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Login, Outbox, ReportSchedule
from helpdesk.runtime import current_storage
from helpdesk.services.reports import report_mails, report_schedules
from helpdesk.services.reports.report_schedules import Wanted
from helpdesk.services.sending import outgoing_mail
from tests.services.reports.conftest import at, desk

__all__ = ["desk"]
NOW = at("11-20 10:00")  # a Friday


def _save(desk, now=NOW, **changes):
    recipients = changes.pop("recipients", (desk.manager.agent_id,))
    wanted = Wanted(**{
        "name": "每周", "breakdown": "channel", "parts": (), "every": "week", "on_day": 1,
        **changes, "recipients": recipients,
    })  # fmt: skip
    with transaction() as session:
        return report_schedules.save(session, desk.manager, wanted, now=now).id


def _row(number):
    db.session.rollback()
    return db.session.get_one(ReportSchedule, number)


def _mails():
    db.session.rollback()
    return db.session.scalars(select(Outbox).order_by(Outbox.id)).all()


def test_a_weekly_report_leaves_at_the_opening_and_tells_the_week_before(desk):
    row = _row(_save(desk))

    assert row.next_at == at("11-23 09:00")
    assert row.period_from == date(2026, 11, 16)


def test_a_report_that_cannot_be_made_does_not_hold_up_the_others(desk, monkeypatch):
    broken, other = _save(desk), _save(desk, name="每周二")
    due, letters = at("11-23 09:00"), report_mails._letters

    def made(session, row, now):
        if row.id == broken:
            raise ZeroDivisionError
        return letters(session, row, now)

    monkeypatch.setattr(report_mails, "_letters", made)
    assert report_mails.send_due(due) == 1
    assert _row(other).last_sent_at == due

    monkeypatch.undo()
    assert report_mails.send_due(due + timedelta(minutes=59)) == 0
    assert report_mails.send_due(due + timedelta(hours=1)) == 1
    assert _row(broken).period_from == date(2026, 11, 23)


def test_a_monthly_report_tells_the_month_before(desk):
    row = _row(_save(desk, every="month", on_day=3))

    assert (row.next_at, row.period_from) == (at("12-03 09:00"), date(2026, 11, 1))


def test_on_a_holiday_it_waits_for_the_next_service_day_and_every_week_is_told(desk):
    number = _save(desk, now=at("09-24 10:00"), on_day=4)  # Thursdays; 10-01 to 10-07 are off

    told = []
    for _ in range(3):
        row = _row(number)
        told.append((row.period_from, row.next_at))
        assert report_mails.send_due(row.next_at) >= 1
        if row.period_from == date(2026, 10, 5):
            break

    assert told[0] == (date(2026, 9, 21), at("10-08 09:00"))
    occasions = [mail.identity.split(".")[2] for mail in _mails()]
    assert occasions[:2] == ["20260921", "20260928"]


def test_the_mail_holds_the_figures_and_the_table_as_a_file(desk):
    desk.ask("11-16 10:00", answered="11-16 11:00")
    desk.ask("11-17 10:00")
    _save(desk, breakdown="agent")

    assert report_mails.send_due(at("11-23 09:00")) == 1

    [row] = _mails()
    raw = outgoing_mail.compose_stored(row.mail, current_storage())
    mail = message_from_bytes(raw, policy=policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "每周 · 2026-11-16 – 2026-11-22"
    assert "新到: 2" in text
    assert "准时率: 50% (1 / 2)" in text
    assert "/reports/?period=days&first=2026-11-16&last=2026-11-22&by=agent" in text
    assert "<table" in mail.get_body(("html",)).get_content()
    [file] = list(mail.iter_attachments())
    assert file.get_filename() == "report-20261116-20261122.xlsx"
    sheet = load_workbook(BytesIO(file.get_content())).worksheets[0]
    assert sheet.cell(row=sheet.max_row, column=2).value == 2


def test_it_is_told_in_the_recipients_language(desk):
    _save(desk)
    with transaction() as session:
        login = session.scalars(select(Login).where(Login.agent_id == desk.manager.agent_id)).one()
        login.locale = "en"
    report_mails.send_due(at("11-23 09:00"))

    [row] = _mails()

    assert "Came in: 0" in row.mail["text"]


def test_each_period_is_sent_once_however_often_it_is_asked_for(desk):
    number = _save(desk)

    sent = [report_mails.send_due(at("11-23 09:00")) for _ in range(3)]

    assert sent == [1, 0, 0]
    assert len(_mails()) == 1
    assert _row(number).next_at == at("11-30 09:00")
    assert _row(number).last_sent_at == at("11-23 09:00")


def test_of_two_workers_one_sends_it(app, desk):
    _save(desk)
    db.session.remove()
    together = Barrier(2)

    def work(_worker):
        with app.app_context():
            together.wait()
            try:
                return report_mails.send_due(at("11-23 09:00"))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(work, range(2)))

    assert sum(told) == 1
    assert len(_mails()) == 1


def test_who_is_no_manager_any_more_gets_nothing(desk):
    number = _save(desk)
    with transaction() as session:
        session.get_one(Agent, desk.manager.agent_id).role = "agent"

    report_mails.send_due(at("11-23 09:00"))

    assert _mails() == []
    assert _row(number).last_sent_at is None


def test_who_left_gets_nothing(desk):
    _save(desk)
    with transaction() as session:
        session.get_one(Agent, desk.manager.agent_id).active = False

    report_mails.send_due(at("11-23 09:00"))

    assert _mails() == []


def test_what_is_no_news_any_more_is_left_out(desk):
    number = _save(desk)

    report_mails.send_due(at("12-29 09:00"))

    occasions = [mail.identity.split(".")[2] for mail in _mails()]
    assert occasions[0] == "20261207"
    assert _row(number).next_at > at("12-29 09:00")


def test_one_that_rests_is_not_sent_and_begins_anew(desk):
    number = _save(desk, rests=True)
    assert report_mails.send_due(at("11-23 09:00")) == 0

    with transaction() as session:
        wanted = Wanted("每周", "topic", (), "week", 1, (desk.manager.agent_id,))
        report_schedules.save(
            session, desk.manager, wanted, number=number, now=at("11-23 09:00") + timedelta(hours=1)
        )

    assert _row(number).next_at == at("11-30 09:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"on_day": 8},
        {"every": "month", "on_day": 29},
        {"every": "year"},
        {"breakdown": "secret"},
        {"parts": (("center", "x"),)},
        {"recipients": ()},
        {"recipients": (999,)},
    ],
)
def test_what_cannot_be_sent_is_refused(desk, changes):
    with pytest.raises(Refusal):
        _save(desk, **changes)


def test_an_agent_cannot_be_a_recipient(desk):
    with pytest.raises(Refusal):
        _save(desk, recipients=(desk.agents["陈静"].agent_id,))


def test_two_saved_reports_have_two_names(desk):
    _save(desk)
    with pytest.raises(Refusal):
        _save(desk)


def test_agents_neither_see_nor_change_saved_reports(desk):
    number = _save(desk)
    agent = desk.agents["陈静"]

    with pytest.raises(Forbidden):
        report_schedules.schedules(desk.session, agent)
    with pytest.raises(Forbidden), transaction() as session:
        report_schedules.remove(session, agent, number)
    with pytest.raises(NotFound):
        report_schedules.schedule(desk.session, desk.manager, 999)
