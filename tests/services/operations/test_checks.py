"""Each thing that an operator can mend is found, in a sentence that says what to do."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from channels.errors import ChannelError
from channels.message import RawItem
from helpdesk.extensions import transaction
from helpdesk.models import CalendarYear, ChannelAccount, Outbox
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.hotline import call_sources
from helpdesk.services.hours import calendar_list, calendars
from helpdesk.services.operations import checks, heartbeats
from tests.services.mails import arrive, mail, mailbox


@pytest.fixture
def look(session, now):
    """Return what is found by name, on a desk with a worker unless told otherwise."""

    def findings(moment=now, *, revisions=("0001", "0001"), worker=True):
        if worker:
            with transaction():
                heartbeats.beat(session, "w1", now=moment)
        return {f.what: f for f in checks.run(now=moment, revisions=revisions)}

    return findings


@pytest.fixture
def set_up(session, now):
    """Set a mailbox up and return a way to change it."""

    def change(**values):
        account_id = mailbox(session, now=now)
        with transaction():
            account = session.get_one(ChannelAccount, account_id)
            for name, value in values.items():
                setattr(account, name, value)
        return account_id

    return change


def _settings(**imap):
    return {
        "imap": {"host": "imap.example.cn", **imap},
        "smtp": {"host": "smtp.example.cn"},
    }


def test_a_desk_in_order_has_nothing_wrong(look, set_up, now):
    set_up(settings=_settings(), last_success_at=now)

    assert {f.level for f in look().values() if f.what != "calendar"} == {"ok"}


def test_a_database_of_another_version_ends_the_looking_with_the_command(look):
    found = look(revisions=("0001", "0002"))

    assert list(found) == ["data folder", "database"]
    assert found["database"].level == "wrong"
    assert "helpdesk db upgrade" in found["database"].sentence


def test_a_data_folder_that_is_no_folder_is_wrong(look, app, tmp_path):
    (tmp_path / "data").rename(tmp_path / "elsewhere") if (tmp_path / "data").exists() else None
    (tmp_path / "data").write_text("a file")

    found = look()["data folder"]

    assert found.level == "wrong"
    assert "HELPDESK_DATA" in found.sentence


def test_a_full_disk_is_wrong(look, monkeypatch):
    monkeypatch.setattr(checks, "LEAST_FREE", 2**60)

    assert "make room" in look()["data folder"].sentence


def test_no_mailbox_is_noted(look):
    assert look()["mailbox"].level == "note"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"imap": {"host": ""}}, "host is empty"),
        (_settings(password="hunter2"), "never the secret itself"),
        (_settings(password="env:NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE"),
        ({"imap": {"host": "imap.example.cn"}}, "SMTP"),
    ],
)
def test_settings_that_cannot_work_are_wrong(look, set_up, now, settings, words):
    set_up(settings=settings, last_success_at=now)

    found = look()["mailbox main"]

    assert found.level == "wrong"
    assert words in found.sentence
    assert "hunter2" not in found.sentence


def test_a_mailbox_that_fails_says_why(look, set_up, now):
    account_id = set_up(settings=_settings())
    channel_accounts.note_failure(
        account_id, ChannelError("denied", "The password is wrong."), now=now
    )

    found = look()["mailbox main"]

    assert (found.level, found.sentence) == ("wrong", "The password is wrong.")


def test_a_mailbox_not_read_for_long_is_wrong(look, set_up, now):
    set_up(settings=_settings(), last_success_at=now - timedelta(minutes=40))

    assert "40 min ago" in look()["mailbox main"].sentence


def test_paused_new_and_trial_mailboxes_are_noted(look, set_up):
    set_up(state="paused")
    assert look()["mailbox main"].level == "note"
    set_up(state="active", settings=_settings())
    assert look()["mailbox main"].level == "note"
    set_up(settings={"drop_folder": "outgoing"})
    assert look()["mailbox main"].level == "note"


def test_a_retired_mailbox_is_not_looked_at(look, set_up):
    set_up(state="retired", settings={"imap": {"host": ""}})

    assert "mailbox main" not in look()


def test_this_year_unknown_is_wrong(look, session, now):
    with transaction():
        session.execute(delete(CalendarYear).where(CalendarYear.year == now.year))

    found = [f for f in checks.run(now=now, revisions=("1", "1")) if f.what == "calendar"]

    assert [f.level for f in found] == ["wrong", "note"]
    assert "helpdesk holidays seed 2026" in found[0].sentence


@pytest.mark.parametrize(
    ("month", "levels"), [(9, ["ok"]), (10, ["ok", "note"]), (12, ["ok", "wrong"])]
)
def test_next_year_is_asked_for_in_october_and_needed_in_december(session, month, levels):
    moment = datetime(2026, month, 5, 2, 0, tzinfo=UTC)

    found = [f for f in checks.run(now=moment, revisions=("1", "1")) if f.what == "calendar"]

    assert [f.level for f in found] == levels


def test_a_clock_of_long_ago_is_wrong(look):
    assert "1970" in look(datetime(1970, 1, 1, 8, 0, tzinfo=UTC))["clock"].sentence


def test_a_clock_behind_what_was_recorded_is_wrong(look, session, now):
    arrive(session, mail(date=now), now=now)

    assert look()["clock"].level == "ok"
    found = look(now - timedelta(hours=3))["clock"]
    assert (found.level, "3 h behind" in found.sentence) == ("wrong", True)


def test_no_worker_is_wrong_and_the_command_is_named(look, session, now):
    assert "helpdesk worker" in look(worker=False)["worker"].sentence

    with transaction():
        heartbeats.beat(session, "w1", now=now - timedelta(minutes=10))

    assert "10 min ago" in look(worker=False)["worker"].sentence


def test_what_nobody_processes_is_wrong(look, session, now):
    account = mailbox(session, now=now)
    with transaction():
        intake.store(session, account, [(RawItem("x", b"x", now), "0" * 64)], now=now)

    assert look()["inbound"].level == "ok"
    assert look(now + timedelta(hours=1))["inbound"].level == "wrong"


def test_quarantine_is_wrong_for_a_week_and_noted_afterwards(look, session, now):
    arrive(session, b"no mail", now=now)

    found = look()["quarantine"]
    assert (found.level, found.sentence[:1]) == ("wrong", "1")
    assert "helpdesk email quarantine list" in found.sentence
    assert look(now + timedelta(days=8))["quarantine"].level == "note"


def test_mail_that_waits_too_long_is_wrong_with_its_reason(look, session, now):
    arrive(session, mail(date=now), now=now)
    with transaction():
        session.query(Outbox).one().last_error = "The server is gone."

    assert look()["outbox"].level == "ok"
    assert "The server is gone." in look(now + timedelta(hours=1))["outbox"].sentence


def test_dead_letters_are_wrong(look, session, now):
    arrive(session, mail(date=now), now=now)
    with transaction():
        session.query(Outbox).one().state = "dead"

    assert look()["dead letters"].level == "wrong"


def test_a_finding_is_one_line():
    assert checks.ok("outbox").line == "outbox         ok"
    assert checks.wrong("clock", "set it").line == "clock          wrong: set it"


def test_a_log_that_is_gone_is_wrong_with_its_reason(look, session, now):
    with transaction():
        account = call_sources.source_named(session, "pbx", now=now)
        account.settings = {"path": "/var/log/asterisk/queue_log"}
        account_id = account.id
    trouble = ChannelError("unreachable", "The log is not there.")
    channel_accounts.note_failure(account_id, trouble, now=now)

    found = look()["hotline pbx"]

    assert (found.level, found.sentence) == ("wrong", "The log is not there.")


def test_every_calendar_must_have_its_years(session, now):
    with transaction():
        default = calendars.default_calendar(session)
        made = calendar_list.add(session, name="夜 班", tz="Asia/Urumqi", copy_of=default, now=now)
        session.execute(
            delete(CalendarYear).where(
                CalendarYear.calendar_id == made.id, CalendarYear.year == now.year
            )
        )

    found = [f for f in checks.run(now=now, revisions=("1", "1")) if "夜" in f.what]

    assert [f.level for f in found] == ["wrong", "note"]
    assert "helpdesk holidays seed 2026 --calendar '夜 班'" in found[0].sentence
