"""The console script as operators run it: its output, its one sentence, its exit code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from helpdesk.extensions import transaction
from helpdesk.models import Ticket
from helpdesk.services.arrivals import intake
from helpdesk.services.connections import channel_accounts
from helpdesk.services.hours import calendar_list, calendars
from tests.cli.conftest import Ended
from tests.scenarios.running import add_mailbox, mail_settings
from tests.servers.process import free_port


def _sentence(done: Ended) -> str:
    """Return the one sentence on stderr; the log is there too, as JSON."""
    [said] = [line for line in done.stderr.splitlines() if line and not line.startswith("{")]
    return said


def _mail(name: str, subject: str = "揭牌仪式", **more: str) -> str:
    fields = {
        "From": "李建国 <li@cdxx.example.cn>",
        "To": "service@miec.example.cn",
        "Subject": subject,
        "Date": format_datetime(datetime.now(UTC) - timedelta(minutes=5)),
        "Message-ID": f"<{name}@cdxx.example.cn>",
        **more,
    }
    head = "\n".join(f"{key}: {value}" for key, value in fields.items())
    return f"{head}\n\n请问管理办公室是否派代表出席？\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "1.eml").write_text(_mail("a"), encoding="utf-8")
    (mails / "2.eml").write_text(
        _mail("b", "回复：揭牌仪式", **{"In-Reply-To": "<a@cdxx.example.cn>"}), encoding="utf-8"
    )
    (mails / "3.eml").write_text(_mail("a"), encoding="utf-8")
    (mails / "4.eml").write_bytes(b"\0\0\0\0")
    return mails


def test_import_says_what_became_of_each_mail(helpdesk, folder):
    rows = helpdesk.lines("email", "import", folder)

    assert [set(row) for row in rows] == [{"path", "status", "ticket", "reason"}] * 4
    assert [(Path(row["path"]).name, row["status"]) for row in rows] == [
        ("1.eml", "created"),
        ("2.eml", "appended"),
        ("3.eml", "duplicate"),
        ("4.eml", "quarantined"),
    ]
    assert rows[0]["ticket"] == rows[1]["ticket"] == rows[2]["ticket"]
    assert rows[3]["reason"]


def test_importing_again_changes_nothing(helpdesk, folder):
    helpdesk.lines("email", "import", folder)

    assert {row["status"] for row in helpdesk.lines("email", "import", folder)} == {"duplicate"}
    assert len(helpdesk.lines("tickets", "list", "--view", "all")) == 1


def test_what_is_not_there_is_named(helpdesk, tmp_path):
    done = helpdesk("email", "import", tmp_path / "none.eml", code=1)

    assert "none.eml" in _sentence(done)


def test_the_quarantine_is_listed_and_tried_again(helpdesk, folder):
    helpdesk("email", "import", folder)

    [kept] = helpdesk.lines("email", "quarantine", "list")
    assert (kept["size"], bool(kept["reason"])) == (4, True)
    done = helpdesk("email", "quarantine", "retry", kept["id"], code=1)
    assert "1 of 1" in _sentence(done)
    assert len(helpdesk.lines("email", "quarantine", "list")) == 1
    assert "999" in _sentence(helpdesk("email", "quarantine", "retry", "999", code=1))


def test_poll_reads_a_mailbox_once(helpdesk, app, *, mailbox, smtp_server, certificates, tmp_path):
    settings = mail_settings(mailbox, smtp_server, certificates, tmp_path)
    add_mailbox(app, "main", mailbox.address, settings, now=datetime.now(UTC))
    mailbox.append(_mail("a").encode(), _mail("b", "别的事").encode())

    assert helpdesk("email", "poll").stdout == "main: 2 new\n"
    assert helpdesk("email", "poll", "--mailbox", "main").stdout == "main: 0 new\n"
    assert len(helpdesk.lines("tickets", "list")) == 2
    assert "main" in _sentence(helpdesk("email", "poll", "--mailbox", "other", code=1))


def test_poll_says_what_is_wrong(helpdesk, app, *, mailbox, smtp_server, certificates, tmp_path):
    settings = mail_settings(mailbox, smtp_server, certificates, tmp_path)
    settings["imap"]["port"] = free_port()
    add_mailbox(app, "main", mailbox.address, settings, now=datetime.now(UTC))

    assert _sentence(helpdesk("email", "poll", code=1)).startswith("main: ")


def test_poll_says_that_somebody_changed_the_mailbox_meanwhile(
    helpdesk, app, monkeypatch, *, mailbox, smtp_server, certificates, tmp_path
):
    settings = mail_settings(mailbox, smtp_server, certificates, tmp_path)
    add_mailbox(app, "main", mailbox.address, settings, now=datetime.now(UTC))

    def lost(*_arguments: object, **_more: object):
        raise intake.LeaseLost

    monkeypatch.setattr(channel_accounts, "poll", lost)

    assert "somebody changed it meanwhile" in helpdesk("email", "poll").stdout


def test_poll_without_mailboxes_says_so(helpdesk):
    assert _sentence(helpdesk("email", "poll", code=1))


def test_a_user_is_added_with_a_password(helpdesk, app):
    from helpdesk.extensions import transaction
    from helpdesk.services.identity import accounts

    helpdesk(
        "user", "add", "Chen@x.example", "--role", "agent", "--name", "陈静", "--password-stdin",
        stdin="correct horse\n",
    )  # fmt: skip

    proof = accounts.proved("chen@x.example", "correct horse")
    with transaction() as session:
        login = accounts.sign_in(session, proof, now=datetime.now(UTC))
        assert (login.agent.name, login.agent.role) == ("陈静", "agent")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nobody", "--role", "agent"], 1),
        (["a@x.example", "--role", "center", "--center", "NONE"], 1),
        (["a@x.example", "--role", "boss"], 2),
        (["a@x.example"], 2),
    ],
)
def test_a_wrong_user_is_refused(helpdesk, arguments, code):
    done = helpdesk("user", "add", *arguments, code=code)

    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_user_is_added_once(helpdesk):
    helpdesk("user", "add", "a@x.example", "--role", "admin")

    assert _sentence(helpdesk("user", "add", "A@x.example", "--role", "agent", code=1))


def test_a_ticket_is_shown_whole(helpdesk, folder):
    number = helpdesk.lines("email", "import", folder)[0]["ticket"]

    [shown] = helpdesk.lines("tickets", "show", number)

    assert set(shown) >= {
        "number", "subject", "status", "priority", "channel", "topic", "request_type", "center",
        "requester", "assignee", "group", "created_at", "targets", "messages", "events",
    }  # fmt: skip
    assert (shown["number"], shown["subject"], shown["channel"]) == (number, "揭牌仪式", "email")
    [target] = shown["targets"]
    assert set(target) >= {
        "metric", "started_at", "due_at", "state", "met_at", "breached_at", "paused_minutes",
    }  # fmt: skip
    assert (target["metric"], target["state"], target["paused_minutes"]) == (
        "first_reply",
        "running",
        0,
    )
    assert target["due_at"].endswith("Z")
    assert [message["direction"] for message in shown["messages"]].count("in") == 2
    assert {"at", "kind", "by"} == set(shown["events"][0])
    assert f"#{number}" in helpdesk("tickets", "show", number).stdout


def test_tickets_are_listed_with_a_limit_and_unknown_ones_are_refused(helpdesk, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.eml").write_text(_mail(name, f"事情 {name}"), encoding="utf-8")
        helpdesk("email", "import", tmp_path / f"{name}.eml")

    assert len(helpdesk.lines("tickets", "list", "--limit", "2")) == 2
    assert len(helpdesk("tickets", "list").stdout.splitlines()) == 3
    assert _sentence(helpdesk("tickets", "list", "--view", "nothing", code=1))
    assert _sentence(helpdesk("tickets", "show", "99999", code=1))
    helpdesk("tickets", "show", "x", code=2)


def test_a_file_that_is_no_database_is_named_in_one_sentence(helpdesk, tmp_path):
    (tmp_path / "desk.db").write_bytes(b"x" * 5000)
    script = replace(helpdesk, database_url=f"sqlite:///{tmp_path / 'desk.db'}")

    for command in (["db", "check"], ["holidays", "status"], ["sla", "verify"]):
        assert "not a database); check DATABASE_URL" in _sentence(script(*command, code=1))


@pytest.mark.parametrize("moment", ["soon", "", "0001-01-01", "9999-12-31T23:59:59-14:00"])
def test_a_sweep_at_a_moment_that_is_none_is_bad_usage(helpdesk, moment):
    assert "is no time; write it like" in helpdesk("sla", "enforce", "--now", moment, code=2).stderr


@pytest.mark.parametrize("moment", ["2150-11-24T24:00", "2150-11-24 16:00:00z", " 2150-11-25 "])
def test_a_sweep_may_be_made_at_any_moment_of_iso_8601(helpdesk, folder, moment):
    helpdesk("email", "import", folder)
    assert helpdesk.lines("sla", "enforce", "--now", moment)[0]["breached"] > 0


def test_days_off_are_imported_and_open_deadlines_follow(helpdesk, tmp_path):
    days = tmp_path / "2027.csv"
    days.write_text("日期,类型,名称\n2027-01-01,休,元旦\n2027-01-09,班,调休\n", encoding="utf-8")

    assert "2027" in helpdesk("holidays", "import", days).stdout
    assert "2027  official  1 days off, 1 opened" in helpdesk("holidays", "status").stdout


def test_a_published_calendar_is_tried_first_and_then_taken(helpdesk, tmp_path):
    off = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nSUMMARY:元旦（休）\nEND:VEVENT\n"
    days = tmp_path / "2027.ics"
    days.write_text(f"BEGIN:VCALENDAR\n{off}END:VCALENDAR\n", encoding="utf-8")

    tried = helpdesk("holidays", "import", "--dry-run", days).stdout
    assert "2027 would move 0 open deadlines, 0 of them into the past; nothing was" in tried
    assert "2027  unknown" in helpdesk("holidays", "status").stdout

    assert "2027 entered" in helpdesk("holidays", "import", days).stdout
    assert "2027  official  1 days off, 0 opened" in helpdesk("holidays", "status").stdout


def test_a_run_over_new_year_leaves_the_other_year_as_it_is(helpdesk, tmp_path):
    days = tmp_path / "2027.csv"
    days.write_text("2026-12-31,off\n2027-01-01,off\n2027-01-09,work\n2027-05-01,off\n")
    before = helpdesk("holidays", "status").stdout

    tried = helpdesk("holidays", "import", "--dry-run", days).stdout
    assert "days of 2026, 2027 would move" in tried
    assert "days of 2026, 2027 entered" in helpdesk("holidays", "import", days).stdout

    after = helpdesk("holidays", "status").stdout
    assert "2026  official  33 days off, 6 opened" in before
    assert "2026  official  34 days off, 6 opened" in after
    assert "2027  official  2 days off, 1 opened  2027.csv" in after


def test_a_run_over_new_year_makes_no_year_official(helpdesk, tmp_path):
    days = tmp_path / "2027.csv"
    days.write_text("2027-05-01,off\n2027-12-31,off\n2028-01-01,off\n")

    helpdesk("holidays", "import", days)

    assert "2027  official  2 days off" in helpdesk("holidays", "status").stdout
    assert "2028" not in helpdesk("holidays", "status").stdout
    assert "(provisional)" in helpdesk("sla", "deadline", "2028-01-03", "--minutes", "1").stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "write lines like 2027-01-01,off,元旦"),
        ("2027-13-01,off\n", "Line 2: “2027-13-01” is no date; write it like 2027-01-01."),
        ("2027-01-01,maybe\n", "Line 2: “maybe” is not known; write off or work."),
        ("2027-01-01,off\n2027-01-01,work\n", "Line 3: 2027-01-01 is there twice"),
    ],
)
def test_a_wrong_file_of_days_is_refused_whole(helpdesk, tmp_path, text, told):
    days = tmp_path / "days.csv"
    days.write_text("2027-05-01,off,劳动节\n" + text if text else "", encoding="utf-8")

    for options in ([], ["--dry-run"], ["--calendar", "default"]):
        assert told in _sentence(helpdesk("holidays", "import", days, *options, code=1))
    assert "2027  unknown" in helpdesk("holidays", "status").stdout


def test_a_year_that_nobody_published_cannot_be_seeded(helpdesk):
    assert "2026" in helpdesk("holidays", "seed", "2026").stdout
    assert "holidays import" in _sentence(helpdesk("holidays", "seed", "2090", code=1))


def test_each_calendar_has_its_own_days(helpdesk, app, tmp_path):
    with transaction() as session:
        default = calendars.default_calendar(session)
        copied = {"tz": "Asia/Urumqi", "copy_of": default, "now": datetime.now(UTC)}
        calendar_list.add(session, name="西部", **copied)
    days = tmp_path / "2027.csv"
    days.write_text("2027-01-01,off,元旦\n", encoding="utf-8")
    west = ("--calendar", "西部")

    assert "2027 would move 0" in helpdesk("holidays", "import", "--dry-run", days, *west).stdout
    helpdesk("holidays", "import", days, *west)
    helpdesk("holidays", "seed", "2026", *west)

    assert "2027  official  1 days off" in helpdesk("holidays", "status", *west).stdout
    assert "2027  unknown" in helpdesk("holidays", "status", "--calendar", "default").stdout
    both = helpdesk("holidays", "status").stdout
    assert both.index("default (Asia/Shanghai)") < both.index("西部 (Asia/Urumqi)")
    for command in (["status"], ["seed", "2026"], ["import", days]):
        told = _sentence(helpdesk("holidays", *command, "--calendar", "东部", code=1))
        assert "“东部”" in told
        assert "default, 西部" in told


def test_an_empty_database_says_the_command(helpdesk, tmp_path):
    script = replace(helpdesk, database_url=f"sqlite:///{tmp_path / 'empty.db'}")

    assert "helpdesk db upgrade" in _sentence(script("tickets", "list", code=1))
    script("db", "upgrade")
    assert script("tickets", "list").stdout == ""
    assert script("db", "check").stdout.startswith("ok")


def test_what_reports_are_made_of_is_proved(helpdesk, folder, app):
    helpdesk("email", "import", folder)
    assert "Reports count what" in helpdesk("reports", "verify").stdout
    assert helpdesk.lines("reports", "verify", "--json") == [{"differences": []}]

    with transaction() as session:
        session.execute(update(Ticket).values(reply_count=9))

    done = helpdesk("reports", "verify", code=1)
    assert "ticket #1" in done.stdout
    assert "differ" in _sentence(done)
