"""``helpdesk calls``: a log is taken over once, missed calls ask to be rung back, rates add up."""

import gzip
import json

T = 1795399200
"""Monday 2026-11-23 10:00 in Shanghai."""


def _line(after, call, event, *parameters, agent="NONE"):
    return "|".join([str(T + after), f"{T}.{call}", "600", agent, event, *map(str, parameters)])


def _missed(after, call, number):
    return [
        _line(after, call, "ENTERQUEUE", "", number, 1),
        _line(after + 30, call, "ABANDON", 1, 1, 30),
    ]


def _answered(after, call, number, agent="王芳"):
    return [
        _line(after, call, "ENTERQUEUE", "", number, 1),
        _line(after + 10, call, "CONNECT", 10, "x", 2, agent=agent),
        _line(after + 70, call, "COMPLETECALLER", 10, 60, 1, agent=agent),
    ]


def _import(command, path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    result = command("calls", "import", str(path), "--format", "queue_log", "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def _rows(command, *options):
    result = command(
        "calls", "rate", "--from", "2026-11-23", "--to", "2026-11-24", "--json", *options
    )
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_log_is_taken_over_once_and_what_grew_adds_only_what_is_new(command, tmp_path):
    log, lines = tmp_path / "queue_log", _answered(0, 1, "13800138000")

    first = _import(command, log, lines)
    again = _import(command, log, lines)
    grown = _import(command, log, lines + _missed(100, 2, "13900139000"))

    assert (first["calls"], first["answered"], first["duplicates"]) == (1, 1, 0)
    assert (again["calls"], again["duplicates"]) == (0, 1)
    assert (grown["calls"], grown["abandoned"], grown["duplicates"]) == (1, 1, 1)


def test_a_call_that_goes_on_counts_once_it_is_over(command, tmp_path):
    log, lines = tmp_path / "queue_log", _missed(0, 1, "13900139000")

    assert _import(command, log, lines[:1])["calls"] == 0
    assert _import(command, log, lines)["abandoned"] == 1


def test_a_call_that_an_earlier_piece_left_open_is_lost_once_the_log_goes_on_without_it(
    command, tmp_path
):
    log, earlier = tmp_path / "queue_log", _missed(0, 1, "13900139000")[:1]
    later = [f"{T + 5 * 3600}|NONE|NONE|NONE|CONFIGRELOAD|"]

    assert _import(command, log, earlier)["calls"] == 0
    told = _import(command, log, later)
    assert (told["calls"], told["abandoned"], told["tickets_opened"]) == (1, 1, 1)
    assert _import(command, log, later)["calls"] == 0


def test_missed_calls_of_a_number_are_one_ticket_whose_clock_starts_at_the_first(command, tmp_path):
    lines = [
        *_missed(0, 1, "13900139000"),
        *_missed(600, 2, "+86 139 0013 9000"),
        *_missed(900, 3, "13700137000"),
        *_missed(1200, 4, "anonymous"),
    ]

    done = _import(command, tmp_path / "queue_log", lines)

    assert (done["abandoned"], done["tickets_opened"]) == (4, 2)
    ticket = json.loads(command("tickets", "show", "1", "--json").stdout)
    assert ticket["targets"][0]["started_at"] == "2026-11-23T02:00:00Z"
    assert [message["direction"] for message in ticket["messages"]] == ["in", "in"]


def test_the_rate_of_each_day_hour_and_agent_adds_up_to_the_total(command, tmp_path):
    lines = [
        *_answered(0, 1, "13800138000"),
        *_answered(3600, 2, "13800138001", agent="陈静"),
        *_missed(86400, 3, "13900139000"),
        *_missed(10 * 3600, 4, "13900139001"),
    ]
    _import(command, tmp_path / "queue_log", lines)

    for by in ("day", "hour", "agent"):
        *rows, total = _rows(command, "--by", by)
        assert total["period"] == "total"
        assert (total["offered"], total["answered"], total["outside_hours"]) == (3, 2, 1)
        assert total["rate"] == 0.6667
        assert sum(row["offered"] for row in rows) == 3
    assert [(row["period"], row["rate"]) for row in _rows(command)[:2]] == [
        ("2026-11-23", 1.0),
        ("2026-11-24", 0.0),
    ]


def test_without_a_call_there_is_no_rate(command):
    [total] = _rows(command)

    assert (total["offered"], total["rate"], total["asa_seconds"]) == (0, None, None)


def test_lines_that_cannot_be_read_are_named_and_the_others_count(command, tmp_path):
    done = _import(command, tmp_path / "queue_log", ["nonsense", *_missed(0, 1, "13900139000")])

    assert done["abandoned"] == 1
    assert [row["line"] for row in done["rejected"]] == [1]


def test_a_file_that_is_not_there_is_refused_in_a_sentence(command, tmp_path):
    result = command("calls", "import", str(tmp_path / "nothing"), "--format", "queue_log")

    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_days_in_the_wrong_order_are_refused(command):
    result = command("calls", "rate", "--from", "2026-11-24", "--to", "2026-11-23")

    assert result.exit_code == 1
    assert "earlier day first" in result.stderr


def test_call_records_are_taken_over_once_and_calls_out_open_no_callback(command, tmp_path):
    row = '"","{}","{}","in","","P/t-1","","Queue","","2026-11-23 {}:00:00","","2026-11-23 {}:00:30","30","0","NO ANSWER","D","{}"'
    log = tmp_path / "Master.csv"
    log.write_text(
        "\n".join(
            [
                row.format("13900139000", "600", 10, 10, "1.1"),
                row.format("13900139000", "600", 20, 20, "1.2"),
                row.format("1001", "13900139000", 11, 11, "1.3"),
            ]
        )
    )

    first, again = (
        json.loads(
            command("calls", "import", str(log), "--format", "asterisk-cdr", "--json").stdout
        )
        for _ in range(2)
    )

    assert (first["calls"], first["offered"], first["outside_hours"]) == (3, 1, 1)
    assert (first["internal_or_outbound"], first["tickets_opened"]) == (1, 1)
    assert (again["calls"], again["duplicates"], again["tickets_opened"]) == (0, 3, 0)


def test_a_file_of_another_kind_is_refused_with_what_to_do_and_a_cut_line_is_not(command, tmp_path):
    log = tmp_path / "Master.csv"
    log.write_text("one,two\nthree,four\n")

    result = command("calls", "import", str(log), "--format", "queue_log", "--json")

    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["rejected"]) == 2
    assert "could be read as queue_log; give the format or mapping that fits" in result.stderr
    assert _import(command, log, ["1795399200|1795399200.1|60"])["calls"] == 0


def test_a_compressed_log_is_refused_with_what_to_do(command, tmp_path):
    log = tmp_path / "queue_log.1.gz"
    log.write_bytes(gzip.compress("\n".join(_missed(0, 1, "13900139000")).encode()))

    result = command("calls", "import", str(log), "--format", "queue_log", "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "The file is compressed; unpack it" in result.stderr


def test_a_log_that_windows_wrote_anew_in_utf_16_is_read(command, tmp_path):
    log = tmp_path / "queue_log"
    log.write_bytes("\r\n".join(_missed(0, 1, "13900139000")).encode("utf-16"))

    result = command("calls", "import", str(log), "--format", "queue_log", "--json")

    assert json.loads(result.stdout)["abandoned"] == 1


def test_a_row_with_a_time_of_no_call_is_named_and_the_others_count(command, tmp_path):
    table = tmp_path / "calls.csv"
    table.write_text(
        "来电号码,来电时间\n13800138000,9999-12-31 23:59:59\n"
        "13800138000,1900-01-01 10:00:00\n13800138000,2026-11-23 10:00:00\n"
    )

    result = command("calls", "import", str(table), "--format", "mapping", "--json")

    told = json.loads(result.stdout)
    assert [row["line"] for row in told["rejected"]] == [2, 3]
    assert told["abandoned"] == 1


def test_the_rate_of_all_time_is_that_of_the_days_that_had_calls(command, tmp_path):
    _import(command, tmp_path / "queue_log", _answered(0, 1, "13800138000"))

    result = command("calls", "rate", "--from", "0001-01-01", "--to", "9999-12-31", "--json")

    assert [json.loads(line)["offered"] for line in result.stdout.splitlines()] == [1, 1]
    nothing = command("calls", "rate", "--from", "0001-01-01", "--to", "0001-01-02", "--json")
    assert json.loads(nothing.stdout)["rate"] is None


def test_a_column_without_a_heading_is_bad_usage(command):
    result = command("calls", "mapping", "save", "x", "--column", "arrived")

    assert result.exit_code == 2
    assert "FIELD=HEADING" in result.stderr
