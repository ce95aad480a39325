"""``helpdesk sla deadline`` and ``elapsed``, for people and line by line for programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpdesk.cli.sla import sla
from tests.sla.sla_help import EVERY_DAY, OFFICE, WHOLE_DAY, weekdays

INLINE = {
    "tz": "Asia/Shanghai",
    "hours": weekdays(),
    "closed": ["2026-11-24"],
    "open": {"2026-11-28": OFFICE},
}


def run(*arguments: str, lines: list | None = None):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines or [])
    return CliRunner().invoke(sla, arguments, input=text)


def answers(command: str, *lines) -> list[dict]:
    result = run(command, "--jsonl", lines=list(lines))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def with_hours(*intervals):
    """Ask for a deadline by a calendar with these hours on Mondays."""
    return {
        "start": "2026-11-23",
        "minutes": 1,
        "calendar": {"tz": "UTC", "hours": {"mon": list(intervals)}},
    }


@pytest.mark.parametrize(
    ("request_", "due"),
    [
        ({"start": "2026-11-23T10:00:00+08:00", "workdays": 1}, "2026-11-24T02:00:00Z"),
        ({"start": "2026-11-23T02:00:00Z", "minutes": 450}, "2026-11-24T02:00:00Z"),
        ({"start": "2026-11-23 13:30", "workdays": 1}, "2026-11-24T04:00:00Z"),
        (
            {"start": "2026-11-23T10:00", "workdays": 1, "mode": "end_of_next_workday"},
            "2026-11-24T10:00:00Z",
        ),
        ({"start": "2026-11-23T10:00", "workdays": 0.5}, "2026-11-23T07:15:00Z"),
        ({"start": "2026-11-23T10:00", "minutes": 0.5}, "2026-11-23T02:00:30Z"),
        ({"start": "2026-11-22T10:00", "minutes": 0}, "2026-11-22T02:00:00Z"),
        ({"start": "2026-11-23t02:00:00z", "minutes": 450}, "2026-11-24T02:00:00Z"),
        ({"start": "2026-11-22T24:00", "minutes": 1}, "2026-11-23T01:01:00Z"),
        ({"start": "2026-11-22 24:00:00+08:00", "minutes": 0}, "2026-11-22T16:00:00Z"),
        (
            {"start": "2026-02-13T16:00", "minutes": 450, "calendar": "default"},
            "2026-02-14T08:00:00Z",
        ),
        ({"start": "2026-11-23T10:00", "workdays": 1, "calendar": INLINE}, "2026-11-25T02:00:00Z"),
        ({"start": "2026-11-27T18:00", "minutes": 1, "calendar": INLINE}, "2026-11-28T01:01:00Z"),
        (
            {"start": "2026-11-23T10:00", "workdays": 1, "mode": None, "calendar": None},
            "2026-11-24T02:00:00Z",
        ),
    ],
)
def test_a_deadline_is_answered_in_utc(request_, due):
    assert answers("deadline", {"id": "a", **request_}) == [{"id": "a", "due": due}]


def test_inline_calendars_know_no_holidays_but_their_own():
    plain = {"tz": "Asia/Shanghai", "hours": weekdays()}
    line = {"id": 1, "start": "2026-09-30T17:00", "minutes": 120, "calendar": plain}
    assert answers("deadline", line) == [{"id": 1, "due": "2026-10-01T02:00:00Z"}]


def test_a_deadline_in_an_unknown_year_counts_weekdays():
    line = {"id": 1, "start": "2026-12-31T16:00", "minutes": 450}
    [answer] = answers("deadline", line)
    assert "error" not in answer


def test_elapsed_minutes_are_whole_where_they_can_be():
    line = {"start": "2026-11-23T09:00", "calendar": INLINE}
    assert answers(
        "elapsed",
        {"id": 1, "end": "2026-11-23T14:00", **line},
        {"id": 2, "end": "2026-11-23T09:00:20", **line},
        {"id": 3, "end": "2026-11-20T09:00:20Z", **line},
    ) == [{"id": 1, "minutes": 210}, {"id": 2, "minutes": 0.333333}, {"id": 3, "minutes": 0}]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{broken", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "not a JSON object"),
        ({"minutes": 1}, '"start" is missing'),
        ({"start": "soon", "minutes": 1}, "'soon' is not a time"),
        ({"start": 20261123, "minutes": 1}, "20261123 is not a time"),
        ({"start": "2026-11-23T24:01", "minutes": 1}, "'2026-11-23T24:01' is not a time"),
        ({"start": "9999-12-31T24:00", "minutes": 1}, "'9999-12-31T24:00' is not a time"),
        ({"start": "2026-11-23"}, 'either "minutes" or "workdays"'),
        ({"start": "2026-11-23", "minutes": 1, "workdays": 1}, 'either "minutes" or "workdays"'),
        ({"start": "2026-11-23", "minutes": -1}, '"minutes" -1 must be 0 or more'),
        ({"start": "2026-11-23", "minutes": "450"}, '"minutes" must be a number'),
        ({"start": "2026-11-23", "minutes": True}, '"minutes" must be a number'),
        ('{"start": "2026-11-23", "minutes": NaN}', "must be 0 or more"),
        ('{"start": "2026-11-23", "minutes": Infinity}', "inf must be 0 or more, and finite"),
        ({"start": "2026-11-23", "workdays": 1e308}, "beyond the year 2199"),
        ({"start": "2026-11-23", "minutes": 1e300}, "beyond the year 2199"),
        ({"start": "2026-11-23", "workdays": 1, "mode": "soon"}, "'soon' is no mode"),
        (
            {"start": "2026-11-23", "minutes": 1, "mode": "end_of_next_workday"},
            '"workdays" must be',
        ),
        ({"start": "2026-11-23", "workdays": 1.5, "mode": "end_of_next_workday"}, "whole number"),
        ({"start": "2026-11-23", "workdays": 0, "mode": "end_of_next_workday"}, "at least 1"),
        ({"start": "0001-01-01T00:00:00+14:00", "minutes": 1}, "1900 to 2199"),
        ({"start": "9999-12-31T23:59:59-14:00", "minutes": 0}, "1900 to 2199"),
        ({"start": "2026-11-23", "minutes": 1, "calendar": 7}, "must be a JSON object"),
        ({"start": "2026-11-23", "minutes": 1, "calendar": {"tz": "UTC"}}, "never open"),
        ({"start": "2026-11-23", "minutes": 1, "calendar": "\ud800"}, "There is no calendar"),
        (with_hours(["22:00", "02:00"]), "mon 22:00-02:00 ends before it begins"),
        (with_hours(["09:00", "09:00"]), "mon 09:00-09:00 is empty; for a whole day write"),
        (with_hours(["09:00", "12:00"], ["11:00", "13:00"]), "overlaps 09:00-12:00; give each"),
        (with_hours(["09:00", "25:00"]), "mon: '25:00' is not a time of day; write HH:MM"),
        (
            {"start": "2026-11-23", "minutes": 1, "calendar": {"tz": "Mars", "hours": weekdays()}},
            "'Mars' is not a time zone",
        ),
        (
            {
                "start": "2027-11-23",
                "minutes": 1,
                "calendar": {"tz": "UTC", "open": {"2026-01-01": WHOLE_DAY}},
            },
            "not enough opening hours",
        ),
    ],
)
def test_a_bad_line_reports_itself_and_the_next_goes_on(line, sentence):
    good = {"id": "good", "start": "2026-11-23T10:00", "workdays": 1}
    bad, fine = answers("deadline", line, good)
    assert bad["id"] is None
    assert sentence in bad["error"]
    assert fine == {"id": "good", "due": "2026-11-24T02:00:00Z"}


def test_a_calendar_of_brackets_without_end_is_refused_and_the_next_line_goes_on():
    good = {"start": "2026-11-23T10:00", "workdays": 1}
    line = '{"start": "2026-11-23", "minutes": 1, "calendar": {"tz": %s%s}}'
    lines = [line % ("[" * depth, "]" * depth) for depth in range(850, 1000)]

    refused = answers("deadline", *lines, good)

    assert refused.pop()["due"] == "2026-11-24T02:00:00Z"
    assert all("error" in answer for answer in refused)


@pytest.mark.parametrize("name", ["tz", "hours", "closed"])
def test_a_refusal_quotes_what_is_long_in_short(name):
    calendar = INLINE | {name: "x" * 10_000}
    if name == "hours":
        calendar = INLINE | {"hours": {"x" * 10_000: OFFICE}}
    [answer] = answers("deadline", {"start": "2026-11-23", "minutes": 1, "calendar": calendar})
    assert len(answer["error"]) < 250


def test_an_id_that_is_no_json_is_not_repeated():
    [answer] = answers("deadline", '{"id": NaN, "start": "2026-11-23T10:00", "workdays": 1}')
    assert answer == {"id": None, "due": "2026-11-24T02:00:00Z"}


def test_a_bad_line_keeps_its_id():
    [answer] = answers("elapsed", {"id": {"ticket": 7}, "start": "2026-11-23T10:00"})
    assert answer["id"] == {"ticket": 7}
    assert '"end" is missing' in answer["error"]


def test_blank_lines_and_a_byte_order_mark_are_no_harm():
    line = json.dumps({"id": "中", "start": "2026-11-23T10:00", "workdays": 1})
    result = run("deadline", "--jsonl", lines=["\ufeff" + line, "", "  ", line])
    assert [json.loads(row)["id"] for row in result.stdout.splitlines()] == ["中", "中"]


def test_lines_may_come_from_a_file(tmp_path):
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"id": 1, "start": "2026-11-23T10:00", "workdays": 1}\n')
    assert json.loads(run("deadline", str(requests), "--jsonl").stdout)["id"] == 1
    missing = run("deadline", str(tmp_path / "none"), "--jsonl")
    assert missing.exit_code == 1
    assert "cannot be read" in missing.output


def test_people_get_local_time():
    result = run("deadline", "2026-11-23 10:00", "--workdays", "1")
    assert result.output == "Tue 2026-11-24 10:00:00+08:00\n"


def test_people_are_told_that_a_deadline_is_provisional():
    assert run("deadline", "2149-11-23 10:00", "--minutes", "1").output.endswith("(provisional)\n")


def test_people_may_write_a_calendar_out():
    whole = json.dumps({"tz": "Europe/Berlin", "hours": weekdays(WHOLE_DAY, EVERY_DAY)})
    elapsed = run("elapsed", "2026-03-29", "2026-03-30", "--calendar", whole)
    assert elapsed.output == "1380\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("deadline", "soon", "--minutes", "1"), 1, "'soon' is not a time"),
        (("deadline", "2026-11-23"), 1, "either"),
        (("deadline", "2026-11-23", "--minutes", "1", "--calendar", "{"), 1, "not valid JSON"),
        (("deadline", "2026-11-23", "--calendar", '{"tz":' * 20_000), 1, "too many brackets"),
        (("deadline", "9999-12-31T23:59-14:00", "--minutes", "0"), 1, "1900 to 2199"),
        (("deadline",), 2, "Give a START"),
        (("elapsed", "2026-11-23"), 2, "Give a START and an END"),
        (("deadline", "2026-11-23", "--mode", "soon"), 2, "soon"),
    ],
)
def test_people_get_one_clear_sentence(arguments, code, sentence):
    result = run(*arguments)
    assert result.exit_code == code
    assert sentence in result.output


def test_a_named_calendar_without_a_database_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setenv("HELPDESK_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    line = {"id": 1, "start": "2026-11-23", "minutes": 1, "calendar": "nights"}
    [answer] = answers("deadline", line)
    assert "There is no calendar 'nights'" in answer["error"]


def test_the_installed_command_streams():
    program = "from helpdesk.cli import main; main()"
    lines = "\n".join(
        json.dumps({"id": n, "start": "2026-11-23T10:00:00+08:00", "workdays": n + 1})
        for n in range(300)
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "sla", "deadline", "--jsonl"],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 300
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [("--jsonl",), ("2026-11-23", "--minutes", "1")])
def test_a_full_disk_is_told_in_one_sentence(arguments):
    program = [sys.executable, "-m", "helpdesk", "sla", "deadline", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            program,
            input='{"start": "2026-11-23", "minutes": 1}',
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "No space left on device.\n")


def test_lines_from_a_closed_input_are_refused():
    program = f"exec {sys.executable} -m helpdesk sla deadline --jsonl <&-"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Standard input is closed; give a FILE.\n"


def test_who_writes_a_line_and_waits_is_answered_before_the_next():
    program = [sys.executable, "-m", "helpdesk", "sla", "deadline", "--jsonl"]
    line = json.dumps({"id": 1, "start": "2026-11-23T02:00:00Z", "minutes": 450}) + "\n"
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True, bufsize=1) as child:
        assert child.stdin
        assert child.stdout
        for _ in range(2):
            child.stdin.write(line)
            assert json.loads(child.stdout.readline())["due"] == "2026-11-24T02:00:00Z"


def test_a_line_that_comes_in_many_pieces_is_one():
    line = {"id": "x" * 200_000, "start": "2026-11-23T02:00:00Z", "minutes": 450}

    assert [len(answer["id"]) for answer in answers("deadline", line, line)] == [200_000] * 2
